"""Each process says every few seconds that it lives and by what it works, for the administrators' page 运行状态."""

import asyncio
import datetime as dt
import os
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import transaction
from core.settings import Settings
from hotline.runtime.disks import written_folders
from hotline.runtime.runtime import Runtime
from recordings.archive.disk import free_bytes
from telephony.monitoring.models import ProcessHeart
from telephony.monitoring.processes import BEAT_SECONDS, SILENT_AFTER

log = structlog.get_logger()

_GIT_SECONDS = 5


async def keep_presence(runtime: Runtime, part: str, model: Callable[[], str] = lambda: "") -> None:
    """For ever; a database that is away is logged and costs nothing else. `model`: the speech model that is loaded.

    What a killed process of the same kind on this machine has left is cleared away: another has taken its place.
    """
    started_at, host, release = clock.now(), socket.gethostname(), await asyncio.to_thread(release_of_program)
    first = True
    try:
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await _write(
                        runtime, ProcessHeart(host=host, pid=os.getpid(), part=part), release, started_at, model
                    )
                    if first:
                        await _clear_away(runtime, host, part)
                        first = False
            except (SQLAlchemyError, OSError) as error:
                log.error("presence_not_written", reason=str(error) or type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        # One that ends in order is not missed.
        with suppress(SQLAlchemyError, OSError):
            async with asyncio.timeout(BEAT_SECONDS), transaction(runtime.sessions) as session:
                await session.execute(
                    delete(ProcessHeart).where(ProcessHeart.host == host, ProcessHeart.pid == os.getpid())
                )


async def _write(
    runtime: Runtime, heart: ProcessHeart, release: str, started_at: dt.datetime, model: Callable[[], str]
) -> None:
    holder = runtime.holder
    heart.started_at, heart.seen_at, heart.release = started_at, clock.now(), release
    heart.city_version, heart.city_since, heart.city_refused = holder.version, holder.since, holder.refused
    heart.model = model()
    heart.disk_free_bytes, heart.disk_folder = await asyncio.to_thread(_least_room, runtime.settings)
    async with transaction(runtime.sessions) as session:
        await session.merge(heart)


async def _clear_away(runtime: Runtime, host: str, part: str) -> None:
    same = ProcessHeart.host == host, ProcessHeart.part == part
    async with transaction(runtime.sessions) as session:
        await session.execute(delete(ProcessHeart).where(*same, ProcessHeart.seen_at < clock.now() - SILENT_AFTER))


def _least_room(settings: Settings) -> tuple[int, str]:
    """-1: not known."""
    try:
        return min((free_bytes(folder), str(folder)) for folder in written_folders(settings))
    except OSError:
        return -1, str(settings.var)


def release_of_program() -> str:
    """Its version, and the commit where it runs from a checkout."""
    folder = Path(__file__).resolve().parents[2]
    with suppress(OSError, subprocess.SubprocessError):
        found = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"],
            capture_output=True, text=True, timeout=_GIT_SECONDS, check=True,
        )  # fmt: skip
        return f"{version('hotline')} ({found.stdout.strip()})"
    return version("hotline")
