"""Puts the parts together: settings → database, bus, city; and what each process runs."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from core.bus import Bus
from core.database import Sessions, make_engine, make_sessions
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city import load_city
from dispatch.rules import City
from hotline.cluster import find_cluster

SPEECH_QUEUES = ("speech",)
RECORDS_QUEUES = ("records", "notices")
LINE_QUEUES = ("line",)


@dataclass(frozen=True)
class Parts:
    """What every process has."""

    settings: Settings
    database_url: str
    engine: AsyncEngine
    sessions: Sessions
    bus: Bus
    city: City


def database_url(settings: Settings) -> str:
    """The database's libpq URL; starts the private cluster where none is given."""
    if settings.database_url:
        return settings.database_url
    cluster = find_cluster(settings.var / "postgres")
    cluster.start()
    return cluster.url


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    url = await asyncio.to_thread(database_url, settings)
    engine = make_engine(url)
    bus = Bus(url)
    listening = spawn(bus.run(), name="bus")
    try:
        yield Parts(settings, url, engine, make_sessions(engine), bus, load_city(settings.city))
    finally:
        await cancel(listening)
        await engine.dispose()


async def until_told_to_stop() -> None:
    """Returns at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
