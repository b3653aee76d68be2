// Tells the page's parts that something changed; each part that cares fetches itself again (hx-trigger="live:call").
import { keepSocket } from "./socket";

const EVERYTHING = ["call", "order", "push", "recording", "transcript", "agent"];
const soon = new Set<string>();

export function startLive(): void {
  const path = document.body.dataset.live;
  if (!path) return;
  keepSocket(
    path,
    (message) => concerns(message) && announce(String(message.topic)),
    (again) => again && EVERYTHING.forEach(announce),
  );
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

// Several changes within one breath are one refresh.
export function announce(topic: string): void {
  if (soon.has(topic)) return;
  soon.add(topic);
  setTimeout(() => {
    soon.delete(topic);
    document.body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }, 200);
}
