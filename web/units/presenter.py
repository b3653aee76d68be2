"""The crews as those who watch over them see them, the one that needs looking at first."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.city.records import City, UnitEntry
from dispatch.crews.labels import UNIT_STATUSES
from dispatch.crews.rules import UnitStatus
from dispatch.crews.status import UnitNow, load_units_now
from dispatch.orders.models import Order
from dispatch.policy import Policy
from web.orders.presenter import order_summary
from web.orders.schemas import OrderSummary
from web.units.schemas import UnitAnswer, UnitPosition

_RANKS = {
    UnitStatus.THERE: 1,
    UnitStatus.ON_THE_WAY: 1,
    UnitStatus.ACCEPTED: 1,
    UnitStatus.FREE: 2,
    UnitStatus.OFF_SHIFT: 3,
}


async def unit_answers(session: AsyncSession, policy: Policy, *, at: dt.datetime) -> list[UnitAnswer]:
    """Every crew of the city."""
    now = await load_units_now(session, policy.crews, at=at)
    wanted = [one.order_id for one in now.values() if one.order_id is not None]
    orders = await session.scalars(select(Order).where(Order.id.in_(wanted)))
    summaries = {order.id: order_summary(order) for order in orders}
    answers = [
        unit_answer(policy.city, unit, now.get(unit.code, UnitNow()), summaries) for unit in policy.city.units.values()
    ]
    return sorted(answers, key=_urgency)


def unit_answer(city: City, unit: UnitEntry, now: UnitNow, orders: dict[int, OrderSummary]) -> UnitAnswer:
    """`orders`: by id, that of `now` among them."""
    here = now.position
    return UnitAnswer(
        code=unit.code,
        name=unit.name,
        trade=city.trades.get(unit.trade, unit.trade),
        on_shift=bool(now.on_shift),
        people=list(now.people),
        status=now.status,
        status_name=UNIT_STATUSES[now.status],
        since=now.since,
        minutes_over=now.minutes_over,
        order=orders.get(now.order_id) if now.order_id is not None else None,
        orders_in_hand=now.orders_in_hand,
        position=here
        and UnitPosition(
            latitude=here.latitude,
            longitude=here.longitude,
            accuracy_metres=here.accuracy_metres,
            taken_at=here.taken_at,
            fresh=here.fresh,
        ),
    )


def _urgency(unit: UnitAnswer) -> tuple[int, int, str]:
    """Off shift with orders in hand is something to look at too."""
    if unit.minutes_over is not None:
        return 0, -unit.minutes_over, unit.code
    return _RANKS[unit.status], -unit.orders_in_hand, unit.code
