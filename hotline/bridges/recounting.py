"""Recounts provisional limits once the calendar of their year is there: one order, one transaction.

May be killed and begin again, and run more than once at a time: an order that was counted with an arranged calendar is
not found any more, and the offices are notified once, when nothing is left to count (dispatch.jobs.tell_recounted).
"""

import datetime as dt

from sqlalchemy import select, update

from core.database import Sessions, transaction
from dispatch.city.records import City
from dispatch.clock.counting import first_year, recount
from dispatch.jobs.tell_recounted import tell_recounted
from dispatch.orders.models import Order
from dispatch.orders.permissions import SYSTEM
from dispatch.policy import Policy
from dispatch.steps.recount import why_recounted
from dispatch.steps.take import take_step
from dispatch.workflow import Step
from hotline.runtime.stumbling import passed_by

RECOUNT = "dispatch.recount"
"""Periodic job: every minute."""

_AT_ONCE = 500


async def recount_limits(sessions: Sessions, policy: Policy, pbx: str, *, at: dt.datetime) -> int:
    """All open orders with limits that need no longer be provisional. Returns on how many of them a limit moved."""
    moved, last = 0, 0
    while True:
        found = await _provisional_after(sessions, policy.city, last)
        for order_id in found:
            async with passed_by(sessions, pbx, "limits_not_recounted", order=str(order_id)):
                moved += await _recount_one(sessions, policy, order_id, at)
        if len(found) < _AT_ONCE:
            break
        last = found[-1]
    async with passed_by(sessions, pbx, "recounted_not_told"), transaction(sessions) as session:
        await tell_recounted(session, policy, at=at)
    return moved


async def _provisional_after(sessions: Sessions, city: City, last: int) -> list[int]:
    query = (
        select(Order.id)
        .where(Order.provisional_year.in_(city.calendar.arranged_years()), Order.closed_at.is_(None), Order.id > last)
        .order_by(Order.id)
        .limit(_AT_ONCE)
    )
    async with sessions() as session:
        return list(await session.scalars(query))


async def _recount_one(sessions: Sessions, policy: Policy, order_id: int, at: dt.datetime) -> bool:
    async with transaction(sessions) as session:
        order = await session.scalar(
            select(Order)
            .where(
                Order.id == order_id,
                Order.provisional_year.in_(policy.city.calendar.arranged_years()),
                Order.closed_at.is_(None),
            )
            .with_for_update(skip_locked=True)
        )
        if order is None or order.provisional_year is None:
            return False
        found = recount(order, policy.times, policy.city.calendar, at=at)
        if not found.moves:
            # Not a change for a person who has the order open: its version stays.
            values = {"provisional_limits": found.marks, "provisional_year": first_year(found.marks)}
            await session.execute(update(Order.__table__).where(Order.__table__.c.id == order_id).values(**values))  # type: ignore[arg-type]
            return False
        fields = {"reason": why_recounted(found, order.provisional_year, policy.city)}
        await take_step(session, policy, order_id, Step.RECOUNT, actor=SYSTEM, at=at, fields=fields)
    return True
