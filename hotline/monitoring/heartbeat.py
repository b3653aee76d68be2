"""The heartbeat of a line process: one row, rewritten every few seconds, read by web, probe and doctor."""

import asyncio
import datetime as dt
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Sessions, transaction
from telephony.ami.manager import ManagerConnection
from telephony.ami.status import ManagerState
from telephony.calls.cel_reader import Follower
from telephony.calls.models import CallEvent, CelPosition
from telephony.monitoring.models import LineHeart

log = structlog.get_logger()

BEAT_SECONDS = 3.0
_CHECK_SECONDS = 0.25


async def beat(sessions: Sessions, connection: ManagerConnection, follower: Follower, *, pbx: str, file: Path) -> None:
    """Say for ever how the line stands: every few seconds, and at once when that has changed. A database that is away
    is logged once a beat and costs nothing else.
    """
    loop = asyncio.get_running_loop()
    started_at = clock.now()
    said: tuple[ManagerState, bool] | None = None
    next_at = 0.0
    while True:
        now = connection.status.state, follower.read_at is not None
        if now != said or loop.time() >= next_at:
            said, next_at = now, loop.time() + BEAT_SECONDS
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await _write(sessions, connection, follower, pbx, file, started_at)
            except (SQLAlchemyError, OSError) as error:
                log.error("heart_not_written", reason=str(error) or type(error).__name__)
        await asyncio.sleep(_CHECK_SECONDS)


async def _write(
    sessions: Sessions,
    connection: ManagerConnection,
    follower: Follower,
    pbx: str,
    file: Path,
    started_at: dt.datetime,
) -> None:
    async with transaction(sessions) as session:
        position = await session.get(CelPosition, pbx)
        unfolded = await session.scalar(select(func.count(CallEvent.id)).where(~CallEvent.folded, CallEvent.pbx == pbx))
        status = connection.status
        await session.merge(
            LineHeart(
                pbx=pbx,
                manager_state=status.state,
                since=status.since,
                detail=status.detail,
                cel_read_at=follower.read_at,
                cel_backlog_bytes=backlog_bytes(file, position),
                unfolded_facts=unfolded or 0,
                started_at=started_at,
                seen_at=clock.now(),
            )
        )


def backlog_bytes(file: Path, position: CelPosition | None) -> int:
    """What Asterisk has written and nobody has read; of a rotated file only what the new one holds."""
    try:
        there = file.stat()
    except FileNotFoundError:
        return 0
    read = position.offset_bytes if position is not None and position.inode == there.st_ino else 0
    return max(there.st_size - read, 0)
