// Where the crew is (only on shift), and a map where the city has a file for it.
import { putFix } from "./store";

let watching: number | undefined;
let last = 0;

// `said`: whether the phone keeps its position from this page.
export function followPosition(
  on: boolean,
  everySeconds: number,
  noted: () => void,
  said: (refused: boolean) => void,
): void {
  if (!("geolocation" in navigator)) return;
  if (!on) {
    if (watching !== undefined) navigator.geolocation.clearWatch(watching);
    watching = undefined;
    return;
  }
  watching ??= navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      said(false);
      if (timestamp - last < everySeconds * 1000) return;
      last = timestamp;
      const fix = {
        latitude: coords.latitude,
        longitude: coords.longitude,
        accuracy_metres: coords.accuracy,
        taken_at: new Date(timestamp).toISOString(),
      };
      void putFix(fix).then(noted);
    },
    (error) => said(error.code === error.PERMISSION_DENIED),
    { enableHighAccuracy: true, maximumAge: 10_000 },
  );
}

const marks = new WeakMap<HTMLElement, (there: [number, number]) => void>();

// The city's own map file, which the page names; without network the words stand alone.
export async function drawMap(
  element: HTMLElement,
  latitude: number,
  longitude: number,
  rough: boolean,
): Promise<void> {
  marks.get(element)?.([latitude, longitude]);
  if (element.dataset.drawn) return;
  element.dataset.drawn = "yes";
  element.setAttribute("aria-busy", "true");
  const { tiles, bounds, zoom, attribution } = document.body.dataset;
  Object.assign(element.dataset, { map: tiles, bounds, zoom, attribution });
  try {
    const draw = await import("../../map/browser/draw");
    const board = draw.open(element, () => element.replaceChildren("现在打不开地图。"));
    marks.set(element, draw.mark(board, [latitude, longitude], rough));
  } catch {
    element.removeAttribute("aria-busy");
    element.textContent = "没有网络，打不开地图。";
  }
}
