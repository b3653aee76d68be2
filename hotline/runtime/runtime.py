"""Puts the runtime together: settings → database, bus, city; and what each process runs."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from core.bus import Bus
from core.database import Sessions, make_engine, make_sessions
from core.errors import ConfigurationError
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.records import City
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from hotline.runtime.cluster import find_cluster
from hotline.runtime.policy_in_force import keep_policy, policy_in_force, take_over_versions, with_city_in_force


@dataclass(frozen=True)
class Runtime:
    """What every process has."""

    settings: Settings
    database_url: str
    engine: AsyncEngine
    sessions: Sessions
    bus: Bus
    listening: asyncio.Task[None]
    """The bus at work, and what keeps `holder`."""
    holder: PolicyHolder

    @property
    def policy(self) -> Policy:
        """In force now: ask for it for each piece of work."""
        return self.holder.policy

    @property
    def city(self) -> City:
        return self.policy.city


def database_url(settings: Settings) -> str:
    """The database's libpq URL; starts the private cluster where none is given."""
    if settings.database_url:
        return settings.database_url
    cluster = find_cluster(settings.var / "postgres")
    cluster.start()
    return cluster.url


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    url = await asyncio.to_thread(database_url, settings)
    engine = make_engine(url)
    bus = Bus(url)
    sessions = make_sessions(engine)
    await take_over_versions(settings, sessions)
    settings = with_city_in_force(settings)
    holder = PolicyHolder(policy_in_force(settings), settings.city.resolve().name)
    listening = spawn(_listen(bus, keep_policy(settings, sessions, bus, holder)), name="bus")
    try:
        yield Runtime(settings, url, engine, sessions, bus, listening, holder)
    finally:
        await cancel(listening)
        await engine.dispose()


async def _listen(bus: Bus, keeping: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(bus.run(), name="bus")
        group.create_task(keeping, name="policy")


async def until_stopped(*tasks: asyncio.Task[Any]) -> None:
    """Returns at SIGTERM or SIGINT. A task that ends by itself takes the process with it: a half-working process helps
    nobody, and its supervisor starts it again. Raises what ended the task.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopped = spawn(stop.wait(), name="stop requested")
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done - {stopped}:
        task.result()
        raise ConfigurationError(f"{task.get_name()} has ended, which it must not")
