// Maps on the server's pages: what lies in the list beside is drawn on the map; where a place is chosen, a click fills in
// the fields below. Everything can be read and done without the map.
import type { Board } from "./draw";

type Draw = typeof import("./draw");

export function startMaps(): void {
  const element = document.querySelector<HTMLElement>("[data-map][data-shows]");
  if (!element) return;
  import("./draw").then((draw) => show(draw, element)).catch(() => failed(element));
}

function show(draw: Draw, element: HTMLElement): void {
  const board = draw.open(element, () => failed(element));
  const mark = spotOf(element.dataset.mark);
  switch (element.dataset.shows) {
    case "points":
      draw.points(board, [...document.querySelectorAll<HTMLElement>("[data-points] [data-spot]")].map(pointOf));
      break;
    case "choice":
      choose(draw, board, mark);
      break;
    default:
      if (mark) draw.mark(board, mark);
  }
}

function pointOf(row: HTMLElement): import("./draw").Point {
  const link = row.querySelector("a");
  return {
    where: spotOf(row.dataset.spot) ?? [0, 0],
    look: row.dataset.look ?? "order",
    words: link?.textContent ?? "",
    address: link?.getAttribute("href") ?? "",
  };
}

function choose(draw: Draw, board: Board, mark: [number, number] | undefined): void {
  const [latitude, longitude] = ["latitude", "longitude"].map((name) =>
    document.querySelector<HTMLInputElement>(`.map-choice [name=${name}]`),
  );
  if (!latitude || !longitude) return;
  const place = draw.mark(board, mark);
  const typed = (): void => {
    const [north, east] = [Number(latitude.value), Number(longitude.value)];
    if (latitude.value && longitude.value && Math.abs(north) <= 90 && Math.abs(east) <= 180) place([north, east]);
  };
  for (const input of [latitude, longitude]) input.addEventListener("change", typed);
  draw.onClick(board, ([north, east]) => {
    latitude.value = north.toFixed(5);
    longitude.value = east.toFixed(5);
    place([north, east]);
  });
}

function spotOf(text: string | undefined): [number, number] | undefined {
  const [north, east] = (text ?? "").split(",").map(Number);
  return text && Number.isFinite(north) && Number.isFinite(east) ? [north as number, east as number] : undefined;
}

function failed(element: HTMLElement): void {
  const words = element.nextElementSibling;
  if (words instanceof HTMLElement && words.matches(".map-failed")) words.hidden = false;
}
