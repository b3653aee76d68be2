"""Announcements from the city's file to the exchange: spoken once, planned for weeks ahead, played by Asterisk alone.

Done at each start of the line process, every hour, and by `hotline announcements apply`. A file with a mistake
changes nothing: the plan that the exchange has stays in force. The automatic runs leave out an announcement whose sound
is missing, broken or too long, so that the others are said. 运行状态 and `hotline doctor` say what is wrong.
"""

import asyncio
import datetime as dt
import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import soundfile
import structlog

from core import clock
from core.clock import in_city
from core.errors import ConfigurationError, HotlineError
from core.settings import Settings
from hotline.runtime.job_tools import LineTools
from hotline.runtime.policy_in_force import policy_in_force
from ivr.announcement_file import load_announcements
from ivr.announcements import FILE, Announcement, Announcements, Span, check_length, timeline
from ivr.voice.speech import Voice
from ivr.voice.voices import make_voice
from telephony.pbx.announcements import (
    PlannedAnnouncement,
    install_announcements,
    installed_head,
    keep_trouble,
    kept_trouble,
    render_announcements,
)
from telephony.pbx.process import PbxProcess
from telephony.pbx.settings import PbxSettings, pbx_settings

log = structlog.get_logger()

RENEW = "announcements.renew"
LEAST_AHEAD = dt.timedelta(days=7)
"""A plan that ends sooner is a finding: nobody has renewed it."""


@dataclass(frozen=True)
class AnnouncementPlan:
    announcements: Announcements
    sounds: dict[str, Path]
    """By name; copies of the exchange's own, since spoken files are cleared away."""
    spans: list[Span]
    until: dt.datetime
    digest: str
    left_out: tuple[str, ...] = ()
    """Why, of each that is not in it."""

    @property
    def head(self) -> str:
        return f"announcements {self.digest} until {self.until.isoformat()}"


async def make_plan(
    settings: Settings, voice: Voice, now: dt.datetime, *, leave_out_wrong: bool = False
) -> AnnouncementPlan:
    """Raises ConfigurationError for a wrong entry (where wrong sounds are left out, for any other mistake), VoiceFailed
    when a text cannot be spoken: that passes, and must not silence what the exchange says already.
    """
    announcements = load_announcements(settings.city)
    folder = pbx_settings(settings).directory / "announcements"
    sounds: dict[str, Path] = {}
    seconds: dict[str, float] = {}
    left_out: list[str] = []
    for one in announcements.announcement:
        try:
            sound = await _sound(one, settings.heard_prompts, folder, voice)
            seconds[one.name] = await asyncio.to_thread(_seconds, one, sound)
            check_length(one, seconds[one.name], announcements.longest_seconds)
            sounds[one.name] = sound
        except ConfigurationError as error:
            if not leave_out_wrong:
                raise
            left_out.append(error.message)
    said = [one for one in announcements.announcement if one.name in sounds]
    # From the city's midnight on, so that one day's plan is one text.
    since = in_city(now).replace(hour=0, minute=0, second=0, microsecond=0)
    until = since + dt.timedelta(days=announcements.days_ahead)
    is_working_day = policy_in_force(settings).city.calendar.is_working_day
    spans = timeline(said, seconds, announcements.longest_seconds, is_working_day, since, until)
    return AnnouncementPlan(announcements, sounds, spans, until, _digest(settings.city), tuple(left_out))


async def apply_announcements(
    settings: Settings,
    voice: Voice | None = None,
    now: dt.datetime | None = None,
    *,
    leave_out_wrong: bool = False,
) -> AnnouncementPlan:
    """Makes what is missing and reloads the exchange, which goes on with its calls. Raises what make_plan raises."""
    plan = await make_plan(settings, voice or make_voice(settings), now or clock.now(), leave_out_wrong=leave_out_wrong)
    planned = [
        PlannedAnnouncement(
            span.starts_at, span.ends_at, tuple(plan.sounds[name] for name in span.names), "+".join(span.names)
        )
        for span in plan.spans
    ]
    pbx = pbx_settings(settings)
    if await asyncio.to_thread(install_announcements, pbx, render_announcements(planned, plan.head)):
        await asyncio.to_thread(_reload, pbx)
        log.info("announcements_applied", spans=len(plan.spans), until=plan.until.isoformat())
    await asyncio.to_thread(keep_trouble, pbx, "\n".join(plan.left_out))
    return plan


