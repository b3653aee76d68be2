"""What rang is known, whether or not anyone was listening.

After each login, and by hand: the CEL file that Asterisk wrote meanwhile is read from where we stopped, and calls
that the database holds open though the PBX no longer knows them are ended. Reading a line twice costs nothing.
"""

import asyncio
import csv
import io
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select

from core import clock
from core.database import Sessions, transaction
from telephony.events import Fact, FactKind, UnreadableFact, fact_from_row
from telephony.listener import Listener
from telephony.models import Call, CelPosition

log = structlog.get_logger()

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Reconciled:
    """What one reconciliation found."""

    lines_read: int
    facts_recovered: int
    calls_vanished: int


async def reconcile(
    listener: Listener, sessions: Sessions, *, pbx: str, cel_file: Path, live_linkedids: Collection[str]
) -> Reconciled:
    """Store what the file has and we do not; end what is open here and not alive there.

    `live_linkedids` must have been asked of the PBX before this is called, and calls that began since then are
    safe: only calls stored as open when we look are compared, and their newest facts are read from the file first.
    """
    lines, recovered = await _read_file(listener, sessions, pbx, cel_file)
    await listener.fold_unfinished()
    await listener.quiet()
    async with sessions() as session:
        open_calls = await session.execute(select(Call).where(Call.ended_at.is_(None), Call.pbx == pbx))
        vanished = [call for call in open_calls.scalars() if call.linkedid not in live_linkedids]
    await listener.store(
        [Fact(FactKind.VANISHED, clock.now(), call.linkedid, call.legs[0].uniqueid) for call in vanished]
    )
    result = Reconciled(lines, recovered, len(vanished))
    log.info("reconciled", lines=lines, recovered=recovered, vanished=[call.linkedid for call in vanished])
    return result


async def _read_file(listener: Listener, sessions: Sessions, pbx: str, file: Path) -> tuple[int, int]:
    async with sessions() as session:
        stored = await session.get(CelPosition, pbx)
    inode, offset = (stored.inode, stored.offset_bytes) if stored else (0, 0)
    lines = recovered = 0
    while chunk := await asyncio.to_thread(_read_chunk, file, inode, offset):
        recovered += await listener.store(chunk.facts)
        lines += chunk.lines
        inode, offset = chunk.inode, chunk.offset
        async with transaction(sessions) as session:
            await session.merge(CelPosition(pbx=pbx, inode=inode, offset_bytes=offset))
    return lines, recovered


@dataclass(frozen=True)
class _Chunk:
    facts: list[Fact]
    lines: int
    inode: int
    offset: int
    """Where the next chunk begins, in bytes."""


def _read_chunk(file: Path, inode: int, offset: int) -> _Chunk | None:
    """The next whole lines; None where there are none. A half-written last line waits for its end."""
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return None
    with stream:
        status = os.fstat(stream.fileno())
        if status.st_ino != inode or offset > status.st_size:
            offset = 0
        stream.seek(offset)
        lines = stream.readlines(_CHUNK_BYTES)
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    if not lines:
        return None
    facts = []
    for row in csv.reader(io.StringIO(b"".join(lines).decode("utf-8", "replace"), newline="")):
        try:
            facts.append(fact_from_row(row))
        except UnreadableFact as error:
            log.error("cel_line_unreadable", reason=error.message)
    return _Chunk(facts, len(lines), status.st_ino, offset + sum(map(len, lines)))
