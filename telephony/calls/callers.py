"""How often a number has called the line. Reads only."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import in_city
from core.phone import number_key, spellings
from telephony.calls.call_state import Direction, Outcome
from telephony.models import Call

MONTH_DAYS = 30
WEEK_DAYS = 7


@dataclass(frozen=True)
class CallerRecord:
    """A number's citizens' calls before the one in hand; of a withheld number nothing is known."""

    today: int = 0
    """Since midnight in the city."""
    week: int = 0
    """In the last 7 days."""
    month: int = 0
    """In the last 30 days."""
    abandoned: int = 0
    """Among those of the month: he hung up before anybody answered."""
    last_at: dt.datetime | None = None


async def caller_record(session: AsyncSession, number: str, *, besides: str, at: dt.datetime) -> CallerRecord:
    """`besides`: the linkedid of the call in hand."""
    known = spellings(number_key(number))
    if not known:
        return CallerRecord()
    midnight = in_city(at).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = func.count()
    query = select(
        calls.filter(Call.started_at >= midnight),
        calls.filter(Call.started_at >= at - dt.timedelta(days=WEEK_DAYS)),
        calls,
        calls.filter(Call.outcome == Outcome.ABANDONED),
        func.max(Call.started_at),
    ).where(
        Call.caller_number.in_(known),
        Call.started_at >= at - dt.timedelta(days=MONTH_DAYS),
        Call.direction == Direction.INBOUND,
        Call.linkedid != besides,
    )
    return CallerRecord(*(await session.execute(query)).one())
