"""A road to the tests' PostgreSQL that can be closed, or left open with nobody at the other end: what a server that
was ended, or stopped in its midst, looks like from here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit


class DatabaseRoad:
    def __init__(self, url: str, folder: Path) -> None:
        found = urlsplit(url)
        options = parse_qs(found.query)
        self._socket = Path(options["host"][0]) / f".s.PGSQL.{options.get('port', ['5432'])[0]}"
        self._here = folder / ".s.PGSQL.5432"
        query = urlencode({name: values[0] for name, values in options.items()} | {"host": folder, "port": 5432})
        self.url = urlunsplit(found._replace(query=query))
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._lead, self._here)

    async def close(self) -> None:
        """The server is gone: what goes on breaks off, and nobody listens."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._here.unlink(missing_ok=True)
        for way in list(self._ways):
            way.transport.abort()

    def stop(self) -> None:
        """The server is there and says nothing."""
        self._open.clear()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, out = await asyncio.open_unix_connection(self._socket)
        self._ways |= {writer, out}
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, out), self._carry(there, writer))
        for way in (writer, out):
            way.close()
            self._ways.discard(way)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self._open.wait()
            sink.write(data)
            await sink.drain()
        sink.close()


@asynccontextmanager
async def database_road(url: str, folder: Path) -> AsyncIterator[DatabaseRoad]:
    made = DatabaseRoad(url, folder)
    await made.open()
    yield made
    await made.close()
