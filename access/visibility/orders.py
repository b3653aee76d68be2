"""The orders that somebody may see: for everybody else they do not exist."""

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import sees_order
from core.errors import NotFound
from dispatch.orders.models import Order
from dispatch.steps.take import find_order


async def get_visible_order(session: AsyncSession, me: Me, number: str) -> Order:
    """Raises NotFound, also for an order that this person may not see: that it exists is not disclosed either."""
    order = await find_order(session, number.strip().upper())
    if order is None or not sees_order(me, order):
        raise NotFound("没有这张工单，或者它没有派给您。")
    return order
