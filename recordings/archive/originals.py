"""Looking for Asterisk's files of one recording, and removing them when the archive has them. Blocking."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import NotFound
from recordings.archive.findings import Condition, Finding
from recordings.audio.archived_sound import archived_sound, stored_bytes
from recordings.audio.flac import same_channel
from recordings.audio.keys import Keys
from recordings.audio.wav import BrokenAudio, Original, load_original
from recordings.models import Recording, RecordingState, Speaker
from recordings.names import original_folders, original_names

log = structlog.get_logger()


@dataclass(frozen=True)
class Side:
    """One side of the recording: what was found, and the file when it is usable or empty."""

    finding: Finding
    original: Original | None


def find_sides(recordings: Path, recording: Recording) -> list[Side]:
    """The far side, and for a conversation the city's; in the order of the archived file's channels."""
    names = original_names(recording.uniqueid, recording.part)
    sides = [_find_side(recordings, recording, names.far, recording.far_side)]
    if names.city is not None:
        sides.append(_find_side(recordings, recording, names.city, Speaker.CITY))
    return sides


def _find_side(recordings: Path, recording: Recording, name: str, speaker: Speaker) -> Side:
    for folder in original_folders(recordings, recording.started_at):
        try:
            original = load_original(folder / name)
        except FileNotFoundError:
            continue
        except (BrokenAudio, OSError) as error:
            detail = error.message if isinstance(error, BrokenAudio) else str(error.strerror or error)
            return Side(Finding(speaker, Condition.BROKEN, detail=detail), None)
        return Side(_judge(original, speaker), original)
    return Side(Finding(speaker, Condition.MISSING), None)


def _judge(original: Original, speaker: Speaker) -> Finding:
    mended = original.layout.mended
    condition = Condition.MENDED if mended else Condition.WHOLE
    return Finding(
        speaker,
        condition if original.layout.frames else Condition.EMPTY,
        seconds=original.seconds,
        # The file's own clock: against this machine's, since both stamp wall time.
        changed_seconds_ago=time.time() - original.changed_at_ns / 1e9,
        closed=not mended,
    )


def remove_originals(originals: Sequence[Original]) -> None:
    """Remove files that are in the archive, unless somebody has written to them since (then say so)."""
    for original in originals:
        try:
            if original.unchanged():
                original.path.unlink()
            else:
                log.error("original_changed_after_archiving", file=original.path.name)
        except FileNotFoundError:
            continue


def remove_leftovers(recordings: Path, recording: Recording, keys: Keys) -> None:
    """Remove what a killed run left: originals whose every sample the saved file has. Others stay, and are reported."""
    if recording.path is None or recording.state is RecordingState.DESTROYED:
        return
    sides = [side.original for side in find_sides(recordings, recording)]
    file = recordings / recording.path
    if not file.is_file() or file.stat().st_size != stored_bytes(recording):
        log.error("archived_recording_lost", recording=recording.id, file=recording.path)
        return
    if not any(sides):
        return
    try:
        archived = archived_sound(recordings, recording, keys)
    except NotFound as error:
        log.error("originals_not_compared", recording=recording.id, reason=error.message)
        return
    for channel, original in enumerate(sides):
        if original is None:
            continue
        if same_channel(original, archived, channel):
            remove_originals([original])
        else:
            log.error("original_not_in_archive", recording=recording.id, file=original.path.name)
