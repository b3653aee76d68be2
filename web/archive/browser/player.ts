// The recording's player: the wave of both sides, and the transcript that moves with it.
import WaveSurfer from "wavesurfer.js";

import { running } from "../../browser/clock";

const STEP_SECONDS = 5;

interface Peaks {
  duration_seconds: number;
  channels: number[][];
}

export function startPlayers(root: ParentNode & { matches?: (selector: string) => boolean }): void {
  root.querySelectorAll<HTMLElement>("[data-player]:not([data-ready])").forEach((element) => void start(element));
}

// A refresh must not cut off what is being listened to; the next one comes soon enough.
export function keepPlaying(): void {
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = (event as CustomEvent<{ target: HTMLElement }>).detail;
    const playing = [...target.querySelectorAll("audio")].some((media) => !media.paused);
    if (playing) (event as CustomEvent<{ shouldSwap: boolean }>).detail.shouldSwap = false;
  });
}

async function start(player: HTMLElement): Promise<void> {
  player.dataset.ready = "yes";
  const media = player.querySelector("audio")!;
  const button = player.querySelector<HTMLButtonElement>("[data-play]")!;
  const speed = player.querySelector<HTMLSelectElement>("[data-speed]")!;
  const position = player.querySelector<HTMLElement>("[data-position]")!;
  const segments = [...player.querySelectorAll<HTMLElement>("[data-start]")];

  button.onclick = () => toggle(media);
  speed.onchange = () => (media.playbackRate = Number(speed.value));
  player.addEventListener("keydown", (event) => onKey(event, media));
  segments.forEach((segment) => (segment.onclick = () => playFrom(media, Number(segment.dataset.start))));
  media.onplay = media.onpause = () => {
    button.setAttribute("aria-label", media.paused ? "播放" : "暂停");
    button.dataset.play = media.paused ? "paused" : "playing";
  };
  media.ontimeupdate = media.onseeked = () => {
    position.textContent = running(media.currentTime);
    mark(segments, media.currentTime, !media.paused);
  };
  media.onerror = () => player.querySelector<HTMLElement>("[data-error]")?.removeAttribute("hidden");
  await drawWave(player, media);
}

// The wave comes from the server as a few hundred numbers: an hour's recording is not fetched to be drawn.
async function drawWave(player: HTMLElement, media: HTMLAudioElement): Promise<void> {
  const container = player.querySelector<HTMLElement>("[data-wave]")!;
  const headers = { Accept: "application/json" };
  const answer = await fetch(container.dataset.wave!, { headers }).catch(() => undefined);
  if (!answer?.ok) {
    media.controls = true;
    return;
  }
  const peaks = (await answer.json()) as Peaks;
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string): string => colours.getPropertyValue(name).trim();
  const citizen = { waveColor: colour("--far-soft"), progressColor: colour("--far") };
  const city = { waveColor: colour("--city-soft"), progressColor: colour("--city") };
  WaveSurfer.create({
    container,
    media,
    peaks: peaks.channels,
    duration: peaks.duration_seconds,
    height: 34,
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    normalize: true,
    cursorColor: colour("--ink"),
    dragToSeek: true,
    splitChannels: peaks.channels.length > 1 ? [citizen, city] : undefined,
    ...citizen,
    cspNonce: document.body.dataset.nonce,
  });
}

function onKey(event: KeyboardEvent, media: HTMLAudioElement): void {
  if (event.target instanceof HTMLSelectElement) return;
  const on = event.target as HTMLElement;
  if (event.key === " " && !on.matches("button")) toggle(media);
  else if (event.key === "ArrowLeft") seek(media, media.currentTime - STEP_SECONDS);
  else if (event.key === "ArrowRight") seek(media, media.currentTime + STEP_SECONDS);
  else if (event.key === "Home") seek(media, 0);
  else return;
  event.preventDefault();
}

function toggle(media: HTMLAudioElement): void {
  if (media.paused) void media.play();
  else media.pause();
}

function playFrom(media: HTMLAudioElement, seconds: number): void {
  seek(media, seconds);
  void media.play();
}

function seek(media: HTMLAudioElement, seconds: number): void {
  media.currentTime = Math.min(Math.max(seconds, 0), media.duration || seconds);
}

function mark(segments: HTMLElement[], seconds: number, follow: boolean): void {
  for (const segment of segments) {
    const now = seconds >= Number(segment.dataset.start) && seconds < Number(segment.dataset.end);
    if (now && follow && !segment.classList.contains("now")) keepInView(segment);
    segment.classList.toggle("now", now);
    if (now) segment.setAttribute("aria-current", "true");
    else segment.removeAttribute("aria-current");
  }
}

// Moves the transcript's own box only: the page must not run away under the reader.
function keepInView(segment: HTMLElement): void {
  const box = segment.closest<HTMLElement>("[data-transcript]");
  if (!box) return;
  const top = segment.offsetTop - box.offsetTop;
  if (top < box.scrollTop || top + segment.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTo({ top: top - box.clientHeight / 3, behavior: "smooth" });
  }
}
