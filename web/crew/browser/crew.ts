// The crew's page: everything that is pressed is written down on the phone first and sent from there.

import { Latest } from "../../browser/live/latest";
import { unturned } from "../../browser/turning";
import { dropUnsentText } from "../../browser/unsent/unsent_text";
import { sendWaiting } from "./outbox";
import { drawMap, followPosition } from "./place";
import { reminderState, stopReminders, wantReminders } from "./reminders";
import { type Crew, isOnShift, type Order } from "./stages";
import { forget, type Item, items, keep, keepWords, kept, keptWords, put, remove, type Words } from "./store";
import { withoutRead, withTaken } from "./taken";
import { arrange, type Hand, type Seen, show } from "./view";
import { type Recording, record } from "./voice";

const KEPT = "crew-page";
const LOOK_MS = 30_000;
// How long after a card moved its button is dead: the thumb was on its way to what stood there before.
const SETTLE_MS = 600;
const MOVED_PX = 8;
const element = document.getElementById("crew") as HTMLElement;
const account = document.body.dataset.crew ?? "";
const tiles = document.body.dataset.tiles ?? "";
const seen: Seen = {
  crew: undefined,
  outbox: [],
  foreign: 0,
  offline: false,
  ailing: false,
  signedOut: false,
  shown: [],
  moved: new Set(),
  opened: "",
  finishing: "",
  declining: "",
  words: {},
  taken: "",
  recording: "",
  reminders: "unknown",
  unplaced: false,
  wrong: "",
};
let recording: Recording | undefined;
let acted = "";
const reading = new Latest();
let settling: ReturnType<typeof setTimeout> | undefined;
// What stands is from an earlier visit, until the server has answered in this one.
let stale = true;

const hand: Hand = {
  action(action, order, fields) {
    acted = order?.number ?? acted;
    seen.finishing = seen.declining = "";
    if (action === "accept" && order) seen.opened = order.number;
    void note({ ...item(order), action, fields }).then((noted) => {
      if (action !== "done" || !order) return;
      if (noted) write(order.number);
      else draw({ finishing: order.number });
    });
  },
  file: (order, kind, file) => void note({ ...item(order), file: { kind, name: file.name, content: file } }),
  voice: (order) => void speak(order),
  open(number) {
    acted = number;
    draw({ opened: number });
  },
  finish: (number) => draw({ finishing: number, taken: "" }),
  decline(number) {
    acted = number || acted;
    draw({ declining: number });
  },
  write,
  phrase(order, phrase) {
    const [words, phrases] = [seen.words[order.number], seen.crew?.phrases ?? []];
    // What a person wrote is not covered by a phrase; an untouched phrase makes way for another.
    const free = (name: "done" | "public_answer"): boolean =>
      !words?.[name].trim() || phrases.some((one) => one[name] === words[name]);
    if (!free("done") || !free("public_answer")) return draw({ taken: order.number });
    seen.taken = "";
    write(order.number, {
      title: order.title,
      at: Date.now(),
      solved: words?.solved,
      done: phrase.done,
      public_answer: phrase.public_answer,
    });
  },
  forgive: (refused) => void remove(refused.seq as number).then(refresh),
  correct(refused) {
    const { done, public_answer, solved } = refused.fields as { done: string; public_answer: string; solved?: boolean };
    const number = refused.order as string;
    write(number, { title: refused.title ?? "", at: Date.now(), done, public_answer, solved });
    Object.assign(seen, { finishing: number, opened: number });
    void remove(refused.seq as number).then(refresh);
  },
  again: (one) => void put({ ...one, refused: undefined, retry_at: undefined }).then(() => go(true)),
  save: (one) => one.file && saveFile(one.file.content, one.file.name),
  remind: () => void wantReminders(seen.crew?.web_push_key ?? "").then((reminders) => draw({ reminders })),
};

const item = (order?: Order): Item => ({
  id: crypto.randomUUID(),
  account,
  at: new Date().toISOString(),
  order: order?.number,
  title: order?.title,
});

// Kept with every sign, so that neither a reload nor a sign-in nor a call that comes in between costs it. Without words:
// they were handed in, or thrown away.
function write(number: string, words?: Words): void {
  const { [number]: _, ...others } = seen.words;
  draw({ words: words ? { ...others, [number]: words } : others, ...(words ? {} : { finishing: "" }) });
  keepWords(account, seen.words).catch(() =>
    draw({ wrong: "手机存储已满或不可用，写的内容只在这个页面里，请先不要关闭。" }),
  );
}

// Whether the phone has it now.
async function note(one: Item): Promise<boolean> {
  try {
    await put(one);
  } catch {
    draw({ wrong: "手机存储已满或不可用，这一步没有记下。请腾出空间后再按一次。" });
    return false;
  }
  await readOutbox();
  void go();
  void registerSync();
  return true;
}

async function registerSync(): Promise<void> {
  const worker = (await navigator.serviceWorker?.getRegistration("/crew")) as
    | { sync?: { register(tag: string): Promise<void> } }
    | undefined;
  await worker?.sync?.register("crew-outbox").catch(() => {});
}

async function speak(order: Order): Promise<void> {
  try {
    if (recording) {
      const running = recording;
      recording = undefined;
      draw({ recording: "" });
      const content = await running.stop();
      await note({ ...item(order), file: { kind: "voice", name: "语音.wav", content } });
    } else {
      recording = await record(() => recording && void speak(order));
      draw({ recording: order.number, wrong: "" });
    }
  } catch {
    recording = undefined;
    draw({ recording: "", wrong: "不能录音：请允许这个页面使用麦克风后再试。" });
  }
}

