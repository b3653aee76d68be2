"""Recounts provisional limits once the calendar of their year is there, and all others where an operator says that a
calendar was corrected (`hotline recount`): one order, one transaction.

May be killed and begin again, and run more than once at a time: an order that was counted with an arranged calendar is
not found any more, and the offices are notified once, when nothing is left to count (dispatch.jobs.notify_recounted).
"""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update

from core.database import Sessions, transaction
from dispatch.city.records import City
from dispatch.clock.counting import mark_columns, recount
from dispatch.jobs.notify_recounted import notify_recounted
from dispatch.orders.actors import SYSTEM
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.recount import limits_moved, why_recounted
from dispatch.steps.take import take_step
from dispatch.workflow import Step
from hotline.runtime.stumbling import passed_by

RECOUNT = "dispatch.recount"
"""Periodic job: every minute."""

_AT_ONCE = 500


@dataclass(frozen=True)
class Correction:
    """What the present calendar would move on one order."""

    number: str
    moves: list[str]
    """In Chinese, old → new."""


async def recount_limits(sessions: Sessions, policy: Policy, pbx: str, *, at: dt.datetime) -> int:
    """All open orders with limits that need no longer be provisional. Returns on how many of them a limit moved."""
    moved = 0
    async for order_id in _open_orders(sessions, _no_longer_provisional(policy.city)):
        async with passed_by(sessions, pbx, "limits_not_recounted", order=str(order_id)):
            moved += await _recount_one(sessions, policy, order_id, at, _no_longer_provisional(policy.city))
    async with passed_by(sessions, pbx, "recounted_not_notified"), transaction(sessions) as session:
        await notify_recounted(session, policy, at=at)
    return moved


async def recount_corrected(sessions: Sessions, policy: Policy, *, at: dt.datetime) -> int:
    """All open orders, by a calendar that was corrected after it was arranged. Returns on how many of them a limit
    moved; their offices are notified by the next `recount_limits`. Raises what stops it: what was recounted stays so,
    and the rest is found again."""
    moved = 0
    async for order_id in _open_orders(sessions, _is_counted()):
        moved += await _recount_one(sessions, policy, order_id, at, _is_counted(), corrected=True)
    return moved


async def corrections(sessions: Sessions, policy: Policy, *, at: dt.datetime) -> list[Correction]:
    """What `recount_corrected` would move now, by the orders' age. Changes nothing."""
    found = []
    async for order_id in _open_orders(sessions, _is_counted()):
        async with sessions() as session:
            order = await session.get_one(Order, order_id)
            moves = recount(order, policy.times, policy.city.calendar, at=at)
            if moves.moves:
                found.append(Correction(order.number, limits_moved(moves, policy.city)))
    return found


def _no_longer_provisional(city: City) -> ColumnElement[bool]:
    return Order.provisional_year.in_(city.calendar.arranged_years())


def _is_counted() -> ColumnElement[bool]:
    return (Order.settled_limits != {}) | Order.provisional_year.is_not(None)


async def _open_orders(sessions: Sessions, wanted: ColumnElement[bool]) -> AsyncIterator[int]:
    """By their age."""
    last = 0
    while True:
        query = select(Order.id).where(wanted, Order.closed_at.is_(None), Order.id > last).order_by(Order.id)
        async with sessions() as session:
            found = list(await session.scalars(query.limit(_AT_ONCE)))
        for last in found:
            yield last
        if len(found) < _AT_ONCE:
            return


async def _recount_one(
    sessions: Sessions,
    policy: Policy,
    order_id: int,
    at: dt.datetime,
    wanted: ColumnElement[bool],
    *,
    corrected: bool = False,
) -> bool:
    """Whether a limit moved. `wanted`: it is looked at only while this still holds."""
    async with transaction(sessions) as session:
        query = select(Order).where(Order.id == order_id, wanted, Order.closed_at.is_(None))
        order = await session.scalar(query.with_for_update(skip_locked=True))
        if order is None:
            return False
        found = recount(order, policy.times, policy.city.calendar, at=at)
        if not found.moves:
            # Not a change for a person who has the order open: its version stays.
            table = Order.__table__
            await session.execute(update(table).where(table.c.id == order_id).values(**mark_columns(found.marks)))  # type: ignore[arg-type]
            return False
        fields = {"reason": why_recounted(found, None if corrected else order.provisional_year, policy.city)}
        await take_step(session, policy, order_id, Step.RECOUNT, actor=SYSTEM, at=at, fields=fields)
    return True
