"""The accountability list (问责清单) as it is read: by office and time, in the order that is wanted."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import UnaryExpression, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.clock.models import Accountability
from dispatch.orders.models import Order


class Sort(StrEnum):
    NEWEST = "newest"
    """Latest on the list first."""
    DUE = "due"
    """The limit that was missed longest ago first."""
    OFFICE = "office"


_ORDERS: Mapping[Sort, tuple[UnaryExpression[Any], ...]] = {
    Sort.NEWEST: (Accountability.id.desc(),),
    Sort.DUE: (Accountability.due_at.asc(), Accountability.id.asc()),
    Sort.OFFICE: (Accountability.office_code.asc(), Accountability.id.desc()),
}


async def accountability(
    session: AsyncSession,
    *,
    office: str | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    sort: Sort = Sort.NEWEST,
    limit: int = 500,
) -> Sequence[tuple[Accountability, Order]]:
    """Entries whose limit lies in [since, before), each with its order."""
    query = select(Accountability, Order).join(Order, Order.id == Accountability.order_id)
    if office:
        query = query.where(Accountability.office_code == office)
    if since:
        query = query.where(Accountability.due_at >= since)
    if before:
        query = query.where(Accountability.due_at < before)
    rows = await session.execute(query.order_by(*_ORDERS[sort]).limit(limit))
    return [(entry, order) for entry, order in rows]
