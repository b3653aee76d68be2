"""The map's file, in the pieces that a browser asks for. One fixed path, for signed-in people, bounded."""

from aiohttp import web

from access.accounts.roles import EVERYBODY
from core.errors import NotFound
from web.http.routes import Route, context_of
from web.map_file import map_of

LONGEST_RANGE_BYTES = 2 * 1024 * 1024
"""Directories and tiles are far smaller; nobody takes the whole file in one answer."""


async def api_tiles(request: web.Request) -> web.StreamResponse:
    found = await map_of(context_of(request).settings)
    if found is None:
        raise NotFound("没有地图文件。")
    refused = web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{found.size_bytes}"})
    try:
        wanted = request.http_range
    except ValueError as error:
        raise refused from error
    if wanted.start is None or wanted.start < 0 or wanted.stop is None:
        raise refused
    if wanted.stop - wanted.start > LONGEST_RANGE_BYTES:
        raise refused
    # Not compressed on the way: a range is of the file's own bytes.
    headers = {"Content-Type": "application/octet-stream", "Cache-Control": "private, max-age=3600"}
    return web.FileResponse(found.path, headers=headers)


ROUTES = [
    Route(
        "GET", "/api/map/tiles.pmtiles", "get_map_tiles", api_tiles, EVERYBODY,
        says="地图文件的一段（Range 请求，PMTiles）", status=206, may_fail=frozenset({404, 416}), citizens=False,
    ),
]  # fmt: skip
