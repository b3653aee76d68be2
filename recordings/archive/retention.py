"""How long recordings are kept, and what is destroyed when their time is over.

Which rule applies is decided here (`decide`, pure); what is known of a call (`RetentionFacts`) is handed in by
`hotline`: this room knows neither orders nor their kinds. A recording of which nothing is known, or whose order is
open, stays.

Destroying: ledger row, state and reason are committed first, then the file is removed, then the ledger notes that it
is gone. Killed in between, the row says destroyed and the file is still there: the next run removes it.
"""

import asyncio
import calendar
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.bus import publish
from core.clock import in_city
from core.database import Sessions, transaction
from recordings.archive.models import Destruction
from recordings.models import Recording, RecordingState
from recordings.names import archive_name, archived_twins, original_folders, original_names

log = structlog.get_logger()

RETENTION = "recordings.retention"
FOR_EVER = 0
_AT_ONCE = 200

Passed = Callable[[str], None]
"""Called with the name of each point at which a crash must lose nothing; the tests end the process there."""


@dataclass(frozen=True)
class Rules:
    months: int = FOR_EVER
    """For whatever no word below fits; 0: for ever."""
    by_word: Mapping[str, int] | None = None
    """`kind.complaint` → months. Where several words of a call fit, the longest time counts."""

    @property
    def shortest_months(self) -> int | None:
        """None: nothing is ever destroyed."""
        return min((months for months in (self.months, *(self.by_word or {}).values()) if months), default=None)


@dataclass(frozen=True)
class RetentionFacts:
    """What a call's recording hangs on."""

    settled_at: dt.datetime | None
    """Since when nothing that needs it is open; None: something is."""
    words: Collection[str]
    """What rules can name: its kinds, its outcome, its direction."""


LookUp = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, RetentionFacts]]]
"""The retention facts of these calls (`linkedid`), locked until the transaction ends. Unknown ones are absent."""


@dataclass(frozen=True)
class DueForRemoval:
    """One recording whose time is over."""

    recording_id: int
    linkedid: str
    size_bytes: int
    since: dt.datetime
    rule: str


def decide(
    rules: Rules, facts: RetentionFacts, words: Collection[str], ended_at: dt.datetime
) -> tuple[dt.datetime, str] | None:
    """When the recording's time is over, and by which rule; None: never, or something is open."""
    if facts.settled_at is None:
        return None
    fitting = {word: months for word, months in (rules.by_word or {}).items() if word in {*facts.words, *words}}
    word, months = max(fitting.items(), key=lambda one: one[1] or float("inf"), default=("其他", rules.months))
    if months == FOR_EVER:
        return None
    return add_months(max(facts.settled_at, ended_at), months), f"{word}：{months}个月"


def add_months(instant: dt.datetime, months: int) -> dt.datetime:
    """The same day and time in the city `months` later; the month's last day where it has no such day."""
    local = in_city(instant)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(dt.UTC)


async def find_due(sessions: Sessions, rules: Rules, look_up: LookUp, at: dt.datetime) -> AsyncIterator[DueForRemoval]:
    """Everything whose time is over, oldest row first. Changes nothing."""
    shortest = rules.shortest_months
    if shortest is None:
        return
    last = 0
    while True:
        async with sessions() as session:
            # Nothing can be due earlier than the shortest time after its end; two days for the month's odd lengths.
            long_ago = add_months(at, -shortest) + dt.timedelta(days=2)
            page = select(Recording).where(Recording.state == RecordingState.SAVED, Recording.ended_at < long_ago)
            rows = (await session.scalars(page.where(Recording.id > last).order_by(Recording.id).limit(_AT_ONCE))).all()
            if not rows:
                return
            facts_of = await look_up(session, [row.linkedid for row in rows])
        for row in rows:
            if due := _due(rules, facts_of, row, at):
                yield due
        last = rows[-1].id


