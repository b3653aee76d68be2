"""An agent's own day: calls, times, orders registered, and what came back of orders that the agent registered."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.accounts.sessions import Me
from access.visibility.calls import orders_of
from core.clock import CITY_ZONE
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.workflow import State, Step
from telephony.calls.call_state import LegRole
from telephony.calls.models import Call, Leg
from telephony.figures.counting import Period, count_agents
from telephony.figures.figures import AgentTally
from web.calls.presenter import call_summary
from web.calls.schemas import CallSummary
from web.orders.presenter import order_summary
from web.orders.schemas import OrderSummary

SHOWN = 200


class CameBack(StrEnum):
    RETURNED = "returned"
    """The office asked that another takes the lead."""
    CORRECTED = "corrected"
    """Somebody else changed what was registered."""
    REOPENED = "reopened"
    DISSATISFIED = "dissatisfied"


@dataclass(frozen=True)
class MyDay:
    day: dt.date
    tally: AgentTally
    calls: list[CallSummary]
    """That the agent talked in, the latest first."""
    registered: list[OrderSummary]
    came_back: dict[CameBack, list[OrderSummary]]


async def load_my_day(session: AsyncSession, me: Me, extension: str, day: dt.date) -> MyDay:
    """What came back counts on the day on which it came back, whenever the order was registered."""
    begin = dt.datetime.combine(day, dt.time(), CITY_ZONE)
    period = (begin, begin + dt.timedelta(days=1))
    tallies = {one.extension: one for one in await count_agents(session, period)}
    registered = _mine(me, OrderStep.at >= period[0], OrderStep.at < period[1])
    return MyDay(
        day=day,
        tally=tallies.get(extension, AgentTally(extension)),
        calls=await _calls(session, me, extension, period),
        registered=_summaries(await session.scalars(_orders(Order.id.in_(registered)))),
        came_back={
            what: _summaries(await session.scalars(_orders(Order.id.in_(_mine(me)), condition)))
            for what, condition in _conditions(me, period).items()
        },
    )


def _mine(me: Me, *when: ColumnElement[bool]) -> Any:
    """Ids of the orders that the agent registered, or answered on the spot."""
    steps = OrderStep.step.in_((Step.REGISTER, Step.ANSWER))
    return select(OrderStep.order_id).where(OrderStep.actor_id == me.account_id, steps, *when)


def _conditions(me: Me, period: Period) -> dict[CameBack, ColumnElement[bool]]:
    later = aliased(OrderStep)

    def has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        inside = later.order_id == Order.id, later.at >= period[0], later.at < period[1]
        return select(later.id).where(*inside, *conditions).exists()

    unhappy = Reply.followed_up_at >= period[0], Reply.followed_up_at < period[1], Reply.citizen_satisfied.is_(False)
    return {
        CameBack.RETURNED: has(later.step == Step.ASK_RETURN),
        CameBack.CORRECTED: has(
            later.step == Step.FILL_IN, later.from_state != State.DRAFT, later.actor_id != me.account_id,
            later.details.has_key("changes"),
        ),
        CameBack.REOPENED: has(later.step == Step.REOPEN),
        CameBack.DISSATISFIED: select(Reply.id).where(Reply.order_id == Order.id, *unhappy).exists(),
    }  # fmt: skip


def _orders(*conditions: ColumnElement[bool]) -> Any:
    return select(Order).where(*conditions).order_by(Order.id.desc()).limit(SHOWN)


def _summaries(orders: Iterable[Order]) -> list[OrderSummary]:
    return [order_summary(order) for order in orders]


async def _calls(session: AsyncSession, me: Me, extension: str, period: Period) -> list[CallSummary]:
    talked = select(Leg.linkedid).where(
        Leg.endpoint == extension, Leg.role == LegRole.AGENT, Leg.connected_at.is_not(None)
    )
    in_day = Call.started_at >= period[0], Call.started_at < period[1], Call.linkedid.in_(talked)
    calls = (await session.scalars(select(Call).where(*in_day).order_by(Call.started_at.desc()).limit(SHOWN))).all()
    linked = await orders_of(session, [call.linkedid for call in calls])
    return [call_summary(me, call, linked[call.linkedid]) for call in calls]
