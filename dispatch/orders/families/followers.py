"""People who wait for an order besides its first citizen (关注人): the citizens of orders merged into it.

The merged order itself identifies the follower; notifying the follower is a step of its own history. So nothing is
stored twice, and undoing the merger is enough to remove a follower.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, OrderStep
from dispatch.workflow import Step


@dataclass(frozen=True)
class Interested:
    """One more citizen who waits for an order."""

    order: Order
    """The follower's own order, merged into it."""
    notified_at: dt.datetime | None


async def interested_in(session: AsyncSession, order_id: int) -> list[Interested]:
    """In the order in which they came; also of what was merged into a merged order, or, before this one was split
    off, into the order that it came from, however often what that one came from was split before."""
    part = (
        select(Order.split_from_id.label("came_from"), Order.registered_at.label("since"))
        .where(Order.id == order_id, Order.split_from_id.is_not(None))
        .cte("part", recursive=True)
    )
    part = part.union(
        select(Order.split_from_id, Order.registered_at).where(
            Order.id == part.c.came_from, Order.split_from_id.is_not(None)
        )
    )
    waited_before = select(Order.id).where(Order.merged_into_id == part.c.came_from, part.c.since >= Order.closed_at)
    merged = select(Order.id).where(Order.merged_into_id == order_id).cte("merged", recursive=True)
    # Each a question of its own: with an "or" in one, PostgreSQL reads all orders (a second at a million).
    merged = merged.union(waited_before, select(Order.id).where(Order.merged_into_id == merged.c.id))
    notified_at = (
        select(func.max(OrderStep.at))
        .where(OrderStep.order_id == Order.id, OrderStep.step == Step.NOTIFY_FOLLOWER)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Order, notified_at).where(Order.id.in_(select(merged.c.id))).order_by(Order.received_at, Order.id)
    )
    return [Interested(order, notified_at) for order, notified_at in rows]