def _due(rules: Rules, facts_of: Mapping[str, RetentionFacts], row: Recording, at: dt.datetime) -> DueForRemoval | None:
    facts = facts_of.get(row.linkedid)
    if facts is None or row.state is not RecordingState.SAVED:
        return None
    decided = decide(rules, facts, [f"part.{row.part}"], row.ended_at)
    if decided is None or decided[0] > at:
        return None
    return DueForRemoval(row.id, row.linkedid, row.size_bytes or 0, *decided)


async def destroy_due(
    sessions: Sessions,
    recordings: Path,
    rules: Rules,
    look_up: LookUp,
    *,
    at: dt.datetime,
    by: str,
    passed: Passed = lambda point: None,
) -> list[DueForRemoval]:
    """Destroy what is due, and remove what an earlier run left. Safe to be killed anywhere and run beside itself.

    A file that cannot be removed (OSError) is logged and tried again by the next run; the others go on.
    """
    await _remove_noted(sessions, recordings, at, passed)
    destroyed = []
    async for due in find_due(sessions, rules, look_up, at):
        if done := await _note(sessions, rules, look_up, due.recording_id, at=at, by=by, passed=passed):
            destroyed.append(done)
            passed("committed")
            await _remove_noted(sessions, recordings, at, passed)
    return destroyed


async def _note(
    sessions: Sessions, rules: Rules, look_up: LookUp, recording_id: int, *, at: dt.datetime, by: str, passed: Passed
) -> DueForRemoval | None:
    """Ledger, state and reason in one transaction, after another look at everything; None: not due any more."""
    async with transaction(sessions) as session:
        recording = await session.get_one(Recording, recording_id, with_for_update=True)
        due = _due(rules, await look_up(session, [recording.linkedid]), recording, at)
        if due is None or recording.path is None or recording.sha256 is None:
            return None
        rule = f"{due.rule}，{in_city(due.since):%Y-%m-%d}到期"
        session.add(
            Destruction(
                recording_id=recording.id,
                linkedid=recording.linkedid,
                uniqueid=recording.uniqueid,
                part=recording.part,
                started_at=recording.started_at,
                path=recording.path,
                sha256=recording.sha256,
                size_bytes=recording.size_bytes or 0,
                rule=rule,
                at=at,
                by=by,
            )
        )
        recording.state = RecordingState.DESTROYED
        recording.reason = f"保存期限已满（{rule}），{in_city(at):%Y-%m-%d}销毁"
        await publish(session, "recording", recording.id)
        await session.flush()
        passed("stored")
    log.info("recording_destroyed", recording=due.recording_id, call=due.linkedid, rule=due.rule)
    return due


async def _remove_noted(sessions: Sessions, recordings: Path, at: dt.datetime, passed: Passed) -> None:
    """Remove the files of every ledger row that does not yet say that they are gone."""
    async with sessions() as session:
        wanted = select(Destruction).where(Destruction.removed_at.is_(None)).order_by(Destruction.id)
        noted = (await session.scalars(wanted)).all()
    for row in noted:
        try:
            await asyncio.to_thread(_remove, recordings, row)
        except OSError as error:
            log.error("destroyed_file_not_removed", file=row.path, error=str(error))
            continue
        passed("removed")
        async with transaction(sessions) as session:
            found = await session.get_one(Destruction, row.id, with_for_update=True)
            found.removed_at = found.removed_at or at


def _remove(recordings: Path, row: Destruction) -> None:
    """The archived file, and originals that were kept because they were damaged. Raises OSError."""
    names = original_names(row.uniqueid, row.part)
    folders = original_folders(recordings, row.started_at)
    files = [folder / name for folder in folders for name in (names.far, names.city) if name]
    archived = (recordings / row.path).resolve()
    if archived.is_relative_to((recordings / "archive").resolve()):
        # A change of keys that was killed may have left the same sound under another key.
        flac = archived.with_name(archive_name(row.uniqueid, row.part, row.started_at).name)
        files = [archived, *archived_twins(flac), *files]
    for file in files:
        file.unlink(missing_ok=True)
