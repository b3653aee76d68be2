"""What an announcement sounds like, before it is saved."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import soundfile
from aiohttp import web
from pydantic import Field

from access.accounts.roles import ADMINISTRATORS
from core.errors import BadInput, NotFound
from core.folder.reading import parse_record
from core.settings import Settings
from core.texts.lines import ONE_LINE
from ivr.announcements import FILE, Announcement, Announcements
from ivr.voice.voices import make_voice
from web.city.announcing import announcement_rows
from web.http.routes import Route, context_of, query_of
from web.http.schemas import Message

PAGE = "/admin/announcement"
_MOST = 10
"""Of one change; more are heard after it is saved."""


class SpokenQuery(Message):
    text: Annotated[str, Field(min_length=1, max_length=120), ONE_LINE] = ""
    recorded: Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9-]*$")] = ""


@dataclass(frozen=True)
class Heard:
    """An announcement of the file that is looked at."""

    text: str
    recorded: str
    seconds: float
    too_long: bool
    """Longer than all that may be said at one moment: it would never be played."""
    longest_seconds: str


async def new_sounds(settings: Settings, old: str, new: str) -> list[Heard]:
    """The announcements that a new text of the file brings or changes. Raises VoiceFailed."""
    known = {(one.text, one.recorded) for one in announcement_rows(old)}
    file = parse_record(FILE, new, Announcements)
    fresh = [one for one in file.announcement if (one.text, one.recorded or "") not in known]
    return [await _heard(settings, one, file.longest_seconds) for one in fresh[:_MOST]]


async def refuse_what_is_too_long(settings: Settings, old: str, new: str) -> None:
    """One announcement that can never be played keeps the exchange from taking any of them
    (ivr.announcements.timeline). Raises BadInput naming those of the file, VoiceFailed.
    """
    known = {(one.text, one.recorded) for one in announcement_rows(old)}
    file, long = parse_record(FILE, new, Announcements), list[str]()
    for one in file.announcement:
        try:
            heard = await _heard(settings, one, file.longest_seconds)
        except NotFound:
            if (one.text, one.recorded or "") not in known:
                raise
            continue  # Its recording lies on the exchange's own disk.
        if heard.too_long:
            long.append(f"“{one.text}”要{heard.seconds:g}秒")
    if long:
        raise BadInput(f"太长，没有保存：同一时刻播的合计最多{file.longest_seconds:g}秒，{'；'.join(long)}。请改短。")


async def _heard(settings: Settings, one: Announcement, longest_seconds: float) -> Heard:
    """Raises VoiceFailed, BadInput."""
    seconds = await asyncio.to_thread(_seconds, await _spoken(settings, one.text, one.recorded or ""))
    return Heard(one.text, one.recorded or "", round(seconds, 1), seconds > longest_seconds, f"{longest_seconds:g}")


async def play(request: web.Request) -> web.StreamResponse:
    query = query_of(request, SpokenQuery)
    if not any(sign.isalnum() for sign in query.text):
        raise BadInput("没有可以念的文字。")
    path = await _spoken(context_of(request).settings, query.text, query.recorded)
    return web.FileResponse(path, headers={"Content-Type": "audio/wav", "Cache-Control": "private, no-store"})


async def _spoken(settings: Settings, text: str, recorded: str) -> Path:
    if not recorded:
        return await make_voice(settings).speak(text)
    path = settings.heard_prompts / f"{recorded}.wav"
    if not await asyncio.to_thread(path.is_file):
        raise NotFound(f"没有录音 {recorded}。")
    return path


def _seconds(path: Path) -> float:
    return float(soundfile.info(path).duration)


ROUTES = [
    Route("GET", PAGE, "announcement_sound", play, ADMINISTRATORS, query=SpokenQuery, citizens=False),
]
