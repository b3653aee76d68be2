// A part of the page in which somebody is writing is not fetched again while they type by a live change, or by what
// follows one (refresh); the next change, or sending the form, brings it up to date. Nor does anything take the place of a
// form whose button was pressed while it is looked whether it can go out: gone from the page it would send nothing, and
// the press would be lost. So would a press whose button is replaced before the pointer is released. What the page itself
// came with open (data-comes-open) says nothing about anybody's writing.
import { changedNames } from "../unsent/form_values";

interface Detail {
  target: HTMLElement;
  requestConfig?: { elt: HTMLElement; triggeringEvent?: Event };
  shouldSwap: boolean;
}

// A release outside the window may never be reported.
const LONGEST_PRESS_MS = 30_000;
let pressed: Element | undefined;
let releasing: ReturnType<typeof setTimeout> | undefined;
// What could not be shown meanwhile: the news, and where it is listened for.
let missed: [string, HTMLElement][] = [];

export function isPressed(part: Element): boolean {
  return pressed !== undefined && part.contains(pressed);
}

function press(event: PointerEvent): void {
  if (event.button !== 0) return;
  pressed = event.target as Element;
  clearTimeout(releasing);
  releasing = setTimeout(release, LONGEST_PRESS_MS);
}

function release(): void {
  pressed = undefined;
  const late = missed;
  missed = [];
  for (const [news, at] of late) at.dispatchEvent(new CustomEvent(news));
}

// After the click, which comes with the release.
function releaseSoon(event: PointerEvent): void {
  if (!pressed || event.buttons !== 0) return;
  clearTimeout(releasing);
  releasing = setTimeout(release);
}

export function guardTyping(): void {
  document.addEventListener("pointerdown", press, true);
  for (const name of ["pointerup", "pointercancel", "pointermove"] as const)
    document.addEventListener(name, releaseSoon, true);
  // Checked when the answer is there: the user may have begun to write while it was on its way.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<Detail>).detail;
    const trigger = detail.requestConfig?.triggeringEvent?.type ?? "";
    const unasked = trigger.startsWith("live:") || trigger === "refresh";
    // Asked for by what is written elsewhere in the form.
    const source = detail.requestConfig?.triggeringEvent?.target;
    const elsewhere = source instanceof Node && !detail.requestConfig!.elt.contains(source);
    if ((unasked || elsewhere) && isPressed(detail.target)) {
      detail.shouldSwap = false;
      if (!unasked) return;
      const where = trigger === "refresh" ? detail.requestConfig!.elt : document.body;
      if (!missed.some(([news, at]) => news === trigger && at === where)) missed.push([trigger, where]);
      return;
    }
    const checking = detail.target.querySelector("form[data-checking]") ?? detail.target.closest("form[data-checking]");
    if (!checking && !(unasked && isWriting(detail.target))) return;
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
