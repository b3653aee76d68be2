"""What a checker found on orders that were drawn, as each reader may read it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import own_or_covered, redactor_for
from dispatch.orders.actors import author
from dispatch.orders.models import Order
from dispatch.supervision.spot_checks import SpotCheckPick
from dispatch.workflow import Role


async def findings_of(session: AsyncSession, me: Me, picks: Sequence[SpotCheckPick]) -> dict[str, str]:
    """By the order's number; orders that nobody has checked are left out."""
    found = {pick.number: pick for pick in picks if pick.finding}
    orders = await session.scalars(select(Order).where(Order.number.in_(found)))
    findings = {}
    for order in orders:
        pick = found[order.number]
        by = author(Role.SUPERVISOR, pick.checked_by_id, None, None)
        findings[order.number] = own_or_covered(me, by, pick.finding or "", redactor_for(me, [order]))
    return findings
