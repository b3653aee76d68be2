"""Keeping the custody_periods (dispatch.clock.models.CustodyPeriod): an office's period with an order, from a dispatch
to its end.

Each step that matters to a scorecard changes the one open period, in the step's own transaction.
"""

import datetime as dt
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.clock.models import CustodyEnd, CustodyPeriod
from dispatch.orders.models import Order


async def begin_turn(session: AsyncSession, order: Order, *, at: dt.datetime) -> None:
    """The order was dispatched. To the office that has it already: only its time to accept begins again."""
    office = await session.scalar(
        select(CustodyPeriod.office_code).where(CustodyPeriod.order_id == order.id, CustodyPeriod.ended_at.is_(None))
    )
    if office == order.lead_office_code:
        await change_period(session, order.id, accepted_at=None)
        await keep_limits(session, order)
        return
    await end_period(session, order.id, CustodyEnd.MOVED, at=at)
    assert order.lead_office_code is not None
    assert order.accept_due_at is not None
    assert order.finish_due_at is not None
    period = CustodyPeriod(
        order_id=order.id,
        office_code=order.lead_office_code,
        dispatched_at=at,
        accept_due_at=order.accept_due_at,
        finish_due_at=order.finish_due_at,
    )
    session.add(period)
    await session.flush()


async def change_period(session: AsyncSession, order_id: int, **values: Any) -> None:
    """Set columns of the open period; nothing where there is none."""
    await session.execute(
        update(CustodyPeriod)
        .where(CustodyPeriod.order_id == order_id, CustodyPeriod.ended_at.is_(None))
        .values(**values)
    )


async def keep_limits(session: AsyncSession, order: Order) -> None:
    """The order's limits were moved."""
    await change_period(session, order.id, accept_due_at=order.accept_due_at, finish_due_at=order.finish_due_at)


async def end_period(session: AsyncSession, order_id: int, how: CustodyEnd, *, at: dt.datetime) -> None:
    await change_period(session, order_id, ended_at=at, ended=how)


async def note_reopened(session: AsyncSession, order_id: int, *, at: dt.datetime) -> None:
    """The citizen is not content with the last period, closed or not."""
    await end_period(session, order_id, CustodyEnd.REOPENED, at=at)
    latest = select(func.max(CustodyPeriod.id)).where(CustodyPeriod.order_id == order_id).scalar_subquery()
    await session.execute(update(CustodyPeriod).where(CustodyPeriod.id == latest).values(reopened_at=at))


async def note_warned(session: AsyncSession, order_id: int, office_code: str) -> None:
    """Counts against the office's latest period with this order."""
    latest = (
        select(func.max(CustodyPeriod.id))
        .where(CustodyPeriod.order_id == order_id, CustodyPeriod.office_code == office_code)
        .scalar_subquery()
    )
    await session.execute(
        update(CustodyPeriod).where(CustodyPeriod.id == latest).values(warned=CustodyPeriod.warned + 1)
    )
