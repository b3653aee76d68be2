/** Keys that lead through the list of orders and from order to order. Pure but for reading where the key was pressed. */
export type Move = "next" | "previous";

interface Pressed {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** J and K; with Alt also while somebody writes. */
export function moveOf(pressed: Pressed, writing: boolean): Move | undefined {
  if (pressed.ctrlKey || pressed.metaKey || (writing && !pressed.altKey)) return undefined;
  const key = pressed.key.toLowerCase();
  if (key === "j") return "next";
  return key === "k" ? "previous" : undefined;
}

const WRITES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(WRITES);
}
