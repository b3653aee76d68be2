/** Orders chosen in the list: how many, all of the page at once; and the address as it is now for a filter that is kept. */
// Of the list that one looks at, until one has looked at another: whoever opens an order and comes back has them still.
const KEPT = "picked-orders";

interface Kept {
  list: string;
  numbers: string[];
}

export function startPicks(): void {
  const picks = (): HTMLInputElement[] => [
    ...document.querySelectorAll<HTMLInputElement>('input[form="many"][name="number"]'),
  ];
  const listNow = (): string => document.querySelector<HTMLElement>("[data-list]")?.dataset.address ?? "";
  const showCount = (): void => {
    const picked = picks().filter((pick) => pick.checked);
    const count = picked.length;
    const label = document.querySelector("[data-picked]");
    document.querySelector("[data-many]")?.classList.toggle("nothing-picked", count === 0);
    if (label) label.textContent = count ? `已选${count}张` : "勾选工单后可以一起办理";
    showSteps(picked);
    if (label) keep({ list: listNow(), numbers: picked.map((pick) => pick.value) });
  };
  const putBack = (): void => {
    const kept = readKept();
    if (kept?.list !== listNow()) return;
    for (const pick of picks()) if (kept.numbers.includes(pick.value)) pick.checked = true;
  };
  const pickAll = (all: HTMLInputElement): void => picks().forEach((pick) => (pick.checked = all.checked));
  document.addEventListener("change", (event) => {
    const changed = event.target as HTMLInputElement;
    if (changed.matches("[data-pick-all]")) pickAll(changed);
    if (changed.matches('[data-pick-all], [form="many"]')) showCount();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.matches("[data-keep-filter]")) {
      (form.elements.namedItem("query") as HTMLInputElement).value = location.search;
    }
    // Taken: the result names what was not done. A print or a sheet takes nothing.
    if (form.matches("[data-many]") && !event.submitter?.hasAttribute("data-takes-nothing")) keep(null);
  });
  document.addEventListener("htmx:afterSwap", showCount);
  putBack();
  // Ticked while this program was still on its way over a slow network.
  document.querySelectorAll<HTMLInputElement>("[data-pick-all]:checked").forEach(pickAll);
  showCount();
}

// Which of the buttons below the list can take some of the chosen ones.
function showSteps(picked: readonly HTMLInputElement[]): void {
  const takes = picked.map((pick) => (pick.closest<HTMLElement>("[data-takes]")?.dataset.takes ?? "").split(" "));
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-step-of-many]")) {
    const able = takes.filter((steps) => steps.includes(button.value)).length;
    button.disabled = picked.length > 0 && able === 0;
    button.title = button.disabled ? "所选的工单现在都不能办这一步" : "";
    button.textContent = button.dataset.stepOfMany! + (able > 0 && able < picked.length ? `（${able}张）` : "");
  }
}

function readKept(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function keep(kept: Kept | null): void {
  try {
    if (kept?.numbers.length) sessionStorage.setItem(KEPT, JSON.stringify(kept));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Kept for this page alone.
  }
}
