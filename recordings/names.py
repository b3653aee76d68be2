"""Where recordings lie: the one place that spells their file names.

Asterisk's dialplan (telephony/pbx) writes the originals under `incoming/`, we write the archive under `archive/`.
Names are made of the date and the channel's uniqueid only, never of what a caller sends.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.clock import in_city
from core.errors import BadInput
from recordings.models import RecordingPart

_UNIQUEID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,126}", re.ASCII)


@dataclass(frozen=True)
class OriginalNames:
    """File names of what Asterisk wrote, without their folder."""

    far: str
    """What the channel's far side said."""
    city: str | None
    """What the far side heard; None where only one side is recorded (a message)."""


def check_uniqueid(uniqueid: str) -> str:
    """`uniqueid` itself. Raises BadInput for one that could name a file elsewhere."""
    if not _UNIQUEID.fullmatch(uniqueid):
        raise BadInput(f"{uniqueid!r} is no channel's uniqueid")
    return uniqueid


def original_names(uniqueid: str, part: RecordingPart) -> OriginalNames:
    """MixMonitor's `r()` and `t()` files of a conversation, or the message's one file."""
    check_uniqueid(uniqueid)
    if part is RecordingPart.MESSAGE:
        return OriginalNames(f"{uniqueid}-message.wav", None)
    return OriginalNames(f"{uniqueid}-rx.wav", f"{uniqueid}-tx.wav")


def uniqueid_of(name: str) -> str:
    """The channel that an original's file name gives."""
    return re.sub(r"-(rx|tx|message)\.wav$", "", name)


def original_folders(recordings: Path, started_at: dt.datetime) -> list[Path]:
    """The folders in which the originals may be, likeliest first; the dialplan names them by the day in UTC.

    It reads the clock some moments before or after our `started_at`, so around midnight they lie one day off.
    """
    day = started_at.astimezone(dt.UTC).date()
    days = (day, day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    return [recordings / "incoming" / f"{one:%Y/%m/%d}" for one in days]


def sealed_name(flac: PurePosixPath, key_id: str) -> PurePosixPath:
    """`flac`'s name when that key has sealed it."""
    return flac.with_name(f"{flac.name}.{key_id}.enc")


def archived_twins(flac: Path) -> list[Path]:
    """All files of one recording in the archive, whatever they are sealed with, unfinished ones too. `flac`: its
    unsealed name."""
    return [*flac.parent.glob(f"{flac.name}*"), *flac.parent.glob(f".{flac.name}.*.part")]


def archive_name(uniqueid: str, part: RecordingPart, started_at: dt.datetime) -> PurePosixPath:
    """The archived file, relative to the recordings folder; its day is the city's."""
    check_uniqueid(uniqueid)
    suffix = "-message" if part is RecordingPart.MESSAGE else ""
    return PurePosixPath("archive", f"{in_city(started_at):%Y/%m/%d}", f"{uniqueid}{suffix}.flac")
