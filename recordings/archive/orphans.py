"""Originals that belong to no recording's row: calls that never reached the database. For `hotline doctor`."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from recordings.models import Recording
from recordings.names import uniqueid_of

AT_ONCE = 1000


async def find_unclaimed(session: AsyncSession, recordings: Path, *, before: dt.datetime) -> list[Path]:
    """Asterisk's files that were last written to before `before` and whose channel has no row, oldest day first."""
    files = await asyncio.to_thread(lambda: list(_originals(recordings, before)))
    unclaimed: list[Path] = []
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        wanted = {uniqueid_of(file.name) for file in some}
        known = set((await session.execute(select(Recording.uniqueid).where(Recording.uniqueid.in_(wanted)))).scalars())
        unclaimed += [file for file in some if uniqueid_of(file.name) not in known]
    return unclaimed


def _originals(recordings: Path, before: dt.datetime) -> Iterator[Path]:
    for file in sorted((recordings / "incoming").rglob("*.wav")):
        try:
            if file.stat().st_mtime < before.timestamp():
                yield file
        except FileNotFoundError:
            continue
