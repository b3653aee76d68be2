// A part of the page in which somebody is writing is not fetched again while they type by a live change, or by what
// follows one (refresh); the next change, or sending the form, brings it up to date. Nor does anything take the place of a
// form whose button was pressed while it is looked whether it can go out: gone from the page it would send nothing, and
// the press would be lost. What the page itself came with open (data-comes-open) says nothing about anybody's writing.
import { changedNames } from "../unsent/form_values";

interface Detail {
  target: HTMLElement;
  requestConfig?: { triggeringEvent?: Event };
  shouldSwap: boolean;
}

export function guardTyping(): void {
  // Checked when the answer is there: the user may have begun to write while it was on its way.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<Detail>).detail;
    const trigger = detail.requestConfig?.triggeringEvent?.type ?? "";
    const unasked = trigger.startsWith("live:") || trigger === "refresh";
    if (!detail.target.querySelector("form[data-checking]") && !(unasked && isWriting(detail.target))) return;
    detail.shouldSwap = false;
    // An order's step that was opened while its news were on their way.
    detail.target.querySelector("[data-stale]")?.removeAttribute("hidden");
  });
}

function isWriting(part: HTMLElement): boolean {
  const open = [...part.querySelectorAll<HTMLFormElement>("details[open] form")];
  if (open.some((form) => !form.closest("details")!.matches("[data-comes-open]") || changedNames(form).size))
    return true;
  const active = document.activeElement;
  return part.contains(active) && active !== part && (active?.matches("input, textarea, select") ?? false);
}
