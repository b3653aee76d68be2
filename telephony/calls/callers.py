"""How often a number has called the line, in whatever spelling the network gave it."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import in_city
from core.numbers.phone import number_key
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call

MONTH_DAYS = 30
WEEK_DAYS = 7
_KEPT_DAYS = MONTH_DAYS + 1
_NUMBERS_AT_ONCE = 1_000


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
    """Among those of the month: calls ended by the caller before anybody answered."""
    last_at: dt.datetime | None = None


async def caller_record(session: AsyncSession, number: str, *, besides: str, at: dt.datetime) -> CallerRecord:
    """`besides`: the linkedid of the call in hand."""
    key = number_key(number)
    if not key:
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
        Call.caller_key == key,
        Call.started_at >= at - dt.timedelta(days=MONTH_DAYS),
        Call.direction == Direction.INBOUND,
        Call.linkedid != besides,
    )
    return CallerRecord(*(await session.execute(query)).one())


async def make_caller_keys(session: AsyncSession, *, after: str, at: dt.datetime, anew: bool) -> str | None:
    """Of the calls that `caller_record` may ask for, by their numbers from `after` on: those without a key, and `anew`
    all whose key is another one now. Returns the last number looked at, None: there are no more. May die anywhere."""
    recent = Call.started_at >= at - dt.timedelta(days=_KEPT_DAYS)
    wanted = select(Call.caller_number).distinct().where(Call.caller_number > after, recent)
    if not anew:
        wanted = wanted.where(Call.caller_key.is_(None))
    numbers = (await session.scalars(wanted.order_by(Call.caller_number).limit(_NUMBERS_AT_ONCE))).all()
    for number in numbers:
        key = number_key(number)
        calls = update(Call).where(Call.caller_number == number, recent, Call.caller_key.is_distinct_from(key))
        await session.execute(calls.values(caller_key=key).execution_options(synchronize_session=False))
    return numbers[-1] if numbers else None
