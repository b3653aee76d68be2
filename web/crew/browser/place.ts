// Where the crew is (only on shift), and a map where the settings name a server for it.
import { putFix } from "./store";

let watching: number | undefined;
let last = 0;

export function followPosition(on: boolean, everySeconds: number, noted: () => void): void {
  if (!("geolocation" in navigator)) return;
  if (!on) {
    if (watching !== undefined) navigator.geolocation.clearWatch(watching);
    watching = undefined;
    return;
  }
  watching ??= navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
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
    () => {},
    { enableHighAccuracy: true, maximumAge: 10_000 },
  );
}

export async function drawMap(element: HTMLElement, latitude: number, longitude: number, tiles: string): Promise<void> {
  if (element.dataset.drawn) return;
  element.dataset.drawn = "yes";
  const leaflet = await import("leaflet");
  const map = leaflet.map(element, { zoomControl: false }).setView([latitude, longitude], 16);
  leaflet.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  const color = getComputedStyle(document.documentElement).getPropertyValue("--red").trim();
  leaflet.circleMarker([latitude, longitude], { radius: 11, color, fillOpacity: 0.5 }).addTo(map);
}
