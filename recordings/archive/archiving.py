"""From Asterisk's files to one archived recording, and a row that says saved or failed.

The order keeps everything safe whenever we are killed: write beside, see it on the disk, decode and compare,
rename, commit, and only then remove the originals. Until the commit the originals are whole, so a second run,
even beside the first, writes the same file again. What could not be taken (a damaged leg) is never removed.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.bus import publish
from core.clock import now
from core.database import Sessions, transaction
from core.errors import NotFound
from core.jobs import Job, defer
from recordings.archive.files import NewFile, begin_file, remove_unfinished, store_file
from recordings.archive.findings import FindingVerdict, add_length, decide, lasts_as_long
from recordings.archive.originals import Side, find_sides, remove_leftovers, remove_originals
from recordings.audio.archived_sound import ArchivedSound, context_of
from recordings.audio.flac import Archived, check_flac, write_flac
from recordings.audio.keys import NO_KEYS, Key, KeyMissing, Keys
from recordings.audio.wav import BrokenAudio, Original
from recordings.models import Recording, RecordingPart, RecordingState, Speaker, Transcript, TranscriptState
from recordings.names import archive_name, check_uniqueid
from recordings.transcripts.transcribe import EMERGENCY, ordinary_priority, transcribe_job

log = structlog.get_logger()

SETTLED = (RecordingState.SAVED, RecordingState.DESTROYED)
"""Nothing is to be archived (again)."""
LOOK_AGAIN = dt.timedelta(seconds=2)
LOST_AFTER = dt.timedelta(minutes=10)
"""A recording that is still expected then has lost its job (restored from a backup, say)."""
RECHECK_FOR = dt.timedelta(days=14)
RECHECK_AT_ONCE = 500
RECHECK_OFTEN_FOR = dt.timedelta(hours=2)
"""How long a failed recording is retried each minute, then once an hour, in a minute of its own."""

Passed = Callable[[str], None]
"""Called with the name of each point at which a crash must lose nothing; the tests end the process there."""


IsEmergency = Callable[[AsyncSession, str], Awaitable[bool]]
"""Whether this call (`linkedid`) is about an emergency: its transcript is made first."""


def _passed(point: str) -> None:
    pass


async def _no_emergency(session: AsyncSession, linkedid: str) -> bool:
    return False


async def expect_recording(
    session: AsyncSession,
    *,
    linkedid: str,
    uniqueid: str,
    part: RecordingPart,
    far_side: Speaker,
    started_at: dt.datetime,
    ended_at: dt.datetime,
) -> Recording:
    """State in this transaction that Asterisk recorded this, and have it archived after the commit.

    Said twice (live and by the gap's recovery) it is one row; the later times count while it is not saved.
    """
    facts = {
        "far_side": far_side,
        "started_at": started_at,
        "ended_at": ended_at,
    }
    key = {"linkedid": linkedid, "part": part, "uniqueid": check_uniqueid(uniqueid)}
    made = insert(Recording).values(**key, state=RecordingState.EXPECTED, **facts)
    made = made.on_conflict_do_update(
        index_elements=["linkedid", "part", "uniqueid"], set_=facts, where=Recording.state.not_in(SETTLED)
    )
    await session.execute(made)
    found = select(Recording).filter_by(**key)
    recording = (await session.execute(found.execution_options(populate_existing=True))).scalar_one()
    if recording.state not in SETTLED:
        await defer(session, archive_job(recording.id))
        await publish(session, "recording", recording.id)
    return recording


def archive_job(recording_id: int, run_at: dt.datetime | None = None) -> Job:
    key = f"recordings.archive:{recording_id}"
    arguments = {"recording_id": recording_id}
    return Job("recordings.archive", queue="records", arguments=arguments, key=key, lock=key, run_at=run_at)


async def recheck(session: AsyncSession, *, at: dt.datetime | None = None) -> int:
    """Have another look at failed recordings of the last days, and at those whose job was lost. For a timetable: once a
    minute.

    Returns how many.
    """
    moment = at or now()
    due = or_(Recording.ended_at > moment - RECHECK_OFTEN_FOR, Recording.id % 60 == moment.minute)
    wanted = or_(
        and_(Recording.state == RecordingState.FAILED, Recording.ended_at > moment - RECHECK_FOR, due),
        and_(Recording.state == RecordingState.EXPECTED, Recording.ended_at < moment - LOST_AFTER),
    )
    found = select(Recording.id).where(wanted).order_by(Recording.id.desc()).limit(RECHECK_AT_ONCE)
    ids = (await session.execute(found)).scalars().all()
    for recording_id in ids:
        await defer(session, archive_job(recording_id))
    return len(ids)


async def archive(
    sessions: Sessions,
    recordings: Path,
    recording_id: int,
    *,
    keys: Keys = NO_KEYS,
    is_emergency: IsEmergency = _no_emergency,
    passed: Passed = _passed,
) -> RecordingState:
    """Archive one recording. Safe to be run any number of times and to be killed anywhere.

    `expected` in return: Asterisk is still writing; this job was deferred again. Raises NotFound.
    """
    async with sessions() as session:
        recording = await session.get(Recording, recording_id)
    if recording is None:
        raise NotFound(f"no recording {recording_id}")
    if recording.state in SETTLED:
        await asyncio.to_thread(remove_leftovers, recordings, recording, keys)
        return recording.state

    sides = await asyncio.to_thread(find_sides, recordings, recording)
    ended_seconds_ago = (now() - recording.ended_at).total_seconds()
    decision = decide([side.finding for side in sides], ended_seconds_ago)
    if decision.verdict is FindingVerdict.WAIT:
        return await _look_again(sessions, recording_id)
    if decision.verdict is FindingVerdict.FAIL:
        return await _fail(sessions, recording_id, decision.reason or "")
    originals = [side.original for side in sides if side.original is not None]
    try:
        built, archived = await asyncio.to_thread(_build, recordings, recording, sides, keys.newest(), passed)
    except (BrokenAudio, KeyMissing) as error:
        return await _fail(sessions, recording_id, f"无法保存录音：{error.message}")
    except OSError as error:
        log.error("recording_not_written", recording=recording_id, error=str(error))
        return await _fail(sessions, recording_id, f"无法写入录音档案：{error.strerror or error}")
    if not all(original.unchanged() for original in originals):
        await asyncio.to_thread(built.remove)
        return await _look_again(sessions, recording_id)
    if not await _save(sessions, recording_id, built, archived, decision.reason, is_emergency, passed):
        # Somebody was quicker. Our file may be incomplete (the other process was already removing the originals): it
        # goes.
        await asyncio.to_thread(built.remove)
        return RecordingState.SAVED
    passed("committed")
    for original in originals:
        await asyncio.to_thread(remove_originals, [original])
        passed("removed")
    return RecordingState.SAVED


def _build(
    recordings: Path, recording: Recording, sides: Sequence[Side], key: Key | None, passed: Passed
) -> tuple[NewFile, Archived]:
    """Write and prove the archived file beside its later place. Raises OSError, BrokenAudio."""
    name = archive_name(recording.uniqueid, recording.part, recording.started_at)
    remove_unfinished(recordings / name)
    legs: list[Original | None] = [side.original for side in sides]
    flac = begin_file(recordings, name)
    try:
        write_flac(legs, flac.temporary, passed)
        passed("encoded")
        archived = check_flac(legs, flac.temporary)
        passed("proven")
        if key is None:
            return flac, archived
        context = context_of(recording.uniqueid, recording.part)
        sealed = store_file(recordings, name, ArchivedSound(flac.temporary), key, context, archived.sha256)
        passed("sealed")
    except BaseException:
        flac.remove()
        raise
    flac.remove()
    return sealed, archived


async def _save(
    sessions: Sessions,
    recording_id: int,
    built: NewFile,
    archived: Archived,
    reason: str | None,
    is_emergency: IsEmergency,
    passed: Passed,
) -> bool:
    """Name the file and store the row in one go. False: it was saved already and nothing was done."""
    async with transaction(sessions) as session:
        recording = await session.get_one(Recording, recording_id, with_for_update=True)
        if recording.state in SETTLED:
            return False
        await asyncio.to_thread(built.place)
        passed("renamed")
        call_seconds = (recording.ended_at - recording.started_at).total_seconds()
        recording.state = RecordingState.SAVED
        recording.path = built.name
        recording.sha256 = archived.sha256
        recording.size_bytes = archived.size_bytes
        recording.key_id = built.key_id
        recording.file_sha256 = built.sha256
        recording.duration_seconds = archived.duration_seconds
        recording.matches_call = lasts_as_long(archived.duration_seconds, call_seconds)
        recording.reason = add_length(reason, archived.duration_seconds, call_seconds)
        recording.archived_at = now()
        made = insert(Transcript).values(recording_id=recording_id, state=TranscriptState.WAITING, text="")
        transcript_id = await session.scalar(made.on_conflict_do_nothing().returning(Transcript.id))
        if transcript_id is not None:
            urgent = await is_emergency(session, recording.linkedid)
            priority = EMERGENCY if urgent else ordinary_priority(recording)
            await defer(session, transcribe_job(transcript_id, priority))
            await publish(session, "transcript", transcript_id)
        await publish(session, "recording", recording_id)
        passed("stored")
    return True


async def _look_again(sessions: Sessions, recording_id: int) -> RecordingState:
    async with transaction(sessions) as session:
        await defer(session, archive_job(recording_id, run_at=now() + LOOK_AGAIN))
    return RecordingState.EXPECTED


async def _fail(sessions: Sessions, recording_id: int, reason: str) -> RecordingState:
    async with transaction(sessions) as session:
        recording = await session.get_one(Recording, recording_id, with_for_update=True)
        if recording.state in SETTLED:
            return recording.state
        if (recording.state, recording.reason) != (RecordingState.FAILED, reason):
            recording.state = RecordingState.FAILED
            recording.reason = reason
            await publish(session, "recording", recording_id)
            log.warning("recording_failed", recording=recording_id, call=recording.linkedid, reason=reason)
    return RecordingState.FAILED
