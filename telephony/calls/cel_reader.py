"""Follows the file of call events (CEL) that Asterisk itself writes: what rang is known, whether or not we listened.

The file is the one source of what happened in a call. The manager's event of the same name carries whole seconds
only, so it is the bell: something was written, read on. Read on we also do once a second without a bell, and at
start from where we stopped, which is stored with the facts. So there is no gap to recover: being away means
reading more lines. docs/decisions/0002-call-facts-from-the-cel-file.md has the reasons.
"""

import asyncio
import datetime as dt
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.channel_ids import is_question
from core.database import Sessions
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.events import CEL_SHAPE, Fact, FactKind, UnreadableFact, fact_from_line
from telephony.calls.models import Call, CelPosition
from telephony.dialplan_words import DialplanWord
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_CHUNK_BYTES = 1 << 20
_AFTER_BELL_SECONDS = 0.02
"""The bell may come a moment before the line is in the file."""
_WITHOUT_BELL_SECONDS = 1.0
_LATE = dt.timedelta(seconds=5)
"""A signal that comes this long after the last line is not that line's."""
_UNWRITTEN = dt.timedelta(seconds=10)
"""How long after such a signal a line must be there."""
_BREAK = re.compile(r"[\r\n]")
_PACKED = frozenset({".gz", ".bz2", ".xz", ".zst"})
"""What rotation may have made of an old file; only the plain ones are read."""


@dataclass(frozen=True)
class FilePosition:
    """Where in which file the next unread line begins."""

    inode: int = 0
    offset_bytes: int = 0


@dataclass(frozen=True)
class Reconciled:
    """What one reading and comparing found."""

    lines_read: int
    facts_recovered: int
    calls_vanished: int


