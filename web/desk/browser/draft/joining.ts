// The order on the same matter is offered above the form; one key takes the offer.
const KEY = "KeyU";

export function startJoining(): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.code !== KEY || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
    if (joinOffered()) event.preventDefault();
  });
}

// Whether there was an offer to take.
export function joinOffered(): boolean {
  const offer = document.querySelector<HTMLButtonElement>("[data-join]");
  offer?.click();
  return offer !== null;
}
