"""Incidents: what an attack, or too many at once, leaves behind for supervisors to see at the top of every page.

An alarm of the probe lasts as long as the trouble, and each round raises it again. An incident is a moment: any part
may report it as often as it likes; it is one alarm until nothing of its kind was noticed for `SHOWN`. It is sent by
command and webhook as any other alarm.
"""

import datetime as dt

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telephony.monitoring.line_health import INCIDENTS
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind

log = structlog.get_logger()

SHOWN = dt.timedelta(hours=12)
"""How long after the last time it stays at the top of the pages: the morning shift learns of the night."""
_AGAIN = dt.timedelta(seconds=5)
"""Noticed again sooner than this, it is not written again: an attack must not make us write as fast as it comes."""
_LONGEST_DETAIL = 300
SHOWN_ON_PAGES_ONLY = frozenset({TroubleKind.REPORTER_NAMED})
"""No command, webhook, metric or log says these: their readers may never know a confidential reporter."""
_ALL_TOLD = frozenset({TroubleKind.TOLL_FRAUD, TroubleKind.REPORTER_NAMED})
"""Each of their details is one event, and none may hide another: the newest stands first, the others behind it."""


def is_open(at: dt.datetime) -> ColumnElement[bool]:
    """Of `alarms`: those that go on at that instant."""
    return and_(Alarm.cleared_at.is_(None), or_(Alarm.kind.not_in(INCIDENTS), Alarm.seen_at > at - SHOWN))


async def raise_incident(session: AsyncSession, pbx: str, kind: TroubleKind, detail: str, at: dt.datetime) -> bool:
    """Raise it in this transaction, or renew it where it goes on already. Whether it is new.

    `pbx`: the exchange's systemname (`settings.pbx.systemname`), also for what happened in the web. `detail`: a plain
    Chinese sentence for the chiefs, which names account, extension, address or number of tries, never a citizen.
    """
    if kind not in INCIDENTS:
        raise ValueError(f"{kind} is no incident")
    detail = " ".join(detail.split())[:_LONGEST_DETAIL]
    goes_on = Alarm.pbx == pbx, Alarm.kind == kind, Alarm.cleared_at.is_(None)
    known = (await session.execute(select(Alarm.seen_at, Alarm.detail).where(*goes_on))).one_or_none()
    if known is not None and abs(at - known.seen_at) < _AGAIN and (kind not in _ALL_TOLD or detail in known.detail):
        return False
    await end_quiet_incidents(session, at, kind)
    row = insert(Alarm).values(pbx=pbx, kind=kind, detail=detail, raised_at=at, seen_at=at)
    latest: ColumnElement[str] = row.excluded.detail
    if kind in _ALL_TOLD:
        before = func.replace(Alarm.detail, latest, "")
        latest = func.left(func.btrim(latest + " " + func.btrim(before)), _LONGEST_DETAIL)
    renewed = row.on_conflict_do_update(
        index_elements=[Alarm.pbx, Alarm.kind],
        index_where=Alarm.cleared_at.is_(None),
        set_={"detail": latest, "seen_at": row.excluded.seen_at},
    )
    new = bool(await session.scalar(renewed.returning(text("xmax = 0"))))
    if new and kind not in SHOWN_ON_PAGES_ONLY:
        log.error("incident", pbx=pbx, kind=kind, detail=detail)
    return new


async def end_quiet_incidents(session: AsyncSession, at: dt.datetime, *kinds: TroubleKind) -> None:
    """End, in this transaction, those that were not noticed for `SHOWN`; of all kinds where none is named."""
    quiet = Alarm.cleared_at.is_(None), Alarm.kind.in_(kinds or INCIDENTS), Alarm.seen_at <= at - SHOWN
    await session.execute(update(Alarm).where(*quiet).values(cleared_at=at))
