// Shortcuts. All are Alt and a letter, by the key's place, so that they work while one types Chinese; what an input method
// is composing is never touched.
const KEYS: Record<string, string> = {
  KeyA: "answer",
  KeyQ: "hang-up",
  KeyH: "hold",
  KeyM: "mute",
  KeyT: "transfer",
  KeyK: "keypad",
  KeyR: "ready",
  KeyP: "pause",
  KeyD: "dial",
  KeyG: "hand-over",
  KeyJ: "join",
  KeyB: "send-back",
  Digit8: "emergency-1",
  Digit9: "emergency-2",
  Digit0: "emergency-3",
  Digit1: "panel-1",
  Digit2: "panel-2",
  Digit3: "panel-3",
};

export function startKeys(press: (command: string) => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const typing = (event.target as HTMLElement).closest(
      "input:not([type=checkbox]):not([type=radio]), textarea, select",
    );
    let command: string | undefined;
    if (event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey) command = KEYS[event.code];
    else if (event.key === "Escape") command = "close";
    else if (event.key === "?" && !typing) command = "help";
    if (command && press(command)) event.preventDefault();
  });
}
