"""Orders that are not finished, by the days since the citizen brought them: one query."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import CITY_ZONE, in_city
from dispatch.orders.models import Order
from dispatch.orders.work_queues import WorkQueue, waits
from dispatch.workflow import FINAL

AGES = ((0, 0), (1, 2), (3, 6), (7, 14), (15, 29), (30, None))
"""Days of the calendar since the day on which an order came in, (at least, at most); None: no end."""


@dataclass(frozen=True)
class AgeGroup:
    first: dt.date | None
    """The orders came in on this day of the city or later; None: whenever before."""
    last: dt.date
    in_time: int
    overdue: int
    """Their limit for the answer has passed."""


async def open_by_age(session: AsyncSession, *, at: dt.datetime) -> list[AgeGroup]:
    """Every order that the list of open ones has, in exactly one group; the youngest first."""
    today = in_city(at).date()
    received = cast(func.timezone(CITY_ZONE.key, Order.received_at), Date)
    rows = await session.execute(
        select(received, func.count(), func.count().filter(waits(WorkQueue.FINISH_OVERDUE, at)))
        .where(Order.state.not_in(FINAL))
        .group_by(received)
    )
    days = [(day, counted, overdue) for day, counted, overdue in rows]
    return [_group(days, today, *age) for age in AGES]


def _group(days: Sequence[tuple[dt.date, int, int]], today: dt.date, least: int, most: int | None) -> AgeGroup:
    first = None if most is None else today - dt.timedelta(days=most)
    last = today - dt.timedelta(days=least)
    # A clock that was put back leaves orders of tomorrow: they are of today.
    inside = [one for one in days if (first is None or one[0] >= first) and min(one[0], today) <= last]
    overdue = sum(one[2] for one in inside)
    return AgeGroup(first, last, sum(one[1] for one in inside) - overdue, overdue)
