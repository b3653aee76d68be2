// Draws the city's own map file with Leaflet. Loaded only where a map is: nothing is asked of any other server.
import L from "leaflet";
import { leafletLayer } from "protomaps-leaflet";
import Supercluster from "supercluster";

export type Spot = [number, number];
export type Board = L.Map;

export interface Point {
  where: Spot;
  look: string;
  words: string;
  address: string;
}

const CLOSER = 2;
const FARTHER = 3;
const EDGE_PX = 40;
const MOST_NAMED = 30;
const RADIUS_PX = 44;
const SIGNS: Record<string, string> = { order: "●", late: "▲", unit: "■" };

export function open(element: HTMLElement, failed: () => void): Board {
  const [south, west, north, east] = (element.dataset.bounds ?? "").split(",").map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const bounds = L.latLngBounds([south, west], [north, east]);
  const most = Number(element.dataset.zoom);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const board = L.map(element, {
    maxBounds: bounds.pad(0.3),
    maxZoom: most + CLOSER,
    zoomControl: false,
    attributionControl: false,
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
  }).fitBounds(bounds);
  board.setMinZoom(board.getZoom());
  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(board);
  const attribution = document.createElement("span");
  attribution.textContent = element.dataset.attribution ?? "";
  L.control.attribution({ prefix: false }).addAttribution(attribution.innerHTML).addTo(board);
  const layer = leafletLayer({
    url: element.dataset.map as string,
    flavor: "light",
    lang: "zh",
    maxDataZoom: most,
    attribution: "",
  });
  const done = (): void => element.removeAttribute("aria-busy");
  const lost = (): void => {
    done();
    failed();
  };
  (layer as unknown as L.GridLayer).once("load", done).addTo(board);
  fetch(element.dataset.map as string, { headers: { Range: "bytes=0-6" } })
    .then((answer) => answer.ok || lost())
    .catch(lost);
  return board;
}

// One place, which can be moved to another, or taken away. `rough`: only the middle of where it is, seen from farther.
export function mark(board: Board, where: Spot | undefined, rough = false): (there: Spot | undefined) => void {
  const exact = icon("late", "▼");
  const point = L.marker(where ?? [0, 0], {
    icon: rough ? icon("rough", "≈") : exact,
    keyboard: false,
    interactive: false,
  });
  if (where) {
    point.addTo(board);
    board.setView(where, Math.max(board.getZoom(), board.getMaxZoom() - (rough ? FARTHER : 1)));
  }
  return (there) => (there ? point.setIcon(exact).setLatLng(there).addTo(board) : point.remove());
}

export function near(board: Board, where: Spot): void {
  board.setView(where, Math.max(board.getZoom(), board.getMaxZoom() - FARTHER));
}

export function onClick(board: Board, chosen: (where: Spot) => void): void {
  board.on("click", ({ latlng }) => chosen([latlng.lat, latlng.lng]));
}

// Many places: those that lie too near each other are one number, and those that stay together however near one looks (orders of
// which only the town is known) are named together.
export function points(board: Board, all: Point[]): void {
  const index = new Supercluster<Point>({ radius: RADIUS_PX, maxZoom: board.getMaxZoom(), extent: 256 });
  index.load(
    all.map((one) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [one.where[1], one.where[0]] },
      properties: one,
    })),
  );
  const layer = L.layerGroup().addTo(board);
  const draw = (): void => {
    layer.clearLayers();
    const box = board.getBounds().pad(0.2);
    const found = index.getClusters(
      [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()],
      Math.round(board.getZoom()),
    );
    for (const one of found) {
      const [east, north] = one.geometry.coordinates as Spot;
      const properties = one.properties;
      if ("cluster" in properties && properties.cluster) {
        const id = properties.cluster_id as number;
        const apart = index.getClusterExpansionZoom(id);
        const many = L.marker([north, east], { icon: icon("many", String(properties.point_count)), keyboard: false });
        if (apart > board.getMaxZoom()) many.bindPopup(() => links(index.getLeaves(id, Infinity)));
        else many.on("click", () => board.setView([north, east], apart));
        many.addTo(layer);
      } else {
        const point = properties as Point;
        L.marker([north, east], { icon: icon(point.look, SIGNS[point.look] ?? "●"), keyboard: false })
          .bindPopup(link(point))
          .addTo(layer);
      }
    }
  };
  board.on("moveend", draw);
  if (all.length) {
    const around = L.latLngBounds(all.map((one) => one.where));
    board.fitBounds(around, { padding: [EDGE_PX, EDGE_PX], maxZoom: board.getMaxZoom() - CLOSER });
  }
  draw();
}

function icon(look: string, words: string): L.DivIcon {
  const sign = document.createElement("span");
  sign.className = `map-point map-${look}`;
  sign.textContent = words;
  return L.divIcon({ className: "", html: sign, iconSize: [26, 26] });
}

function link(point: Point): HTMLElement {
  const made = document.createElement("a");
  made.href = point.address;
  made.textContent = point.words;
  return made;
}

function links(found: { properties: Point }[]): HTMLElement {
  const list = document.createElement("ul");
  list.className = "map-named";
  for (const one of found.slice(0, MOST_NAMED)) {
    const item = document.createElement("li");
    item.append(link(one.properties));
    list.append(item);
  }
  if (found.length > MOST_NAMED) {
    const rest = document.createElement("li");
    rest.textContent = `还有${found.length - MOST_NAMED}个，见列表`;
    list.append(rest);
  }
  return list;
}
