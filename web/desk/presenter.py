"""What an agent's desk shows of the line: the agent's own state, the queue, the colleagues."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.agent_names import agent_names
from dispatch.orders.models import BEGUN_IN, Order, OrderCall
from dispatch.workflow import State
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.calls.call_state import CallState, Direction
from telephony.calls.models import Call, Leg
from web.agent_states import AS_SHOWN, DeskState
from web.labels import why_paused

UNREGISTERED_FOR = dt.timedelta(days=3)
"""Older drafts are the coordinator's, in the list of orders."""
MOST_SHOWN = 5
WAITING = (CallState.QUEUED, CallState.RINGING)


@dataclass(frozen=True)
class AgentStatus:
    """One agent at one moment."""

    state: DeskState
    since: dt.datetime | None
    """None: the agent has never set a state."""
    reason: str = ""


@dataclass(frozen=True)
class Colleague:
    extension: str
    name: str
    status: AgentStatus


@dataclass(frozen=True)
class Strip:
    waiting: int
    waiting_since: dt.datetime | None
    """Of the citizen who has waited longest."""
    colleagues: list[Colleague]
    """Everybody who is signed in, by extension."""
    ready: int

    def without(self, extension: str) -> "Strip":
        """As this agent sees it, with the others as colleagues."""
        return replace(self, colleagues=[one for one in self.colleagues if one.extension != extension])


@dataclass(frozen=True)
class Unregistered:
    """A call that is over and whose order is still a draft."""

    linkedid: str
    number: str
    title: str
    received_at: dt.datetime


def agent_status(agent: Agent | None, leg: Leg | None) -> AgentStatus:
    """A call at the telephone counts more than the state that the agent set."""
    if leg is not None and leg.connected_at is not None:
        return AgentStatus(DeskState.TALKING, leg.connected_at)
    if leg is not None:
        return AgentStatus(DeskState.RINGING, leg.started_at)
    if agent is None:
        return AgentStatus(DeskState.OFFLINE, None)
    return AgentStatus(AS_SHOWN[agent.state], agent.since, why_paused(agent.state, agent.reason))


async def find_leg_at(session: AsyncSession, extension: str) -> Leg | None:
    """The leg that rings or talks at this agent's telephone now; the latest, if there are several."""
    return (await _legs_at(session, [extension])).get(extension)


async def unregistered_at(session: AsyncSession, extension: str, *, at: dt.datetime) -> list[Unregistered]:
    """Calls that this agent answered recently, neither registered, answered nor discarded yet; the latest first."""
    found = (
        select(Call.linkedid, Order.number, Order.title, Order.received_at)
        .join(OrderCall, OrderCall.order_id == Order.id)
        .join(Call, Call.linkedid == OrderCall.linkedid)
        .where(
            Order.state == State.DRAFT,
            Order.received_at > at - UNREGISTERED_FOR,
            OrderCall.purpose.in_(BEGUN_IN),
            Call.answered_by == extension,
            Call.ended_at.is_not(None),
        )
        .order_by(Order.received_at.desc())
        .limit(MOST_SHOWN)
    )
    return [Unregistered(*row) for row in await session.execute(found)]


async def last_linkedid_at(session: AsyncSession, extension: str) -> str | None:
    """The call that this agent talked in last."""
    return await session.scalar(
        select(Leg.linkedid)
        .where(Leg.endpoint == extension, Leg.connected_at.is_not(None), Leg.ended_at.is_not(None))
        .order_by(Leg.ended_at.desc())
        .limit(1)
    )


async def read_strip(session: AsyncSession) -> Strip:
    """The queue, and everybody who is signed in."""
    waiting, since = (
        await session.execute(
            select(func.count(), func.min(Call.queued_at)).where(
                Call.ended_at.is_(None), Call.direction == Direction.INBOUND, Call.state.in_(WAITING)
            )
        )
    ).one()
    agents = (await session.scalars(select(Agent).where(Agent.state != AgentState.OFFLINE))).all()
    names = await agent_names(session)
    legs = await _legs_at(session, [agent.extension for agent in agents])
    everybody = [
        Colleague(
            agent.extension, names.get(agent.extension, agent.extension), agent_status(agent, legs.get(agent.extension))
        )
        for agent in agents
    ]
    return Strip(
        waiting=waiting,
        waiting_since=since,
        colleagues=sorted(everybody, key=lambda one: one.extension),
        ready=sum(one.status.state is DeskState.READY for one in everybody),
    )


async def _legs_at(session: AsyncSession, extensions: Sequence[str]) -> dict[str, Leg]:
    rows = await session.scalars(
        select(Leg)
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Call.ended_at.is_(None), Leg.ended_at.is_(None), Leg.endpoint.in_(extensions))
        .order_by(Leg.started_at)
    )
    return {leg.endpoint: leg for leg in rows}
