"""Which parts of the system are up: yes or no for anybody, with reasons for signed-in people."""

import asyncio
import datetime as dt
from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.reporter_guesses import troubles_kept_from
from dispatch.workflow import Role
from telephony.ami.status import ManagerState
from telephony.monitoring.incidents import is_open
from telephony.monitoring.line_health import Heart, heart_trouble
from telephony.monitoring.models import Alarm, LineHeart, ProbeRound
from telephony.trouble_kinds import TroubleKind
from web.http.context import AppContext
from web.http.schemas import Message

_LIMIT_SECONDS = 5.0
_ROUND_SECONDS = 60.0
"""A round of the probe takes less."""


class Readiness(Message):
    """Nothing in it helps a stranger: names of PBXs and yes or no."""

    ready: bool
    """The screens can be used: the database answers and changes reach them."""
    database: bool
    live: bool
    """Whether changes reach the screens at once."""
    lines: dict[str, bool]
    """By PBX: whether its line process is there, logged in, and reads what Asterisk writes."""


class LineAnswer(Message):
    pbx: str
    ok: bool
    trouble: str
    """A plain sentence; empty: none."""
    manager_state: ManagerState
    since: dt.datetime
    seen_at: dt.datetime
    cel_read_at: dt.datetime | None
    cel_backlog_bytes: int
    unfolded_facts: int


class AlarmAnswer(Message):
    pbx: str
    kind: TroubleKind
    detail: str
    raised_at: dt.datetime


class TroubleNow(Message):
    """Why a citizen who calls now might not be answered, or might not be seen."""

    kind: TroubleKind
    since: dt.datetime
    detail: str


class InstallationAnswer(Message):
    lines: list[LineAnswer]
    alarms: list[AlarmAnswer]
    """Those that go on, the oldest first."""
    watched_at: dt.datetime | None
    """The probe's last round; None: it has never been."""


async def readiness(app_context: AppContext, at: dt.datetime) -> Readiness:
    """Never raises: a database that is away is an answer."""
    live = app_context.bus.listening.is_set()
    try:
        async with asyncio.timeout(_LIMIT_SECONDS), app_context.sessions() as session:
            lines = {line.pbx: line.ok for line in await load_lines(session, at)}
    except (SQLAlchemyError, OSError):
        return Readiness(ready=False, database=False, live=live, lines={})
    return Readiness(ready=live, database=True, live=live, lines=lines)


async def load_installation(session: AsyncSession, role: Role, at: dt.datetime) -> InstallationAnswer:
    """As this role may know it."""
    alarms = await session.scalars(_alarms(at, troubles_kept_from(role)).order_by(Alarm.raised_at))
    watched_at = await session.scalar(select(ProbeRound.at).order_by(ProbeRound.at.desc()).limit(1))
    return InstallationAnswer(
        lines=await load_lines(session, at),
        alarms=[
            AlarmAnswer(pbx=alarm.pbx, kind=alarm.kind, detail=alarm.detail, raised_at=alarm.raised_at)
            for alarm in alarms
        ],
        watched_at=watched_at,
    )


async def load_troubles(
    session: AsyncSession, at: dt.datetime, *, besides: Collection[TroubleKind]
) -> list[TroubleNow]:
    """The probe's open alarms, the incidents, and what the lines' heartbeats say, also where no probe runs; the
    oldest first. `besides`: alarms of these kinds are left out."""
    alarms = list(await session.scalars(_alarms(at, besides)))
    alarmed = {alarm.pbx for alarm in alarms if alarm.kind is TroubleKind.LINE_AWAY}
    found = [TroubleNow(kind=alarm.kind, since=alarm.raised_at, detail=alarm.detail) for alarm in alarms]
    found += [
        TroubleNow(kind=TroubleKind.LINE_AWAY, since=line.cel_read_at or line.seen_at, detail=line.trouble)
        for line in await load_lines(session, at)
        if not line.ok and line.pbx not in alarmed
    ]
    return sorted(found, key=lambda one: one.since)


def _alarms(at: dt.datetime, besides: Collection[TroubleKind]) -> Select[Alarm]:
    return select(Alarm).where(is_open(at), Alarm.kind.not_in(besides))


async def is_watched(session: AsyncSession, at: dt.datetime, interval_seconds: float) -> bool:
    """Whether the probe was seen recently."""
    last = await session.scalar(select(ProbeRound.at).order_by(ProbeRound.at.desc()).limit(1))
    return last is not None and (at - last).total_seconds() < 2 * interval_seconds + _ROUND_SECONDS


async def load_lines(session: AsyncSession, at: dt.datetime) -> list[LineAnswer]:
    hearts = await session.scalars(select(LineHeart).order_by(LineHeart.pbx))
    return [_line(heart, at) for heart in hearts]


def _line(heart: LineHeart, at: dt.datetime) -> LineAnswer:
    trouble = heart_trouble(Heart(heart.manager_state, heart.detail, heart.seen_at, heart.cel_read_at), at)
    return LineAnswer(
        pbx=heart.pbx,
        ok=not trouble,
        trouble=trouble,
        manager_state=heart.manager_state,
        since=heart.since,
        seen_at=heart.seen_at,
        cel_read_at=heart.cel_read_at,
        cel_backlog_bytes=heart.cel_backlog_bytes,
        unfolded_facts=heart.unfolded_facts,
    )