class Follower:
    """One per PBX, on the machine where its files are. `run` it, `ring` it whenever something was written."""

    def __init__(
        self,
        listener: CallRecorder,
        sessions: Sessions,
        *,
        pbx: str,
        file: Path,
        on_incident: Callable[[TroubleKind, str], None] | None = None,
    ) -> None:
        """`on_incident` gets what kind of incident a call was, and its linkedid."""
        self._listener = listener
        self._on_incident = on_incident
        self._sessions = sessions
        self._pbx = pbx
        self._file = file
        self._bell = asyncio.Event()
        self._reading = asyncio.Lock()
        self.read_at: dt.datetime | None = None
        """When the file was last read to its end, and held what Asterisk says that it wrote."""
        self._known: FilePosition | None = None
        self._got_at = clock.now()
        self._unanswered_at: dt.datetime | None = None
        """The first bell since the last line that no line followed."""
        self._unwritten = False

    def ring(self, at: dt.datetime | None = None) -> None:
        """Asterisk has written something; `at`: by its own word."""
        if at is not None and self._unanswered_at is None and at - self._got_at > _LATE:
            self._unanswered_at = at
        self._bell.set()

    async def run(self) -> None:
        """Read on for ever. A database that is away costs nothing: the file waits."""
        patience = _WITHOUT_BELL_SECONDS
        folded = False
        while True:
            rang = await self._wait_for_bell(patience)
            try:
                if not folded:
                    await self._listener.fold_unfinished()
                    folded = True
                await self.read_on()
            except (SQLAlchemyError, OSError) as error:
                log.error("call_events_wait", reason=str(error))
                rang, folded = False, False
            patience = _AFTER_BELL_SECONDS if rang else _WITHOUT_BELL_SECONDS

    async def read_on(self) -> tuple[int, int]:
        """Store what is new in the file. Returns lines read and facts that were new."""
        lines = new = 0
        async with self._reading:
            begin = position = await self._load_position()
            while chunk := await asyncio.to_thread(_read_chunk, self._file, position):
                position = chunk.next
                mark = CelPosition(pbx=self._pbx, inode=position.inode, offset_bytes=position.offset_bytes)
                new += await self._listener.store(chunk.facts, mark)
                lines += chunk.lines
                if self._on_incident is not None:
                    for fact in chunk.facts:
                        if kind := incident_of(fact):
                            self._on_incident(kind, fact.linkedid)
        self._note(clock.now(), came=begin != self._known or lines > 0)
        self._known = position
        return lines, new

    def _note(self, now: dt.datetime, *, came: bool) -> None:
        """A bell without a line means that Asterisk cannot write: then nothing that rings would ever be known."""
        if came:
            self._got_at, self._unanswered_at = now, None
        unwritten = self._unanswered_at is not None and now - self._unanswered_at > _UNWRITTEN
        if unwritten and not self._unwritten:
            log.error("call_events_not_written", file=str(self._file))
        self._unwritten = unwritten
        if not unwritten:
            self.read_at = now

    async def reconcile(self, live_linkedids: Collection[str], *, asked_at: dt.datetime) -> Reconciled:
        """Read on, then end the calls that are stored as open and that the PBX did not know at `asked_at`."""
        lines, recovered = await self.read_on()
        await self._listener.fold_unfinished()
        await self._listener.quiet()
        async with self._sessions() as session:
            still_open = await session.scalars(
                select(Call).where(Call.ended_at.is_(None), Call.pbx == self._pbx, Call.started_at < asked_at)
            )
            vanished = {call.linkedid: call.legs[0].uniqueid for call in still_open}
        lost = [
            Fact(FactKind.VANISHED, asked_at, linkedid, uniqueid)
            for linkedid, uniqueid in vanished.items()
            if linkedid not in live_linkedids
        ]
        await self._listener.store(lost)
        await self._listener.quiet()
        if lines or lost:
            log.info("reconciled", lines=lines, recovered=recovered, vanished=[fact.linkedid for fact in lost])
        return Reconciled(lines, recovered, len(lost))

    async def _load_position(self) -> FilePosition:
        async with self._sessions() as session:
            stored = await session.get(CelPosition, self._pbx)
        return FilePosition(stored.inode, stored.offset_bytes) if stored else FilePosition()

    async def _wait_for_bell(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return False
        self._bell.clear()
        return True


@dataclass(frozen=True)
class _Chunk:
    facts: list[Fact]
    lines: int
    next: FilePosition


def incident_of(fact: Fact) -> TroubleKind | None:
    """What supervisors should know at once: a caller number with line breaks is forged."""
    if fact.kind is FactKind.CHAN_START and _BREAK.search(fact.caller_number + fact.exten):
        return TroubleKind.FORGED_RECORDS
    return TroubleKind.LINE_FULL if fact.user_kind == DialplanWord.LINE_FULL else None


def _read_chunk(file: Path, position: FilePosition) -> _Chunk | None:
    """The next whole records; None where there are none. A half-written last one waits for its end.

    A rotated file is read to its end under its new name before the next one is begun.
    """
    for candidate in _candidates(file, position):
        with candidate.open("rb") as stream:
            inode = os.fstat(stream.fileno()).st_ino
            offset = position.offset_bytes if inode == position.inode else 0
            if offset > os.fstat(stream.fileno()).st_size:
                offset = 0
            stream.seek(offset)
            cut = CEL_SHAPE.cut(stream.read(_CHUNK_BYTES))
        if cut.lost_bytes:
            log.error("call_events_unreadable", file=str(candidate), at_bytes=offset, lost_bytes=cut.lost_bytes)
        if cut.used_bytes:
            return _Chunk(_facts(cut.records), len(cut.records), FilePosition(inode, offset + cut.used_bytes))
    return None


def _candidates(file: Path, position: FilePosition) -> list[Path]:
    """The file that we were reading, wherever it is called now, what was begun after it, the one written to now.

    Where ours is gone, all that is left: a fact that is known already costs nothing.
    """
    present = [file] if file.exists() else []
    if not position.inode or (present and file.stat().st_ino == position.inode):
        return present
    rotated = [path for path in file.parent.glob(file.name + "?*") if path.suffix not in _PACKED]
    files = [*sorted(rotated, key=lambda path: path.stat().st_mtime_ns), *present]
    inodes = [path.stat().st_ino for path in files]
    return files[inodes.index(position.inode) :] if position.inode in inodes else files


def _facts(records: list[bytes]) -> list[Fact]:
    facts = []
    for record in records:
        try:
            fact = fact_from_line(record)
        except UnreadableFact as error:
            log.error("call_event_unreadable", reason=error.message)
        else:
            if not is_question(fact.linkedid):
                facts.append(fact)
    return facts
