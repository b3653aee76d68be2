// Small manners of forms: no double sending, filters that apply themselves, a step's form opened where its errors are.
export function startForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.sent) event.preventDefault();
    if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "yes";
  });
  // Coming back by the back button, a page from the browser's memory must be usable again.
  window.addEventListener("pageshow", () =>
    document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset.sent),
  );
  document.addEventListener("change", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-self-submit]");
    form?.requestSubmit();
  });
  document.querySelector<HTMLElement>("[data-wrong]")?.focus();
}
