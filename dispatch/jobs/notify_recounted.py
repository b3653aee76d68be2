"""One notification to each office about all its orders whose limits were recounted: a calendar moves hundreds at once.

Citizens are not notified: the city keeps the date that it gave them, and a text message finishes no order sooner.
Their own pages and the desk show the new limit.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import day_and_minute
from dispatch.citizens.outgoing import about_no_order
from dispatch.clock.counting import limit_of, part_name
from dispatch.notifications.queue import queue_notification
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.models import Order
from dispatch.policy import Policy

SHOWN = 10
"""How many orders are named, those that are due first; the others are counted."""


async def notify_recounted(session: AsyncSession, policy: Policy, *, at: dt.datetime) -> int:
    """Clears the orders' marks in the same transaction, so that a process that dies before its end has sent nothing,
    and a concurrent one finds no order left. Returns how many offices there are.
    """
    wanted = select(Order).where(func.cardinality(Order.recount_not_notified) > 0)
    orders = (await session.scalars(wanted.order_by(Order.id).with_for_update(of=Order, skip_locked=True))).all()
    mine: defaultdict[str, list[Order]] = defaultdict(list)
    for order in orders:
        for code in order.recount_not_notified if order.closed_at is None else []:
            mine[code].append(order)
    for code, theirs in sorted(mine.items()):
        office = policy.city.offices.get(code)
        facts = {"office": office.name if office else code, "reason": _words(theirs, code)}
        covered = about_no_order(facts)
        await queue_notification(
            session,
            policy.city,
            policy.notifications,
            Audience.OFFICE,
            Template.LIMITS_MOVED,
            covered,
            at=at,
            code=code,
        )
    if orders:
        # Not a change for a person who has the order open: its version stays.
        table = Order.__table__
        ids = [order.id for order in orders]
        await session.execute(update(table).where(table.c.id.in_(ids)).values(recount_not_notified=[]))  # type: ignore[arg-type]
    return len(mine)


def _words(orders: Sequence[Order], code: str) -> str:
    """Numbers and limits only: nothing in it is a citizen's."""
    due = sorted(((_limit(order, code), order.number) for order in orders), key=lambda one: (one[0] is None, one[0]))
    shown = "；".join(f"{number}（{day_and_minute(limit)}）" if limit else number for limit, number in due[:SHOWN])
    rest = f"；另有{len(due) - SHOWN}张" if len(due) > SHOWN else ""
    return f"{len(due)}张工单的时限：{shown}{rest}"


def _limit(order: Order, code: str) -> dt.datetime | None:
    mine = code in (order.responsible_office_code, order.lead_office_code)
    return order.finish_due_at if mine else limit_of(order, part_name(code))
