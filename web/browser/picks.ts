/** Orders chosen in the list: how many, all of the page at once; and the address as it is now for a filter that is kept. */
export function startPicks(): void {
  const picks = (): HTMLInputElement[] => [
    ...document.querySelectorAll<HTMLInputElement>('input[form="many"][name="number"]'),
  ];
  const showCount = (): void => {
    const picked = picks().filter((pick) => pick.checked);
    const count = picked.length;
    const label = document.querySelector("[data-picked]");
    document.querySelector("[data-many]")?.classList.toggle("nothing-picked", count === 0);
    if (label) label.textContent = count ? `已选${count}张` : "勾选工单后可以一起办理";
    const takes = picked.map((pick) => (pick.closest<HTMLElement>("[data-takes]")?.dataset.takes ?? "").split(" "));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-step-of-many]")) {
      const able = takes.filter((steps) => steps.includes(button.value)).length;
      button.disabled = count > 0 && able === 0;
      button.title = button.disabled ? "所选的工单现在都不能办这一步" : "";
      button.textContent = button.dataset.stepOfMany! + (able > 0 && able < count ? `（${able}张）` : "");
    }
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
  });
  document.addEventListener("htmx:afterSwap", showCount);
  // Ticked while this program was still on its way over a slow network.
  document.querySelectorAll<HTMLInputElement>("[data-pick-all]:checked").forEach(pickAll);
  showCount();
}
