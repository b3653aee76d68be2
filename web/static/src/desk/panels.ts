// The panels of the call in hand: each is a fragment of its own, fetched into its slot; one that is not there (404) is
// shown as nothing at all.
import htmx from "htmx.org";

const slots = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-slot]")];
let shown: string | null = null;

export function startPanels(): void {
  document.body.addEventListener("htmx:responseError", (event) => {
    const detail = (event as CustomEvent).detail as { xhr: XMLHttpRequest; elt: HTMLElement };
    if (detail.xhr.status === 404) detail.elt.closest<HTMLElement>("[data-slot]")?.setAttribute("data-absent", "");
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    const detail = (event as CustomEvent).detail as { xhr: XMLHttpRequest; elt: HTMLElement };
    if (detail.xhr.status === 200) detail.elt.closest<HTMLElement>("[data-slot]")?.removeAttribute("data-absent");
  });
}

export function shownCall(): string | null {
  return shown;
}

// Null: no call, all panels empty.
export function showCall(linkedid: string | null): void {
  if (linkedid === shown) return;
  shown = linkedid;
  document.body.dataset.call = linkedid ?? "";
  for (const slot of slots()) {
    slot.removeAttribute("data-absent");
    slot.replaceChildren();
    if (linkedid === null) continue;
    const part = document.createElement("div");
    const more = slot.dataset.on?.split(",").map((topic) => `${topic.trim()} from:body`) ?? [];
    part.setAttribute("hx-get", slot.dataset.slot!.replace("{linkedid}", encodeURIComponent(linkedid)));
    part.setAttribute("hx-trigger", ["load", ...more].join(", "));
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
  (panel?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select") ?? panel)?.focus();
  return panel !== undefined;
}
