// The panels of the call in hand: each is a fragment of its own, fetched into its slot; one that is not there (404) is
// shown as nothing at all.
import htmx from "htmx.org";
import { isPractice, practiceRun } from "./state";

const slots = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-slot]")];
let shown: string | null = null;

// The caller is needed at once, with the server to itself; the others have nothing to show before "hello".
const LATER = "load delay:150ms";

export function startPanels(): void {
  document.body.addEventListener("htmx:responseError", (event) => {
    const detail = (event as CustomEvent).detail as { xhr: XMLHttpRequest; elt: HTMLElement };
    if (detail.xhr.status === 404) detail.elt.closest<HTMLElement>("[data-slot]")?.setAttribute("data-absent", "");
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    const detail = (event as CustomEvent).detail as { xhr: XMLHttpRequest; elt: HTMLElement };
    if (detail.xhr.status !== 200) return;
    detail.elt.closest<HTMLElement>("[data-slot]")?.removeAttribute("data-absent");
  });
  // Whoever waits in an empty panel for its form may type at once: not before the form's program hears it (htmx:load).
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (document.activeElement?.matches(".panel.middle") && (event.target as HTMLElement).closest(".panel.middle"))
      focusPanel(2);
  });
}

// What a panel shows is stored a moment after the telephone rings or is answered: one that was not there is looked for
// again with each word about calls or orders, and one that is there is left to itself.
export function lookAgain(): void {
  for (const slot of slots()) if (slot.hasAttribute("data-absent")) htmx.trigger(slot.firstElementChild!, "retry", {});
}

// A made-up call has panels of its own, and not all of them.
function addressOf(slot: HTMLElement, linkedid: string): string | undefined {
  if (isPractice(linkedid)) return slot.dataset.practice?.replace("{id}", practiceRun(linkedid));
  return slot.dataset.slot!.replace("{linkedid}", encodeURIComponent(linkedid));
}

// Null: no call, all panels empty.
export function showCall(linkedid: string | null): void {
  if (linkedid === shown) return;
  shown = linkedid;
  document.body.dataset.call = linkedid ?? "";
  for (const [place, slot] of slots().entries()) {
    slot.removeAttribute("data-absent");
    slot.replaceChildren();
    const address = linkedid === null ? undefined : addressOf(slot, linkedid);
    if (!address) continue;
    const part = document.createElement("div");
    const more = slot.dataset.on?.split(",").map((topic) => `${topic.trim()} from:body`) ?? [];
    part.setAttribute("hx-get", address);
    part.setAttribute("hx-trigger", [place === 0 ? "load" : LATER, "retry", ...more].join(", "));
    slot.append(part);
    htmx.process(part);
  }
}

// The call was answered: form and transcript begin.
export function announceAnswered(): void {
  slots().forEach((slot) => slot.removeAttribute("data-absent"));
  document.body.dispatchEvent(new CustomEvent("desk:answered"));
}

export function focusPanel(at: number): boolean {
  const panel = document.querySelectorAll<HTMLElement>(".panel")[at - 1];
  const controls = [...(panel?.querySelectorAll<HTMLElement>("input:not([type=hidden]), textarea, select") ?? [])];
  // The caller's panel is read first, and gone through by Tab; a closed form's field takes no keys.
  const first = at === 1 ? undefined : controls.find((one) => one.checkVisibility());
  (first ?? panel)?.focus();
  return panel !== undefined;
}