async def apply_or_say_why_not(settings: Settings) -> None:
    """For the automatic runs: a wrong text must keep neither the line from opening nor the others from being said."""
    try:
        plan = await apply_announcements(settings, leave_out_wrong=True)
        if plan.left_out:
            log.error("announcements_left_out", detail="; ".join(plan.left_out))
    except (HotlineError, OSError) as error:
        detail = error.message if isinstance(error, HotlineError) else str(error)
        log.error("announcements_not_applied", detail=detail)
        with suppress(OSError):
            await asyncio.to_thread(keep_trouble, pbx_settings(settings), detail)


def announcements_trouble(settings: Settings, now: dt.datetime) -> str:
    """What is wrong with what the exchange has of the file, with the correction; empty: nothing. Raises
    ConfigurationError for the file itself.
    """
    announcements = load_announcements(settings.city)
    calendar = policy_in_force(settings).city.calendar
    no_limit = dict.fromkeys((one.name for one in announcements.announcement), 0.0)
    timeline(
        announcements.announcement,
        no_limit,
        1,
        calendar.is_working_day,
        now,
        now + dt.timedelta(days=announcements.days_ahead),
    )
    head = installed_head(pbx_settings(settings))
    mend = "Fix: hotline announcements apply"
    if head is None:
        return f"the exchange has no plan of announcements. {mend}" if announcements.announcement else ""
    _, digest, _, until = head.split(" ")
    if digest != _digest(settings.city):
        return f"{FILE} or the calendar has changed since the exchange was configured. {mend}"
    if trouble := kept_trouble(pbx_settings(settings)):
        return f"the exchange does not have all of {FILE}: {trouble}. {mend}"
    if announcements.announcement and dt.datetime.fromisoformat(until) - now < LEAST_AHEAD:
        return f"the exchange's plan of announcements ends at {until}; is the line process away? {mend}"
    return ""


async def renew(line: LineTools) -> None:
    """The job `announcements.renew`."""
    await apply_or_say_why_not(line.runtime.settings)


async def _sound(one: Announcement, prompts: Path, folder: Path, voice: Voice) -> Path:
    if one.recorded is not None:
        spoken = prompts / f"{one.recorded}.wav"
        if not spoken.exists():
            raise ConfigurationError(f"{FILE}：{one.name} 写明用录音 {one.recorded}，但没有文件 {spoken}。")
    else:
        spoken = await voice.speak(one.text)
    content = await asyncio.to_thread(spoken.read_bytes)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:24]}.wav"
    if not path.exists():
        await asyncio.to_thread(_copy, spoken, path)
    return path


def _copy(spoken: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    shutil.copyfile(spoken, unfinished)
    unfinished.replace(path)


def _seconds(one: Announcement, path: Path) -> float:
    """Raises ConfigurationError for a file that is no sound."""
    try:
        return float(soundfile.info(path).duration)
    except soundfile.SoundFileError as error:
        raise ConfigurationError(f"{FILE}：{one.name} 的录音打不开，请换一个录音文件。") from error


def _digest(city: Path) -> str:
    said = hashlib.sha256()
    for name in (FILE, "calendar.toml"):
        said.update((city / name).read_bytes() if (city / name).exists() else b"")
    return said.hexdigest()[:16]


def _reload(pbx: PbxSettings) -> None:
    process = PbxProcess(pbx)
    if process.pid() is not None:
        process.rx("dialplan reload")
