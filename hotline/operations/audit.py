"""What does not fit together between calls, files, recordings and orders: each found, named, and repaired where that is
safe. Part of `hotline reconcile`. What is only a few minutes old is left alone: somebody is still at it.

Repairs only repeat ordinary actions whose repetition does no harm: a recording of a known call
is expected again, whose job then archives it or says what is missing. Nothing is ever deleted.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Sessions, transaction
from dispatch.kinds import Channel
from dispatch.orders.models import BEGUN_IN, Order, OrderCall
from dispatch.workflow import State
from hotline.pipeline import keep_recordings
from recordings.archive.orphans import find_unclaimed
from recordings.audio.archived_sound import stored_bytes
from recordings.models import Recording, RecordingPart, RecordingState
from recordings.names import uniqueid_of
from telephony.calls.call_state import APART, Direction, Outcome
from telephony.calls.details import read_linkedids
from telephony.calls.models import Call

SETTLED_AFTER = dt.timedelta(minutes=5)
_AT_ONCE = 1000


class Misfit(StrEnum):
    ORPHAN_FILE = "orphan_file"
    """Asterisk's sound file that no recording's row claims."""
    ORPHAN_ARCHIVE = "orphan_archive"
    """A file in the archive that no row names."""
    FILE_LOST = "file_lost"
    """A row says saved, and the file is not there or has another size."""
    RECORDING_FAILED = "recording_failed"
    """The row says why."""
    CALL_UNRECORDED = "call_unrecorded"
    """Asterisk began to record, and there is no row; or it never began, though somebody was answered."""
    DRAFT_WITHOUT_CALL = "draft_without_call"
    """A draft from the telephone whose call nobody knows."""
    CALL_WITHOUT_ORDER = "call_without_order"
    """Somebody was answered, left a message or asked to be called, and no order came of it."""
    CALL_UNKNOWN = "call_unknown"
    """Asterisk's call details name it, and its events never came: their file was damaged, or the disk full."""


@dataclass(frozen=True)
class AuditFinding:
    what: Misfit
    which: str
    """File, call, or number of the order."""
    detail: str = ""
    mended: bool = False
    mend: Callable[[AsyncSession], Any] | None = None
    """Does what is safe, in the transaction handed in; None: a person must check."""


async def audit(
    sessions: Sessions, recordings: Path, details: Path, *, at: dt.datetime, mend: bool
) -> list[AuditFinding]:
    """All misfits, by kind; with `mend` each safe one is repaired in a transaction of its own. `details`: Asterisk's
    call-detail file."""
    before = at - SETTLED_AFTER
    found: list[AuditFinding] = []
    async with sessions() as session:
        for find in (_orphan_files, _lost_files, _failed, _unrecorded, _lone_drafts, _orderless):
            found += [one async for one in find(session, recordings, before)]
        found += [one async for one in _unknown(session, details, before)]
    return [await _mended(sessions, one) if mend and one.mend else one for one in found]


async def _mended(sessions: Sessions, one: AuditFinding) -> AuditFinding:
    assert one.mend is not None
    async with transaction(sessions) as session:
        await one.mend(session)
    return replace(one, mended=True)


def _keep_again(linkedid: str) -> Callable[[AsyncSession], Any]:
    async def mend(session: AsyncSession) -> None:
        await keep_recordings(session, await session.get_one(Call, linkedid))

    return mend


