import htmx from "htmx.org";

// Small manners of forms: no double sending, a step's form opened where its errors are.
export function startForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.sent) event.preventDefault();
    if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "yes";
  });
  // What was wrong as it was sent says nothing of what is written now.
  for (const news of ["input", "change"])
    document.addEventListener(news, (event) => mended(event.target as HTMLElement));
  // From the middle of a text too, without the mouse.
  document.addEventListener("keydown", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-ctrl-enter]");
    if (form && event.ctrlKey && event.key === "Enter") form.requestSubmit();
  });
  // Coming back by the back button, a page from the browser's memory must be usable again.
  window.addEventListener("pageshow", () =>
    document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset.sent),
  );
  // The order changed under the reader: its buttons are fetched again, unless one of their forms is being filled in.
  document.body.addEventListener("live:order", async () => {
    const actions = document.querySelector<HTMLElement>("[data-actions]");
    if (!actions) return;
    if (actions.querySelector(".step[open]")) {
      if (await isStale(actions)) actions.querySelector("[data-stale]")?.removeAttribute("hidden");
    } else htmx.trigger(actions, "refresh");
  });
  openStep();
  window.addEventListener("hashchange", openStep);
  document.querySelector<HTMLElement>("[data-wrong]")?.focus();
}

function mended(control: HTMLElement): void {
  if (!control.matches("[data-wrong]")) return;
  for (const id of control.getAttribute("aria-describedby")?.split(" ") ?? []) {
    const said = document.getElementById(id);
    if (said?.hasAttribute("data-refused")) said.remove();
  }
  for (const name of ["data-wrong", "aria-invalid"]) control.removeAttribute(name);
}

// What only hangs something on the order, a photo or a call, leaves its steps as they are.
async function isStale(actions: HTMLElement): Promise<boolean> {
  const read = actions.querySelector<HTMLInputElement>("input[name=version]")?.value;
  try {
    const answer = await fetch(`/api/orders/${actions.dataset.actions}`, { headers: { Accept: "application/json" } });
    return !answer.ok || String(((await answer.json()) as { version: number }).version) !== read;
  } catch {
    return true;
  }
}

// A link to /orders/…#reply leads to the opened form.
function openStep(): void {
  const wanted = location.hash.slice(1);
  if (!/^[a-z_]+$/.test(wanted)) return;
  const step = document.querySelector<HTMLDetailsElement>(`details.step#${wanted}`);
  if (!step) return;
  step.open = true;
  const first = step.querySelector<HTMLElement>("textarea, input:not([type=hidden]), select");
  first?.focus();
  // As the page has come, the browser looks for the link's place itself and may take the keys away from it again.
  const again = (): void => {
    if (document.activeElement === document.body) first?.focus();
  };
  if (document.readyState !== "complete") window.addEventListener("load", () => setTimeout(again), { once: true });
}
