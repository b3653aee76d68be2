"""The whole archive under another key, one recording after the other, while the line is open.

The order keeps everything safe whenever we are killed: the new file is written beside, read back and compared with the
checksum of the archived sound, named and committed with its row; only then the old one goes. A run that was killed is
done again and removes what it left.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import structlog
from sqlalchemy import select

from core.database import Sessions, transaction
from core.errors import HotlineError
from recordings.archive.archiving import Passed
from recordings.archive.files import NewFile, remove_unfinished, store_file
from recordings.audio.archived_sound import archived_sound, context_of
from recordings.audio.keys import Key, Keys
from recordings.models import Recording, RecordingState
from recordings.names import archive_name, sealed_name

log = structlog.get_logger()

_AT_ONCE = 200


@dataclass
class Rekeyed:
    changed: int = 0
    right: int = 0
    """Were under this key already."""
    failures: list[str] = field(default_factory=list)
    """Recordings that stay as they were, and why."""


async def rekey(
    sessions: Sessions, recordings: Path, keys: Keys, key: Key | None, *, passed: Passed = lambda point: None
) -> Rekeyed:
    """Have every saved recording lie under `key` (None: unsealed). Safe to be killed anywhere and run again."""
    done = Rekeyed()
    last = 0
    while True:
        async with sessions() as session:
            page = select(Recording).where(Recording.state == RecordingState.SAVED, Recording.id > last)
            rows = (await session.scalars(page.order_by(Recording.id).limit(_AT_ONCE))).all()
        if not rows:
            return done
        for row in rows:
            await _one(sessions, recordings, keys, key, row, done, passed)
        last = rows[-1].id


async def _one(
    sessions: Sessions, recordings: Path, keys: Keys, key: Key | None, row: Recording, done: Rekeyed, passed: Passed
) -> None:
    wanted = key.id if key else None
    try:
        if row.key_id == wanted:
            done.right += 1
        else:
            made = await asyncio.to_thread(_store, recordings, keys, key, row)
            passed("made")
            if not await _save(sessions, row, made, passed):
                await asyncio.to_thread(made.remove)
                return
            passed("committed")
            done.changed += 1
        await asyncio.to_thread(_remove_others, recordings, keys, row, wanted)
    except (HotlineError, OSError) as error:
        why = error.message if isinstance(error, HotlineError) else str(error.strerror or error)
        log.error("recording_not_rekeyed", recording=row.id, reason=why)
        done.failures.append(f"{row.linkedid} {row.part}: {why}")


def _store(recordings: Path, keys: Keys, key: Key | None, row: Recording) -> NewFile:
    assert row.sha256 is not None
    remove_unfinished(recordings / _flac(row))
    sound = archived_sound(recordings, row, keys)
    return store_file(recordings, _flac(row), sound, key, context_of(row.uniqueid, row.part), row.sha256)


async def _save(sessions: Sessions, row: Recording, made: NewFile, passed: Passed) -> bool:
    """Name the file and store the row in one go. False: the recording was destroyed or changed meanwhile."""
    async with transaction(sessions) as session:
        recording = await session.get_one(Recording, row.id, with_for_update=True)
        if (recording.state, recording.path) != (RecordingState.SAVED, row.path):
            return False
        await asyncio.to_thread(made.place)
        passed("renamed")
        recording.path = made.name
        recording.key_id = made.key_id
        recording.file_sha256 = made.sha256
    return True


def _remove_others(recordings: Path, keys: Keys, row: Recording, key_id: str | None) -> None:
    """The same sound under other keys: the file just replaced, and what a killed run left."""
    flac = _flac(row)
    names = {one: str(sealed_name(flac, one)) for one in keys.ids()} | {None: str(flac)}
    mine = names.pop(key_id)
    for name in {str(row.path), *names.values()} - {mine}:
        (recordings / name).unlink(missing_ok=True)


def _flac(row: Recording) -> PurePosixPath:
    return archive_name(row.uniqueid, row.part, row.started_at)