async def _orphan_files(session: AsyncSession, recordings: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    for file in await find_unclaimed(session, recordings, before=before):
        name = file.relative_to(recordings).as_posix()
        uniqueid = uniqueid_of(file.name)
        call = await session.scalar(select(Call).where(Call.recorded_uniqueid == uniqueid, Call.ended_at.is_not(None)))
        if call is not None:
            yield AuditFinding(Misfit.ORPHAN_FILE, name, f"of call {call.linkedid}", mend=_keep_again(call.linkedid))
        else:
            yield AuditFinding(Misfit.ORPHAN_FILE, name, "its call is not known or has not ended")
    archived = await asyncio.to_thread(lambda: sorted(_archived(recordings, before)))
    for start in range(0, len(archived), _AT_ONCE):
        some = archived[start : start + _AT_ONCE]
        known = set(await session.scalars(select(Recording.path).where(Recording.path.in_(some))))
        for name in some:
            if name not in known:
                yield AuditFinding(Misfit.ORPHAN_ARCHIVE, name)


def _archived(recordings: Path, before: dt.datetime) -> list[str]:
    return [
        file.relative_to(recordings).as_posix()
        for file in (recordings / "archive").rglob("*.flac*")
        if file.suffix in (".flac", ".enc") and file.stat().st_mtime < before.timestamp()
    ]


async def _lost_files(session: AsyncSession, recordings: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    saved = select(Recording).where(Recording.state == RecordingState.SAVED, Recording.archived_at < before)
    last = 0
    while rows := list(await session.scalars(saved.where(Recording.id > last).order_by(Recording.id).limit(_AT_ONCE))):
        last = rows[-1].id
        sizes = await asyncio.to_thread(_sizes, [recordings / (row.path or "") for row in rows])
        for row, size in zip(rows, sizes, strict=True):
            if size is None:
                yield AuditFinding(Misfit.FILE_LOST, str(row.path), f"of call {row.linkedid}: not there")
            elif size != stored_bytes(row):
                yield AuditFinding(
                    Misfit.FILE_LOST, str(row.path), f"of call {row.linkedid}: {size} bytes, not {stored_bytes(row)}"
                )
        session.expunge_all()


def _sizes(files: list[Path]) -> list[int | None]:
    return [_size(file) for file in files]


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


async def _failed(session: AsyncSession, _: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    failed = select(Recording).where(Recording.state == RecordingState.FAILED, Recording.ended_at < before)
    for row in await session.scalars(failed.order_by(Recording.id)):
        yield AuditFinding(Misfit.RECORDING_FAILED, row.linkedid, row.reason or "")


async def _unrecorded(session: AsyncSession, _: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    has_row = exists().where(Recording.linkedid == Call.linkedid, Recording.part == RecordingPart.CONVERSATION)
    begun = select(Call).where(Call.ended_at < before, Call.direction.not_in(APART), ~has_row)
    for call in await session.scalars(begun.where(_should_be_recorded()).order_by(Call.started_at)):
        if call.recording_started_at is None:
            yield AuditFinding(Misfit.CALL_UNRECORDED, call.linkedid, "Asterisk never began to record it")
        else:
            yield AuditFinding(
                Misfit.CALL_UNRECORDED, call.linkedid, "its recording has no row", mend=_keep_again(call.linkedid)
            )


def _should_be_recorded() -> ColumnElement[bool]:
    answered = and_(Call.answered_at.is_not(None), Call.direction.in_((Direction.INBOUND, Direction.DISPATCH)))
    return or_(Call.recording_started_at.is_not(None), answered)


async def _lone_drafts(session: AsyncSession, _: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    its_call = (
        exists()
        .where(OrderCall.order_id == Order.id, OrderCall.purpose.in_(BEGUN_IN))
        .where(OrderCall.linkedid == Call.linkedid)
    )
    drafts = select(Order).where(Order.state == State.DRAFT, Order.channel == Channel.HOTLINE, ~its_call)
    for order in await session.scalars(drafts.where(Order.received_at < before).order_by(Order.received_at)):
        yield AuditFinding(Misfit.DRAFT_WITHOUT_CALL, order.number)


async def _orderless(session: AsyncSession, _: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    has_order = exists().where(OrderCall.linkedid == Call.linkedid)
    due = or_(Call.answered_at.is_not(None), Call.outcome.in_((Outcome.MESSAGE_LEFT, Outcome.CALLBACK_ASKED)))
    calls = select(Call).where(Call.direction == Direction.INBOUND, Call.ended_at < before, due, ~has_order)
    for call in await session.scalars(calls.order_by(Call.started_at)):
        yield AuditFinding(Misfit.CALL_WITHOUT_ORDER, call.linkedid, str(call.outcome))


async def _unknown(session: AsyncSession, details: Path, before: dt.datetime) -> AsyncIterator[AuditFinding]:
    named = read_linkedids(details, before=before)
    while some := await asyncio.to_thread(lambda: list(islice(named, _AT_ONCE))):
        known = set(await session.scalars(select(Call.linkedid).where(Call.linkedid.in_(some))))
        for linkedid in dict.fromkeys(some):
            if linkedid not in known:
                yield AuditFinding(Misfit.CALL_UNKNOWN, linkedid, f"its channels are in {details.name}")