function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function readOutbox(): Promise<void> {
  const all = await items();
  const outbox = all.filter((one) => one.account === account);
  draw({ outbox: withTaken(seen.outbox, outbox, reading.asked), foreign: all.length - outbox.length });
}

// Send what waits, then read what the server says: in this order, so that nothing is shown as it was before.
async function go(all = false): Promise<void> {
  const sent = await sendWaiting(() => void readOutbox(), all);
  await readOutbox();
  if (sent === "all") await refresh();
  else draw({ offline: sent === "offline", signedOut: sent === "signed_out" });
}

async function refresh(): Promise<void> {
  const turn = reading.ask();
  try {
    const answer = await fetch("/api/crew", { signal: AbortSignal.timeout(15_000) });
    if (answer.status === 401) return draw({ signedOut: true, offline: false, ailing: false });
    if (!answer.ok) {
      await readOutbox();
      return draw({ ailing: true, offline: false });
    }
    const crew = unturned((await answer.json()) as Crew);
    // What was asked earlier is as it was before the last press.
    if (!reading.isNews(turn)) return;
    await keep("crew", crew);
    await readOutbox();
    if (stale && !acted) seen.shown = [];
    stale = false;
    draw({ crew, outbox: withoutRead(seen.outbox, turn), offline: false, ailing: false, signedOut: false });
  } catch {
    await readOutbox();
    draw({ offline: true, ailing: false });
  }
}

function draw(change: Partial<Seen>): void {
  Object.assign(seen, change);
  if (seen.crew) seen.shown = arrange(seen.crew, seen.outbox, seen.shown);
  const before = places();
  show(element, seen, hand, tiles);
  stay(before);
  if (seen.crew)
    followPosition(
      isOnShift(seen.crew, seen.outbox),
      seen.crew.position_every_seconds,
      () => void go(),
      (unplaced) => unplaced !== seen.unplaced && draw({ unplaced }),
    );
  if (!tiles) return;
  document.querySelectorAll<HTMLElement>("[data-spot]").forEach((map) => {
    const [latitude, longitude] = (map.dataset.spot ?? "").split(",").map(Number);
    void drawMap(map, latitude as number, longitude as number, map.dataset.rough !== undefined);
  });
}

// Where each card stands on the screen.
function places(): Map<string, number> {
  const cards = [...element.querySelectorAll<HTMLElement>("[data-order]")];
  return new Map(cards.map((card) => [card.dataset.order ?? "", card.getBoundingClientRect().top]));
}

// Hold the card that was acted on, else the first in sight, where it was; note which others slipped all the same.
function stay(before: Map<string, number>): void {
  if (!before.size) return;
  const held = before.has(acted) ? acted : ([...before].find(([, top]) => top >= 0)?.[0] ?? "");
  window.scrollBy(0, (places().get(held) ?? 0) - (before.get(held) ?? 0));
  const moved = [...places()].filter(([number, top]) => Math.abs(top - (before.get(number) ?? Infinity)) > MOVED_PX);
  if (!moved.length) return;
  seen.moved = new Set(moved.map(([number]) => number));
  show(element, seen, hand, tiles);
  clearTimeout(settling);
  settling = setTimeout(() => draw({ moved: new Set() }), SETTLE_MS);
}

// The page and what it loads, so that it opens without network; what an older release left goes.
async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/crew/worker.js", { scope: "/crew" });
  const cache = await caches.open(KEPT);
  const mine = [...document.querySelectorAll<HTMLElement>("script[src], link[rel=stylesheet], link[rel=icon], img")]
    .map((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? "")
    .concat(performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname))
    .filter((path) => path.startsWith("/static/"));
  const wanted = new Set(["/crew", ...mine]);
  await cache.addAll([...wanted]);
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
}

async function begin(): Promise<void> {
  if ((await kept<string>("account")) !== account) await keep("crew", undefined);
  await keep("account", account);
  seen.crew = await kept<Crew>("crew");
  seen.reminders = await reminderState();
  seen.words = await keptWords(account);
  // Where one was writing last, one goes on.
  const [last] = Object.entries(seen.words).sort(([, one], [, other]) => other.at - one.at);
  if (last) seen.opened = seen.finishing = last[0];
  if (seen.crew) draw({});
  await go();
  if (!seen.offline) await keepPage().catch(() => {});
}

// Signing out removes all citizens' data from the phone, and asks before something unsent is lost.
const signOut = document.querySelector<HTMLFormElement>('form[action="/sign-out"]');
signOut?.addEventListener("submit", (event) => {
  event.preventDefault();
  const waits = seen.outbox.filter((one) => one.taken === undefined);
  const written = waits.filter((one) => one.refused === undefined || one.file || one.fields).length;
  const waiting = written + Object.keys(seen.words).length;
  if (waiting && !confirm(`还有${waiting}件没有发送，退出后就没有了。确定退出吗？`)) return;
  dropUnsentText();
  void Promise.allSettled([stopReminders(), forget(account), caches.delete(KEPT)]).then(() => signOut.submit());
});
["live:assignment", "live:order"].forEach((topic) => document.body.addEventListener(topic, () => void refresh()));
["session:back", "connection:back"].forEach((news) => document.body.addEventListener(news, () => void go(true)));
window.addEventListener("online", () => void go(true));
// Taken out again, the list begins with what is most pressing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  seen.shown = [];
  acted = "";
  stale = true;
  void go();
});
setInterval(() => void go(), LOOK_MS);
void begin();
