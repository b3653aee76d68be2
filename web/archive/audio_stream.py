"""The sound of a recording as a browser's player asks for it: in pieces, from anywhere, also where it lies sealed."""

import asyncio
from typing import BinaryIO

import structlog
from aiohttp import web

from recordings.audio.archived_sound import ArchivedSound
from recordings.audio.sealed import SealBroken

log = structlog.get_logger()

PIECE_BYTES = 256 * 1024
HEADERS = {"Content-Type": "audio/flac", "Content-Disposition": "inline"}


async def send_sound(request: web.Request, sound: ArchivedSound) -> web.StreamResponse:
    """All of it or the range asked for. Raises SealBroken, NotFound before anything is sent; a sealed file that is
    found broken further on ends the connection, so that no player takes it for whole."""
    if sound.key is None:
        return web.FileResponse(sound.path, headers=HEADERS)
    source = await asyncio.to_thread(sound.open)
    try:
        return await _send_opened(request, source)
    finally:
        await asyncio.to_thread(source.close)


async def _send_opened(request: web.Request, source: BinaryIO) -> web.StreamResponse:
    size = await asyncio.to_thread(source.seek, 0, 2)
    wanted = _range_of(request, size)
    start, stop = wanted or (0, size)
    await asyncio.to_thread(source.seek, start)
    piece = await asyncio.to_thread(source.read, min(PIECE_BYTES, stop - start))
    response = web.StreamResponse(status=206 if wanted else 200, headers={**HEADERS, "Accept-Ranges": "bytes"})
    if wanted:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.content_length = stop - start
    await response.prepare(request)
    try:
        while piece:
            await response.write(piece)
            start += len(piece)
            piece = await asyncio.to_thread(source.read, min(PIECE_BYTES, stop - start))
    except SealBroken as error:
        log.error("seal_broken_while_playing", reason=error.message)
        if request.transport is not None:
            request.transport.abort()
    else:
        await response.write_eof()
    return response


def _range_of(request: web.Request, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None: no range was asked for. Raises HTTPRequestRangeNotSatisfiable."""
    refused = web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    try:
        wanted = request.http_range
    except ValueError as error:
        raise refused from error
    if wanted.start is None and wanted.stop is None:
        return None
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        raise refused
    return start, stop
