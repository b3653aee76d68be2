// Running times: <time data-since="ISO"> counts up; the page's own clock may be wrong, so the server's is used.
let ahead = 0;

export function serverNow(): Date {
  return new Date(Date.now() - ahead);
}

export function startClock(): void {
  const served = Date.parse(document.body.dataset.now ?? "");
  ahead = Number.isNaN(served) ? 0 : Date.now() - served;
  const tick = (): void => {
    document.querySelectorAll<HTMLElement>("[data-since]").forEach((element) => {
      const seconds = Math.max(0, (Date.now() - ahead - Date.parse(element.dataset.since ?? "")) / 1000);
      element.textContent = running(seconds);
    });
    document.querySelectorAll<HTMLElement>("[data-until]").forEach((element) => {
      const seconds = Math.max(0, (Date.parse(element.dataset.until ?? "") - Date.now() + ahead) / 1000);
      element.textContent = `还有 ${running(seconds)}`;
    });
  };
  tick();
  setInterval(tick, 1000);
  document.body.addEventListener("htmx:afterSwap", tick);
}

export function running(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
