// Tells the page's parts that something changed; each part that cares fetches itself again (hx-trigger="live:call").
import { keepSocket } from "./socket";

const soon = new Set<string>();

export function startLive(): void {
  const path = document.body.dataset.live;
  if (!path) return;
  keepSocket(
    path,
    (message) => announce(String(message.topic)),
    (again) => again && ["call", "order", "push", "recording", "transcript"].forEach(announce),
  );
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
