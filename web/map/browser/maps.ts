// Maps on the server's pages: what lies in the list beside is drawn on the map; where a place is chosen, a click fills in
// the fields beside it. Everything can be read and done without the map.
import htmx from "htmx.org";
import type { Board } from "./draw";

type Draw = typeof import("./draw");
type Spot = [number, number];

export function startMaps(): void {
  htmx.onLoad((root) =>
    (root as HTMLElement).querySelectorAll<HTMLElement>("[data-map][data-shows]").forEach(whenSeen),
  );
}

// A folded map is drawn once somebody opens it: a map in no room draws nothing.
function whenSeen(element: HTMLElement): void {
  const fold = element.closest("details");
  if (!fold || fold.open) load(element);
  else
    fold.addEventListener(
      "toggle",
      () => {
        fold.scrollIntoView({ block: "nearest" });
        load(element);
      },
      { once: true },
    );
}

function load(element: HTMLElement): void {
  import("./draw")
    .then((draw) => show(draw, element))
    .catch(() => {
      element.removeAttribute("aria-busy");
      failed(element);
    });
}

function show(draw: Draw, element: HTMLElement): void {
  const board = draw.open(element, () => failed(element));
  const mark = spotOf(element.dataset.mark);
  const rough = element.dataset.rough !== undefined;
  switch (element.dataset.shows) {
    case "points":
      draw.points(board, [...document.querySelectorAll<HTMLElement>("[data-points] [data-spot]")].map(pointOf));
      break;
    case "choice":
      choose(draw, board, element, mark, rough);
      break;
    default:
      if (mark) draw.mark(board, mark, rough);
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

// `mark`: what the words of the order say, while no point was chosen.
function choose(draw: Draw, board: Board, element: HTMLElement, mark: Spot | undefined, rough: boolean): void {
  const around = element.closest<HTMLElement>("[data-chooses]") ?? document.body;
  const [latitude, longitude] = ["latitude", "longitude"].map((name) =>
    around.querySelector<HTMLInputElement>(`[name=${name}]`),
  );
  if (!latitude || !longitude) return;
  const words = around.querySelector<HTMLElement>("[data-spot-words]");
  const typed = (): Spot | undefined => spotOf(`${latitude.value},${longitude.value}`);
  const place = draw.mark(board, typed() ?? mark, !typed() && rough);
  const town = element.closest("form")?.querySelector<HTMLSelectElement>("[name=place_town]")?.selectedOptions[0];
  const middle = spotOf((JSON.parse(around.dataset.towns ?? "{}") as Record<string, string>)[town?.value ?? ""]);
  if (middle && !typed() && !mark) draw.near(board, middle);
  const look = (): void => {
    place(typed());
    if (words) words.textContent = typed() ? "已标" : latitude.value || longitude.value ? "还缺一项" : "";
  };
  // Both at once: half a point is none.
  const fill = (north: string, east: string): void => {
    latitude.value = north;
    longitude.value = east;
    latitude.dispatchEvent(new Event("input", { bubbles: true }));
    longitude.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // "put": by the program of the form that they stand in.
  for (const input of [latitude, longitude]) for (const kind of ["change", "put"]) input.addEventListener(kind, look);
  draw.onClick(board, ([north, east]) => fill(north.toFixed(5), east.toFixed(5)));
  around.querySelector("[data-no-spot]")?.addEventListener("click", () => fill("", ""));
}

function spotOf(text: string | undefined): Spot | undefined {
  const [north, east] = (text ?? "").split(",").map((one) => (one.trim() ? Number(one) : Number.NaN));
  const lies = Math.abs(north ?? Number.NaN) <= 90 && Math.abs(east ?? Number.NaN) <= 180;
  return lies ? [north as number, east as number] : undefined;
}

function failed(element: HTMLElement): void {
  const words = element.nextElementSibling;
  if (words instanceof HTMLElement && words.matches(".map-failed")) words.hidden = false;
}
