// An office's or a crew's inbox: what is new comes by itself, with a sound and a mark in the title.
import { announce } from "../../browser/live/live";
import { keepSocket } from "../../browser/live/socket";

const known = new Set<number>();
const title = document.title;

export function startInbox(): void {
  const path = document.body.dataset.inbox;
  if (!path) return;
  document
    .querySelectorAll<HTMLElement>("[data-assignment]")
    .forEach((element) => known.add(Number(element.dataset.assignment)));
  document.body.addEventListener("session:back", () => ["assignment", "order"].forEach(announce));
  keepSocket(
    path,
    (message) => {
      if (message.type === "assignment" && !known.has(Number(message.id))) {
        known.add(Number(message.id));
        document.title = `（新）${title}`;
        ring();
      }
      const order = document.body.dataset.order;
      if (message.type === "order" && order !== undefined && order !== String(message.id)) return;
      announce(message.type === "order" ? "order" : "assignment");
    },
    (again) => again && ["assignment", "order"].forEach(announce),
  );
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.title = title;
  });
}

// Browsers allow sound only after the person has touched the page; before that the title alone must do.
function ring(): void {
  if (!navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.setValueAtTime(880, context.currentTime);
  tone.frequency.setValueAtTime(660, context.currentTime + 0.18);
  volume.gain.setValueAtTime(0.15, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.6);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.6);
  tone.onended = () => void context.close();
}
