"""The permission to open and hear a call, by the orders that it belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.rules import hears, sees_order
from dispatch.orders.models import CallPurpose, Order, OrderCall
from telephony.calls.call_state import Direction

AllLinked = dict[str, list[tuple[Order, CallPurpose]]]


async def orders_of(session: AsyncSession, linkedids: Sequence[str]) -> AllLinked:
    rows = await session.execute(
        select(OrderCall.linkedid, OrderCall.purpose, Order)
        .join(Order, Order.id == OrderCall.order_id)
        .where(OrderCall.linkedid.in_(linkedids))
        .order_by(OrderCall.id)
    )
    found: AllLinked = defaultdict(list)
    for linkedid, purpose, order in rows:
        found[linkedid].append((order, purpose))
    return found


def may_open(me: Me, linked: Iterable[tuple[Order, CallPurpose]]) -> bool:
    return me.role in HALL or any(sees_order(me, order) for order, _ in linked)


def may_hear(me: Me, direction: Direction, linked: Sequence[tuple[Order, CallPurpose]]) -> bool:
    return may_open(me, linked) and hears(me, direction, linked)
