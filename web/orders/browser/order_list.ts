// The list of orders: how dense it is and which columns it has, moving through it by keys, and its place.
import htmx from "htmx.org";
import { Latest } from "../../browser/live/latest";
import { isPressed } from "../../browser/live/typing";
import { isWriting, type Move, moveOf } from "./order_keys";

const TABLE = "table.orders";
const AT_FIRST = ["channel"];
let sending = false;
const reading = new Latest();

export function startOrderList(): void {
  document.addEventListener("click", (event) => {
    const pressed = event.target as HTMLElement;
    if (pressed.closest("[data-toggles-density]")) {
      keep("density", setting("density") === "tight" ? "" : "tight");
      showViews();
    } else if (pressed.closest("[data-list-stale]")) void refresh();
  });
  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (!box.dataset.column) return;
    const hidden = new Set(hiddenColumns());
    if (box.checked) hidden.delete(box.dataset.column);
    else hidden.add(box.dataset.column);
    keep("hides", [...hidden].join(" "));
    showViews();
  });
  document.addEventListener("keydown", (event) => {
    const move = moveOf(event, isWriting(event.target));
    if (!move) return;
    const link = document.querySelector<HTMLAnchorElement>(`.neighbours a[rel=${move === "next" ? "next" : "prev"}]`);
    if (!document.querySelector(TABLE) && !link) return;
    event.preventDefault();
    if (link) link.click();
    else moveOn(move);
  });
  startRows();
  document.body.addEventListener("live:order", () => {
    void refresh(true);
  });
  // What opens over the list closes when somebody turns to something else.
  document.addEventListener("pointerdown", (event) => closeOver(event.target as Element));
  document.addEventListener("focusin", (event) => closeOver(event.target as Element));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeOver(document.body);
  });
  document.addEventListener("htmx:afterSwap", showViews);
  showViews();
  comeBack();
}

// From an order to its row; where that is done and gone, to the first. Not by a row's own id: the browser would take the
// keys away again when it has scrolled there.
function comeBack(): void {
  if (!location.hash.startsWith("#at-")) return;
  const row = document.getElementById(`row-${location.hash.slice("#at-".length)}`);
  const target = rowTarget(row ?? rows()[0] ?? null);
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

function closeOver(used: Element): void {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details.more-filters[open]")) {
    if (!open.contains(used)) open.open = false;
  }
}

// Somebody chooses in the list, or has the keys in it or in what belongs to it (the next page, a filter), or a row is on
// its way: it must not change under them.
function isBusy(): boolean {
  const list = document.querySelector("[data-list]");
  if (list && isPressed(list)) return true;
  return sending || list?.querySelector(":is(:focus, [name=number]:checked, form[data-checking])") != null;
}

// Not by the list itself: another filter may take the place of the list while its answer is on the way.
async function refresh(unasked = false): Promise<void> {
  const address = shownAddress();
  if (!address || (unasked && saysStale())) return;
  const turn = reading.ask();
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (!answer.ok || shownAddress() !== address || (unasked && saysStale()) || !reading.isNews(turn)) return;
    htmx.swap("#list", text, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
  } catch {
    // Not reached: the next change asks again.
  }
}

function saysStale(): boolean {
  if (!isBusy()) return false;
  document.querySelector("[data-list-stale]")?.removeAttribute("hidden");
  return true;
}

function shownAddress(): string | undefined {
  return document.querySelector<HTMLElement>("[data-list]")?.dataset.address;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`${TABLE} [data-row]`)];
}

// What the keys reach in a row first: what there is to decide, else the order itself.
export function rowTarget(row: Element | null): HTMLElement | null {
  return row?.querySelector<HTMLElement>("[data-first]") ?? row?.querySelector<HTMLElement>("a.title") ?? null;
}

// An order is dispatched from its row, and the next row has the keys when one is done.
function startRows(): void {
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if ((event.target as Element).matches(".row-dispatch")) sending = true;
  });
  // Nothing came back that takes the row's place.
  for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.body.addEventListener(failed, () => {
      sending = false;
    });
  }
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const row = (event as CustomEvent<{ elt: Element }>).detail.elt;
    if (!row.matches("tr[data-row]")) return;
    const all = rows();
    const here = all.indexOf(row as HTMLElement);
    // A refused row keeps the keys. After one that is done, or that a colleague was quicker with, the next row has them.
    const next = row.querySelector(".row-dispatch") ? row : (all[here + 1] ?? null);
    sending = false;
    (rowTarget(next) ?? document.querySelector<HTMLElement>("a[rel=next]"))?.focus();
  });
  // Only a proposal that is sure stands in the field; else somebody has to choose first.
  const go = document.querySelector<HTMLButtonElement>("#dispatch [data-go-next]");
  const chosen = go?.form?.querySelector<HTMLSelectElement>("select[name=lead_office_code]")?.value;
  (chosen ? go : go?.form?.querySelector<HTMLElement>("#dispatch-lead_office_code"))?.focus();
}

function moveOn(move: Move): void {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? 0 : here + (move === "next" ? 1 : -1);
  const target = rowTarget(all[next] ?? null);
  if (target) {
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  } else document.querySelector<HTMLElement>(`a[rel=${move === "next" ? "next" : "prev"}]`)?.focus();
}

function showViews(): void {
  const table = document.querySelector<HTMLElement>(TABLE);
  if (table) {
    table.dataset.density = setting("density");
    table.dataset.hides = hiddenColumns().join(" ");
  }
  for (const views of document.querySelectorAll<HTMLElement>("[data-views]")) views.hidden = !table;
  document
    .querySelector("[data-toggles-density]")
    ?.setAttribute("aria-pressed", String(setting("density") === "tight"));
  for (const box of document.querySelectorAll<HTMLInputElement>("input[data-column]")) {
    box.checked = !hiddenColumns().includes(box.dataset.column!);
  }
}

function hiddenColumns(): string[] {
  return (stored("hides") ?? AT_FIRST.join(" ")).split(" ").filter(Boolean);
}

function setting(name: string): string {
  return stored(name) ?? "";
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`orders:${name}`);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`orders:${name}`, value);
  } catch {
    // Kept for this page alone.
  }
}
