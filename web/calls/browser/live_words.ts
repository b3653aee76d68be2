// The live transcript of the present call: stored phrases come with the piece of page (live:speech), what may still
// change comes over the socket. New phrases are put into the list that is there, so that neither the place that one
// reads at, nor the focus, nor a screen reader loses the thread.
import htmx from "htmx.org";

import { wantWords } from "../../browser/live/live";

const NEAR_END_PX = 40;
let playing: HTMLAudioElement | undefined;

interface Speaking {
  linkedid: string;
  speaker: string;
  text: string;
}

export function startLiveWords(): void {
  htmx.onLoad((element) => {
    const list =
      (element as HTMLElement).closest<HTMLElement>("[data-words-of]") ??
      (element as HTMLElement).querySelector<HTMLElement>("[data-words-of]");
    if (!list) return;
    wantWords(list.dataset.wordsOf!);
    toEnd(list);
    staysAtEnd(list);
  });
  document.body.addEventListener("htmx:beforeSwap", keepList);
  document.body.addEventListener("speaking", (event) => showSpeaking((event as CustomEvent<Speaking>).detail));
  document.body.addEventListener("click", (event) => {
    const phrase = (event.target as HTMLElement).closest<HTMLElement>("[data-sound]");
    if (phrase) play(phrase);
  });
}

function keepList(event: Event): void {
  const detail = (event as CustomEvent<{ target: HTMLElement; serverResponse: string; shouldSwap: boolean }>).detail;
  const { target } = detail;
  const old = target.matches("[data-words-of]") ? target : target.querySelector<HTMLElement>("[data-words-of]");
  if (!old || !detail.shouldSwap) return;
  const fresh = new DOMParser()
    .parseFromString(detail.serverResponse, "text/html")
    .querySelector<HTMLElement>("[data-words-of]");
  // Another call, or the recording's own transcript: a new list.
  if (!fresh || fresh.dataset.wordsOf !== old.dataset.wordsOf) return;
  if (fresh.dataset.state === "done" && old.dataset.state !== "done") return;
  detail.shouldSwap = false;
  merge(old, fresh);
}

function merge(old: HTMLElement, fresh: HTMLElement): void {
  const follow = isAtEnd(old);
  const list = old.querySelector<HTMLElement>("[data-words-list]")!;
  const key = (item: HTMLElement): string => `${item.className} ${item.dataset.start}`;
  const known = new Set([...list.querySelectorAll<HTMLElement>("li")].map(key));
  for (const item of fresh.querySelectorAll<HTMLElement>("[data-words-list] > li")) {
    if (known.has(key(item))) continue;
    const start = Number(item.dataset.start);
    const after = [...list.querySelectorAll<HTMLElement>("li")].find((one) => Number(one.dataset.start) > start);
    list.insertBefore(document.adoptNode(item), after ?? null);
  }
  old.dataset.state = fresh.dataset.state;
  old.querySelector("[data-words-note]")!.replaceWith(fresh.querySelector("[data-words-note]")!);
  if (follow) toEnd(old);
}

function showSpeaking(said: Speaking): void {
  const words = [...document.querySelectorAll<HTMLElement>("[data-words-of]")].find(
    (one) => one.dataset.wordsOf === said.linkedid,
  );
  const line = words?.querySelector<HTMLElement>(`[data-speaking="${CSS.escape(said.speaker)}"]`);
  if (!words || !line) return;
  line.textContent = said.text;
  line.hidden = !said.text;
}

// Whatever takes room from the words (knowledge, the speaker): a reader at their end stays there.
function staysAtEnd(words: HTMLElement): void {
  const box = words.querySelector<HTMLElement>("[data-words-list]")!.parentElement!;
  if (box.dataset.watched) return;
  box.dataset.watched = "yes";
  let follow = true;
  let height = box.clientHeight;
  // A scroll event while the box has just become smaller does not mean that the reader left the end.
  const scrolled = (): void => {
    if (box.clientHeight === height) follow = isAtEnd(words);
  };
  box.addEventListener("scroll", scrolled, { passive: true });
  new ResizeObserver(() => {
    height = box.clientHeight;
    if (follow) toEnd(words);
  }).observe(box);
}

function isAtEnd(words: HTMLElement): boolean {
  const box = words.querySelector<HTMLElement>("[data-words-list]")!.parentElement!;
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
}

function toEnd(words: HTMLElement): void {
  const box = words.querySelector<HTMLElement>("[data-words-list]")!.parentElement!;
  box.scrollTop = box.scrollHeight;
}

function play(phrase: HTMLElement): void {
  playing?.pause();
  const words = phrase.closest<HTMLElement>("[data-words-of]")!;
  const wrong = words.querySelector<HTMLElement>("[data-words-wrong]")!;
  wrong.hidden = true;
  words.querySelectorAll(".heard").forEach((one) => one.classList.remove("heard"));
  playing = new Audio(phrase.dataset.sound);
  playing.onplaying = () => phrase.classList.add("heard");
  playing.onended = playing.onpause = () => phrase.classList.remove("heard");
  playing.onerror = () => (wrong.hidden = false);
  playing.play().catch(() => (wrong.hidden = false));
}
