// Notifies the page's parts that something changed; each part that cares fetches itself again (hx-trigger="live:call").
import { keepSocket, type Talk } from "./socket";

const TOPICS = [
  "call",
  "order",
  "assignment",
  "recording",
  "transcript",
  "agent",
  "block",
  "proposals",
  "unit",
  "reachability",
];
const EVERYTHING = [...TOPICS, "this-call", "this-agent"];
const FIRST_WAIT_MS = 200;
const BETWEEN_MS = 1000;
const soon = new Set<string>();
const last = new Map<string, number>();
let talk: Talk | undefined;
let wanted = "";

export function startLive(): void {
  const path = document.body.dataset.live;
  if (!path) return;
  document.body.addEventListener("session:back", () => EVERYTHING.forEach(announce));
  talk = keepSocket(path, hear, (again) => {
    if (again) EVERYTHING.forEach(announce);
    if (wanted) talk?.send({ type: "speech", call: wanted });
  });
}

// From now on this call's words and proposals come too, and no other's; the server first sends both, since nobody was
// notified of what was stored after the page was made. False: they come already.
export function wantWords(call: string): boolean {
  if (call === wanted) return false;
  wanted = call;
  talk?.send({ type: "speech", call });
  return true;
}

function hear(message: Record<string, unknown>): void {
  if (message.type === "speaking") document.body.dispatchEvent(new CustomEvent("speaking", { detail: message }));
  else if (message.topic === "speech") document.body.dispatchEvent(new CustomEvent("live:speech"));
  else if (message.type === "changed" && concerns(message)) {
    const topic = String(message.topic);
    announce(topic);
    // The one call or agent that this page is about.
    if (message.id === document.body.dataset[topic]) announce(`this-${topic}`);
  }
}

// An order's page hears of its own order only; `reconnected` may be about anything.
function concerns(message: Record<string, unknown>): boolean {
  if (message.topic === "reconnected") {
    EVERYTHING.forEach(announce);
    return false;
  }
  const order = document.body.dataset.order;
  return message.topic !== "order" || order === undefined || order === String(message.id);
}

// Several changes within one breath are one refresh, and on a busy day there is one a second, not one a change.
export function announce(topic: string): void {
  if (soon.has(topic)) return;
  soon.add(topic);
  const wait = Math.max(FIRST_WAIT_MS, (last.get(topic) ?? 0) + BETWEEN_MS - Date.now());
  setTimeout(() => {
    soon.delete(topic);
    last.set(topic, Date.now());
    document.body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }, wait);
}
