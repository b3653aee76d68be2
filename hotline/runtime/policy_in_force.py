"""The policy by which this installation works now: the one place where every process gets it.

It is read from the city's folder (`HOTLINE_CITY`) with the versions of the database laid over it (dispatch.versions).
Each process looks again when a version is stored, when one comes into force, and after its connection was away.
"""

import asyncio
import datetime as dt
from contextlib import suppress
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.bus import RECONNECTED, Bus, Change
from core.database import Sessions
from core.errors import ConfigurationError
from core.settings import Settings
from dispatch.policy import Policy, use_policy
from dispatch.versions.change import TOPIC, next_change_at, texts_in_force
from dispatch.versions.holder import PolicyHolder
from dispatch.versions.overlay import bring_in_force, folder_in_force
from hotline.runtime.city_check import check_folder

log = structlog.get_logger()

_LOOK_SECONDS = 60.0
"""How often a process looks anyway."""
_START_SECONDS = 10.0
"""How long a process that starts waits for its database; then it works by what this machine had."""


def with_city_in_force(settings: Settings) -> Settings:
    """`settings.city` is the path that always leads to what is in force on this machine."""
    return settings.model_copy(update={"city": folder_in_force(settings.var, settings.city)})


def policy_in_force(settings: Settings) -> Policy:
    """Raises FaultyFolder with everything that is wrong in the folder."""
    return _taken(folder_in_force(settings.var, settings.city).resolve())


def _taken(folder: Path) -> Policy:
    policy, faults = check_folder(folder)
    faults.raise_if_any()
    assert policy is not None
    use_policy(policy)
    return policy


async def take_over_versions(settings: Settings, sessions: Sessions) -> bool:
    """What the database has is in force on this machine from now on. Returns whether it is something else than before.

    Without a database, or before its tables are made, what this machine had stays in force.
    """
    try:
        async with asyncio.timeout(_START_SECONDS), sessions() as session:
            texts = await texts_in_force(session, clock.now())
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("city_versions_unknown", error=type(error).__name__)
        return False
    _, changed = await asyncio.to_thread(bring_in_force, settings.var, settings.city, texts)
    return changed


async def keep_policy(settings: Settings, sessions: Sessions, bus: Bus, holder: PolicyHolder) -> None:
    """For ever: what comes into force takes the place of what was. A version that this program cannot read (it was
    stored by another release) changes nothing, and is logged."""
    held = folder_in_force(settings.var, settings.city).resolve()
    async with bus.subscribe() as changes:
        while True:
            looked_at = clock.now()
            await take_over_versions(settings, sessions)
            # Another process of this machine may have been quicker: what counts is what this one holds.
            now = folder_in_force(settings.var, settings.city).resolve()
            if now != held:
                held = now
                try:
                    holder.replace(await asyncio.to_thread(_taken, now), now.name)
                    log.info("city_version_in_force", folder=now.name)
                except ConfigurationError as error:
                    holder.refused = error.message
                    log.error("city_version_unreadable", detail=error.message)
            with suppress(TimeoutError):
                async with asyncio.timeout(await _seconds_to_wait(sessions, looked_at)):
                    await _next_change(changes)


async def _next_change(changes: asyncio.Queue[Change]) -> None:
    while True:
        change = await changes.get()
        if change == RECONNECTED or change.topic == TOPIC:
            return


async def _seconds_to_wait(sessions: Sessions, looked_at: dt.datetime) -> float:
    """None for a version whose hour has come since, while another was read."""
    try:
        async with sessions() as session:
            due = await next_change_at(session, looked_at)
    except (SQLAlchemyError, OSError):
        due = None
    if due is None:
        return _LOOK_SECONDS
    return min(_LOOK_SECONDS, max((due - clock.now()) / dt.timedelta(seconds=1), 0) + 0.05)
