// The card after registering: its buttons by key, for an agent with a telephone in the other ear.
const PREFIX = "Key";

export function startAfterRegistering(): void {
  document.addEventListener("keydown", (event) => {
    const plain = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.isComposing;
    if (!plain || !event.code.startsWith(PREFIX)) return;
    const key = event.code.slice(PREFIX.length);
    const there = document.querySelector<HTMLElement>(`.draft-done [data-key="${key}"]`);
    if (!there) return;
    event.preventDefault();
    press(there);
  });
}

// What is written goes into an open form; all else is done at once.
function press(there: HTMLElement): void {
  const details = there.closest("details");
  if (details) {
    details.open = true;
    details.querySelector<HTMLElement>("textarea, input")?.focus();
    details.scrollIntoView({ block: "end" });
  } else there.click();
}

// The form of an order that is no draft any more gives way to this card: the agent goes on from there.
export function focusCard(slot: HTMLElement): void {
  slot.querySelector<HTMLElement>(".draft-done")?.focus();
}
