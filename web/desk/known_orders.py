"""Orders as the desk shows them: state, lamp, what was promised, what was answered. Pure but for one look-up."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.citizens.redaction import redactor_of
from dispatch.kinds import Disposition
from dispatch.orders.labels import DISPOSITIONS, STATES
from dispatch.orders.models import Order
from dispatch.policy import Policy
from web.desk.pop_schemas import KnownOrder
from web.orders.cards import dues, kind_name, place_words
from web.orders.presenter import order_summary

_ANSWER_SHOWN = 160


def known_order(
    order: Order,
    policy: Policy,
    at: dt.datetime,
    *,
    why: Sequence[str] = (),
    can_join: bool = False,
    likely: bool = False,
    disposition: str | None = None,
    merged: Mapping[int, Order] | None = None,
    others: Sequence[Order] = (),
) -> KnownOrder:
    """`others`: with whose texts `why` compares it."""
    summary = order_summary(order)
    running = next((due for due in dues(summary, policy, at) if due.lamp != "met"), None)
    into = (merged or {}).get(order.merged_into_id or 0)
    redactor = redactor_of([order, *others])
    answer = redactor.text(order.public_answer)
    return KnownOrder(
        number=order.number,
        title=summary.title,
        state=order.state,
        state_name=STATES[order.state],
        kind_name=kind_name(order.kind, order.urgency),
        place=place_words(summary, policy.city),
        received_at=order.received_at,
        lamp=running and running.lamp,
        due_words=f"{running.name} {running.words}" if running else "",
        due_at=running.at if running else None,
        promised_at=order.promised_at,
        public_answer=answer if len(answer) <= _ANSWER_SHOWN else answer[:_ANSWER_SHOWN] + "…",
        merged_into=f"{into.number}（{STATES[into.state]}）" if into else None,
        disposition=DISPOSITIONS[Disposition(disposition)] if disposition else None,
        why=[redactor.text(one) for one in why],
        can_join=can_join,
        likely=likely,
    )


async def merged_into(session: AsyncSession, orders: Sequence[Order]) -> dict[int, Order]:
    """The orders into which some of these were merged, by id."""
    wanted = {order.merged_into_id for order in orders if order.merged_into_id}
    if not wanted:
        return {}
    return {order.id: order for order in await session.scalars(select(Order).where(Order.id.in_(wanted)))}
