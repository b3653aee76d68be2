"""Alarms: raised once, sent until delivered, cleared when the trouble is gone, which is sent too.

The row is the truth; command and webhook are called after it is stored. Where the database itself is away there is no
row, and `hotline.monitoring.probe` calls them all the same.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp
import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.sections.probe import ProbeSettings
from telephony.monitoring.incidents import SHOWN_ON_PAGES_ONLY, end_quiet_incidents
from telephony.monitoring.line_health import FOUND_BY_THE_LINE, INCIDENTS, Trouble
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

_SEND_SECONDS = 10.0
FOUND_BY_THE_PROBE = frozenset(TroubleKind) - INCIDENTS - FOUND_BY_THE_LINE


class What(StrEnum):
    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True)
class AlarmsSent:
    """What command and webhook get, as JSON."""

    what: What
    pbx: str
    kind: str
    detail: str
    raised_at: dt.datetime
    cleared_at: dt.datetime | None

    def as_json(self) -> str:
        facts: Mapping[str, Any] = {
            "what": self.what,
            "pbx": self.pbx,
            "kind": self.kind,
            "detail": self.detail,
            "raised_at": self.raised_at.isoformat(),
            "cleared_at": self.cleared_at and self.cleared_at.isoformat(),
        }
        return json.dumps(facts, ensure_ascii=False)


async def note_troubles(
    session: AsyncSession,
    pbx: str,
    troubles: Iterable[Trouble],
    at: dt.datetime,
    *,
    kinds: Collection[TroubleKind] = FOUND_BY_THE_PROBE,
) -> None:
    """Raise what is new, renew what goes on, clear what is gone, in this transaction. `kinds`: those that were looked
    for; alarms of others stay as they are."""
    there = {trouble.kind: trouble for trouble in troubles}
    await end_quiet_incidents(session, at)
    watched = Alarm.pbx == pbx, Alarm.cleared_at.is_(None), Alarm.kind.in_(kinds)
    still_open = await session.scalars(select(Alarm).where(*watched))
    for alarm in still_open:
        trouble = there.pop(alarm.kind, None)
        if trouble is None:
            alarm.cleared_at = at
            log.warning(
                "alarm_cleared", pbx=pbx, kind=alarm.kind, lasted_seconds=(at - alarm.raised_at).total_seconds()
            )
        else:
            alarm.seen_at, alarm.detail = at, trouble.detail
    for trouble in there.values():
        log.error("alarm", pbx=pbx, kind=trouble.kind, detail=trouble.detail)
        session.add(Alarm(pbx=pbx, kind=trouble.kind, detail=trouble.detail, raised_at=at, seen_at=at))


async def send_waiting(session: AsyncSession, settings: ProbeSettings, at: dt.datetime) -> None:
    """Send alarms that were not delivered yet, the oldest first. What cannot be sent now waits for the next round."""
    undelivered = or_(
        Alarm.raised_sent_at.is_(None),
        Alarm.cleared_at.is_not(None) & Alarm.cleared_sent_at.is_(None),
    )
    for alarm in await session.scalars(
        select(Alarm).where(undelivered, Alarm.kind.not_in(SHOWN_ON_PAGES_ONLY)).order_by(Alarm.raised_at, Alarm.id)
    ):
        facts = (alarm.pbx, str(alarm.kind), alarm.detail, alarm.raised_at)
        if alarm.raised_sent_at is None and await send_alarm(settings, AlarmsSent(What.RAISED, *facts, None)):
            alarm.raised_sent_at = at
        due = alarm.cleared_at and alarm.raised_sent_at and not alarm.cleared_sent_at
        if due and await send_alarm(settings, AlarmsSent(What.CLEARED, *facts, alarm.cleared_at)):
            alarm.cleared_sent_at = at


async def send_alarm(settings: ProbeSettings, alarm: AlarmsSent) -> bool:
    """Whether every channel was reached. Each is tried, whatever the other's result."""
    done = [await _run_command(settings.command, alarm)] if settings.command else []
    done += [await _post(settings.webhook, alarm)] if settings.webhook else []
    return all(done)


async def _run_command(command: tuple[str, ...], alarm: AlarmsSent) -> bool:
    try:
        async with asyncio.timeout(_SEND_SECONDS):
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            try:
                await process.communicate(alarm.as_json().encode())
            except BaseException:
                process.kill()
                raise
    except (OSError, TimeoutError) as error:
        log.error("alarm_command_failed", command=command[0], reason=str(error) or "it took too long")
        return False
    if process.returncode != 0:
        log.error("alarm_command_failed", command=command[0], code=process.returncode)
    return process.returncode == 0


async def _post(url: str, alarm: AlarmsSent) -> bool:
    headers = {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SEND_SECONDS)) as client,
            client.post(url, data=alarm.as_json().encode(), headers=headers) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.error("alarm_webhook_failed", reason=str(error) or type(error).__name__)
        return False
    if status >= 300:
        log.error("alarm_webhook_failed", status=status)
    return status < 300
