"""The file that the map is drawn from: where it lies, and what it says of itself.

PMTiles, version 3, vector tiles by the layers of the Protomaps basemap (https://docs.protomaps.com/basemaps/layers).
"""

import asyncio
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nh3
from pmtiles.reader import Reader
from pmtiles.tile import MagicNumberNotFound, SpecVersionUnsupported, TileType

from core.settings import Settings
from dispatch.city.records import City

NAME = "map.pmtiles"
OPENSTREETMAP = "地图数据 © OpenStreetMap 贡献者（ODbL）"
"""For a file that does not say whose data it is; the licence wants it to be seen on the map."""
_LONGEST_PART_BYTES = 1024 * 1024
_LONGEST_ATTRIBUTION = 120
_UNREADABLE = (
    MagicNumberNotFound, SpecVersionUnsupported, ValueError, KeyError, IndexError, EOFError, OSError, zlib.error,
    AttributeError,
)  # fmt: skip
"""What the library raises on bytes that are no such file."""


@dataclass(frozen=True)
class MapFile:
    """`west` … `north` in degrees, WGS 84."""

    path: Path
    size_bytes: int
    west: float
    south: float
    east: float
    north: float
    most_zoom: int
    attribution: str
    """Whose data it is, to be shown on the map."""
    changed_at: float
    """Of the file, seconds since 1970: browsers ask for a new file under a new address."""

    @property
    def bounds(self) -> str:
        return f"{self.south},{self.west},{self.north},{self.east}"

    @property
    def address(self) -> str:
        return f"/api/map/tiles.pmtiles?v={int(self.changed_at)}-{self.size_bytes}"


class UnreadableMap(Exception):
    """There is a file, and no map can be drawn from it; says why, in Chinese."""


def map_path(settings: Settings) -> Path:
    return Path(settings.web.map_file) if settings.web.map_file else settings.city / NAME


def find_map(settings: Settings) -> MapFile | None:
    """None: there is no such file. Raises UnreadableMap."""
    path = map_path(settings)
    if not path.is_file():
        return None
    try:
        stat = path.stat()
        with path.open("rb") as file:

            def read(offset: int, length: int) -> bytes:
                if length > _LONGEST_PART_BYTES:
                    raise ValueError("a part is too long")
                file.seek(offset)
                return file.read(length)

            reader: Any = Reader(read)  # type: ignore[no-untyped-call]
            header, metadata = reader.header(), reader.metadata()
    except _UNREADABLE as error:
        raise UnreadableMap("不是 PMTiles（第3版）文件，或者读不了") from error
    if header["tile_type"] is not TileType.MVT:
        raise UnreadableMap("里面不是矢量瓦片")
    if stat.st_size < header["tile_data_offset"] + header["tile_data_length"]:
        raise UnreadableMap("没有复制完整")
    west, south, east, north = (header[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat"))
    return MapFile(
        path, stat.st_size, west, south, east, north, header["max_zoom"], _attribution(metadata), stat.st_mtime
    )


async def map_of(settings: Settings) -> MapFile | None:
    """As `find_map`; a file that cannot be read is none: pages go on without a map, 运行状态 says what is wrong."""
    try:
        return await asyncio.to_thread(find_map, settings)
    except UnreadableMap:
        return None


def lacks_towns(found: MapFile, city: City) -> list[str]:
    """Names of the towns whose middle does not lie on the map."""
    return [
        town.name
        for town in city.towns.values()
        if town.spot and not (found.south <= town.spot[0] <= found.north and found.west <= town.spot[1] <= found.east)
    ]


def _attribution(metadata: Any) -> str:
    said = metadata.get("attribution") if isinstance(metadata, dict) else None
    plain = nh3.clean(said, tags=set()).strip()[:_LONGEST_ATTRIBUTION] if isinstance(said, str) else ""
    return plain or OPENSTREETMAP
