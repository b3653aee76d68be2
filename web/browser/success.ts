// A live region is read aloud only for what comes into it after the page is there.
const SHOWN_MS = 8000;

export function startSuccess(): void {
  const region = document.querySelector<HTMLElement>("[data-just-done]");
  if (!region) return;
  const words = region.textContent;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = words;
  });
  setTimeout(() => region.remove(), SHOWN_MS);
}
