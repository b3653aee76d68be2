"""The plan of announcements as the dialplan reads it: a file beside the rendered ones, so that Asterisk needs nobody to
know what a caller hears today. `extensions.conf` includes it where it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony.pbx.settings import PbxSettings

FILE = "announcements.conf"
_TROUBLE = "announcements.trouble"


@dataclass(frozen=True)
class PlannedAnnouncement:
    """What is played between two instants."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    sounds: tuple[Path, ...]
    """Absolute, with suffix; in this order."""
    name: str
    """For the call's record: letters, digits, - and +."""


def render_announcements(plan: Sequence[PlannedAnnouncement], head: str) -> str:
    """The context `announcements`. `head`: one line that says what it was made of."""
    lines = [
        f"; {head}",
        "; Made by `hotline announcements apply`, not by hand.",
        "[announcements]",
        "exten => s,1,Set(NOW=${EPOCH})",
    ]
    for number, one in enumerate(plan):
        starts, ends = int(one.starts_at.timestamp()), int(one.ends_at.timestamp())
        lines.append(f" same => n,GotoIf($[${{NOW}} >= {starts} & ${{NOW}} < {ends}]?say-{number})")
    lines.append(" same => n,Return()")
    for number, one in enumerate(plan):
        sounds = "&".join(str(sound.with_suffix("")) for sound in one.sounds)
        lines += [
            f" same => n(say-{number}),CELGenUserEvent(ANNOUNCEMENT,{one.name})",
            f" same => n,Playback({sounds})",
            " same => n,Return()",
        ]
    return "\n".join(lines) + "\n"


def install_announcements(settings: PbxSettings, text: str) -> bool:
    """Whether it has changed and the dialplan is to be read again."""
    path = settings.etc / FILE
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)
    return True


def installed_head(settings: PbxSettings) -> str | None:
    """The head of the plan that the exchange has; None: none was ever made."""
    try:
        return (settings.etc / FILE).read_text().split("\n", 1)[0].removeprefix("; ")
    except FileNotFoundError:
        return None


def keep_trouble(settings: PbxSettings, trouble: str) -> None:
    """What of the city's announcements the exchange does not have, and why; empty: it has all."""
    path = settings.directory / _TROUBLE
    if not trouble:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(trouble, "utf-8")
    new.replace(path)


def kept_trouble(settings: PbxSettings) -> str:
    try:
        return (settings.directory / _TROUBLE).read_text("utf-8")
    except FileNotFoundError:
        return ""
