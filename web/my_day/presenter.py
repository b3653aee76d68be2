"""An agent's own day: calls, times, orders registered, and what came back of orders that the agent registered."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.accounts.sessions import Me
from access.visibility.calls import orders_of
from core.clock import CITY_ZONE
from dispatch.orders.models import CallPurpose, Order, OrderStep, Reply
from dispatch.workflow import State, Step
from telephony.agents.models import AgentSpell
from telephony.agents.state import AgentState
from telephony.calls.call_state import LegRole
from telephony.calls.models import Call, Leg
from telephony.figures.counting import Period, count_agents, counted
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
class Rang:
    """The agent's telephone in one call."""

    at: dt.datetime
    seconds: float
    """Of talk; where it was not taken, of ringing."""
    call: CallSummary


@dataclass(frozen=True)
class Spell:
    """The part of a state that lies in the period."""

    state: AgentState
    reason: str | None
    since: dt.datetime
    until: dt.datetime

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True)
class MyDay:
    tally: AgentTally
    taken: list[Rang]
    """Behind the figures of the line: calls of citizens that are over, the latest first."""
    missed: list[Rang]
    others: list[CallSummary]
    """Talked in, but in no figure: outside calls, and one that still lasts."""
    spells: list[Spell]
    registered: list[OrderSummary]
    came_back: dict[CameBack, list[OrderSummary]]


def whole_day(day: dt.date) -> Period:
    begin = dt.datetime.combine(day, dt.time(), CITY_ZONE)
    return begin, begin + dt.timedelta(days=1)


async def load_my_day(session: AsyncSession, me: Me, extension: str, period: Period, at: dt.datetime) -> MyDay:
    """Of a day or a shift. What came back counts when it came back, whenever the order was registered."""
    tallies = {one.extension: one for one in await count_agents(session, period)}
    registered = _mine(me, OrderStep.at >= period[0], OrderStep.at < period[1])
    rang = await _rang(session, me, extension, period)
    return MyDay(
        tally=tallies.get(extension, AgentTally(extension)),
        taken=[one for one, taken in rang if taken],
        missed=[one for one, taken in rang if not taken],
        others=await _others(session, me, extension, period),
        spells=await _spells(session, extension, period, at),
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


async def _rang(session: AsyncSession, me: Me, extension: str, period: Period) -> list[tuple[Rang, bool]]:
    """Each time that this telephone rang for a citizen, and whether it was taken: as the figures count it."""
    query = (
        select(Leg, Call)
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.endpoint == extension, Leg.role == LegRole.AGENT, *counted(period))
        .order_by(Leg.started_at.desc())
        .limit(SHOWN)
    )
    rows = (await session.execute(query)).all()
    linked = await orders_of(session, [call.linkedid for _, call in rows])
    return [(_leg(me, leg, call, linked[call.linkedid]), leg.connected_at is not None) for leg, call in rows]


def _leg(me: Me, leg: Leg, call: Call, linked: Sequence[tuple[Order, CallPurpose]]) -> Rang:
    began, ended = leg.connected_at or leg.started_at, leg.ended_at or call.ended_at
    lasted = (ended - began).total_seconds() if ended else 0.0
    return Rang(leg.started_at, lasted, call_summary(me, call, linked))


async def _others(session: AsyncSession, me: Me, extension: str, period: Period) -> list[CallSummary]:
    talked = select(Leg.linkedid).where(
        Leg.endpoint == extension, Leg.role == LegRole.AGENT, Leg.connected_at.is_not(None)
    )
    inside = Call.started_at >= period[0], Call.started_at < period[1], Call.linkedid.in_(talked)
    query = select(Call).where(*inside, not_(and_(*counted(period)))).order_by(Call.started_at.desc()).limit(SHOWN)
    calls = (await session.scalars(query)).all()
    linked = await orders_of(session, [call.linkedid for call in calls])
    return [call_summary(me, call, linked[call.linkedid]) for call in calls]


async def _spells(session: AsyncSession, extension: str, period: Period, at: dt.datetime) -> list[Spell]:
    query = select(AgentSpell).where(
        AgentSpell.extension == extension,
        AgentSpell.state != AgentState.OFFLINE,
        AgentSpell.since < period[1],
        or_(AgentSpell.until.is_(None), AgentSpell.until > period[0]),
    )
    rows = await session.scalars(query.order_by(AgentSpell.since.desc()).limit(SHOWN))
    return [
        Spell(row.state, row.reason, max(row.since, period[0]), min(row.until or at, period[1], at)) for row in rows
    ]
