"""Draw the sample city's map: a sketch from the positions in its folder, with invented roads and an invented river.

    python samples/map/draw.py [city folder]     writes map.pmtiles into it

A real city uses an extract of OpenStreetMap instead (docs/operations.md). Nobody can find the way
by what is drawn here, and the map itself says so. Layers and kinds are those of the Protomaps basemap.
"""

import gzip
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mapbox_vector_tile
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely import LineString, Point, Polygon, box, transform
from shapely.geometry.base import BaseGeometry

from dispatch.city.load import load_city
from dispatch.city.records import City

FROM_ZOOM, TO_ZOOM = 8, 13
VILLAGES_FROM_ZOOM = 12
EXTENT = 4096
EDGE = 0.04
"""Degrees of land around the outermost place."""
ATTRIBUTION = "示意图：按示例坐标画成，道路和河流是虚构的，不能用来找路"
WORLD_METRES = 40_075_016.68557849


class Drawn(NamedTuple):
    layer: str
    shape: BaseGeometry
    """Metres, Web Mercator."""
    properties: dict[str, Any]
    from_zoom: int


def mercator(east: float, north: float) -> tuple[float, float]:
    """Degrees to metres, EPSG:3857."""
    x = east / 360 * WORLD_METRES
    y = math.log(math.tan(math.pi / 4 + math.radians(north) / 2)) / (2 * math.pi) * WORLD_METRES
    return x, y


def draw(city: City) -> list[Drawn]:
    """Raises SystemExit where the city knows no positions."""
    towns = {town.name: mercator(town.spot[1], town.spot[0]) for town in city.towns.values() if town.spot}
    if not towns:
        raise SystemExit("city.toml holds no positions of towns: there is nothing to draw")
    west, south, east, north = bounds(city)
    land = Polygon([mercator(*corner) for corner in ((west, south), (east, south), (east, north), (west, north))])
    drawn = [Drawn("earth", land, {"kind": "earth"}, FROM_ZOOM)]
    drawn += [Drawn("water", river(land), {"kind": "river"}, FROM_ZOOM)]
    drawn += [
        Drawn("landuse", Point(spot).buffer(1100), {"kind": "residential"}, FROM_ZOOM + 1) for spot in towns.values()
    ]
    drawn += [
        Drawn("roads", LineString(road), {"kind": "major_road", "kind_detail": "primary", "min_zoom": 7}, FROM_ZOOM)
        for road in joined(list(towns.values()))
    ]
    for place in city.places:
        if place.spot and place.kind == "village":
            spot = mercator(place.spot[1], place.spot[0])
            nearest = min(towns.values(), key=lambda town, here=spot: math.dist(town, here))
            lane = {"kind": "minor_road", "kind_detail": "residential", "min_zoom": VILLAGES_FROM_ZOOM}
            drawn.append(Drawn("roads", LineString([spot, nearest]), lane, VILLAGES_FROM_ZOOM))
            name = {"kind": "neighbourhood", "name": place.name, "name:zh": place.name, "min_zoom": VILLAGES_FROM_ZOOM}
            drawn.append(Drawn("places", Point(spot), name, VILLAGES_FROM_ZOOM))
    for name, spot in towns.items():
        words = {"kind": "locality", "kind_detail": "town", "name": name, "name:zh": name, "min_zoom": FROM_ZOOM}
        drawn.append(Drawn("places", Point(spot), words | {"population_rank": 9, "sort_rank": 1}, FROM_ZOOM))
    return drawn


def bounds(city: City) -> tuple[float, float, float, float]:
    """West, south, east, north of all that has a position."""
    spots = [one.spot for one in (*city.towns.values(), *city.places) if one.spot]
    norths, easts = [spot[0] for spot in spots], [spot[1] for spot in spots]
    return min(easts) - EDGE, min(norths) - EDGE, max(easts) + EDGE, max(norths) + EDGE


def river(land: Polygon) -> BaseGeometry:
    west, south, east, north = land.bounds
    middle, swing = south + (north - south) * 0.42, (north - south) * 0.06
    bends = [
        (west + (east - west) * step / 40, middle + swing * math.sin(step / 4) + swing / 2 * math.sin(step / 1.7))
        for step in range(41)
    ]
    return LineString(bends).buffer(260).intersection(land)


def joined(spots: list[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """Roads by which every town can be reached: each is joined to the nearest that is already."""
    reached, left = spots[:1], spots[1:]
    while left:
        here, there = min(((one, other) for one in reached for other in left), key=lambda road: math.dist(*road))
        yield [here, there]
        left.remove(there)
        reached.append(there)


def tiles(drawn: list[Drawn]) -> Iterator[tuple[int, bytes]]:
    """By id, compressed; tiles without anything are left out."""
    found = {}
    west, south, east, north = drawn[0].shape.bounds
    for zoom in range(FROM_ZOOM, TO_ZOOM + 1):
        size = WORLD_METRES / 2**zoom
        columns = range(math.floor(west / size), math.floor(east / size) + 1)
        rows = range(math.floor(south / size), math.floor(north / size) + 1)
        for column in columns:
            for row in rows:
                x, y = column + 2 ** (zoom - 1), 2 ** (zoom - 1) - 1 - row
                content = tile([one for one in drawn if one.from_zoom <= zoom], (column * size, row * size), size)
                if content:
                    found[zxy_to_tileid(zoom, x, y)] = gzip.compress(content, mtime=0)
    yield from sorted(found.items())


def tile(drawn: list[Drawn], corner: tuple[float, float], size: float) -> bytes:
    edge = size / 32
    cut = box(corner[0] - edge, corner[1] - edge, corner[0] + size + edge, corner[1] + size + edge)
    layers: dict[str, list[dict[str, Any]]] = {}
    for one in drawn:
        shape = one.shape.intersection(cut)
        if not shape.is_empty:
            moved = transform(shape, lambda points: (points - corner) / size * EXTENT)
            layers.setdefault(one.layer, []).append({"geometry": moved, "properties": one.properties})
    made = [{"name": name, "features": features} for name, features in layers.items()]
    return mapbox_vector_tile.encode(made, default_options={"extents": EXTENT}) if made else b""


def main(folder: Path) -> None:
    city = load_city(folder)
    west, south, east, north = bounds(city)
    with (folder / "map.pmtiles").open("wb") as file:
        writer = Writer(file)
        for number, content in tiles(draw(city)):
            writer.write_tile(number, content)
        writer.finalize(
            {
                "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
                "min_lon_e7": int(west * 1e7), "min_lat_e7": int(south * 1e7),
                "max_lon_e7": int(east * 1e7), "max_lat_e7": int(north * 1e7),
                "center_zoom": FROM_ZOOM + 2, "center_lon_e7": int((west + east) / 2 * 1e7),
                "center_lat_e7": int((south + north) / 2 * 1e7),
            },
            {"attribution": ATTRIBUTION, "name": f"{city.name}（示意）"},
        )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "deploy/city/qufu"))
