"""The line at one moment: calls, the queue with waiting times, each agent's state. For the wall and the big screen."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.agent_names import agent_names
from access.accounts.sessions import Me
from access.visibility.calls import orders_of
from core.clock import in_city
from telephony.agents.models import Agent
from telephony.calls.call_state import APART, CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from telephony.figures.counting import TimeBucket, count_calls_by
from telephony.figures.figures import Tally
from telephony.monitoring.line_health import INCIDENTS
from telephony.trouble_kinds import TroubleKind
from web.agent_states import DeskState
from web.calls.presenter import call_summary
from web.calls.schemas import CallSummary
from web.desk.presenter import WAITING, agent_status
from web.http.schemas import Message
from web.status.state import load_troubles
from web.supervision.figures import CallFigures, call_figures

_ORDER = (
    *(DeskState.TALKING, DeskState.RINGING, DeskState.READY),
    *(DeskState.AFTER_CALL_WORK, DeskState.PAUSED, DeskState.OFFLINE),
)


class WallAgent(Message):
    extension: str
    name: str
    """Of the account with this extension; empty: there is none."""
    doing: DeskState
    reason: str
    """Of a pause."""
    since: dt.datetime
    linkedid: str | None
    """The call that rings or goes on there."""


class WallCall(Message):
    call: CallSummary
    since: dt.datetime
    """When it came into what it is in: the queue, the conversation, else when it arrived."""
    agents: list[str]
    """Extensions that are connected."""


class WallAnswer(Message):
    at: dt.datetime
    waiting: list[WallCall]
    """The longest waiting first."""
    talking: list[WallCall]
    other: list[WallCall]
    """Greeting, message, and what is no citizen's call."""
    agents: list[WallAgent]
    """All that are not away, by what they do; then by extension."""


class BoardAnswer(Message):
    """Numbers only: nothing in it names a person."""

    at: dt.datetime
    waiting: int
    longest_since: dt.datetime | None
    """When the longest waiting citizen entered the queue; None: nobody waits."""
    talking: int
    """Citizens in a conversation."""
    ready: int
    agents_talking: int
    """Or ringing."""
    paused: int
    """Wrap-up among them."""
    troubles: list[TroubleKind]
    """Why who calls now might not be answered."""
    today: CallFigures
    """Of the calls that arrived since the city's midnight and have ended (telephony.figures.figures)."""
    hours: list[CallFigures]
    """The same by the hour in which they arrived; hours without a call are left out."""


async def read_wall(session: AsyncSession, me: Me, at: dt.datetime) -> WallAnswer:
    calls = await _live_calls(session)
    linked = await orders_of(session, [call.linkedid for call in calls])
    shown = [
        WallCall(call=call_summary(me, call, linked[call.linkedid]), since=_since(call), agents=_connected(call))
        for call in calls
    ]
    inbound = [one for one in shown if one.call.direction is Direction.INBOUND]
    waiting = sorted((one for one in inbound if one.call.state in WAITING), key=lambda one: one.since)
    talking = [one for one in inbound if one.call.state is CallState.TALKING]
    other = [one for one in shown if one not in waiting and one not in talking]
    return WallAnswer(at=at, waiting=waiting, talking=talking, other=other, agents=await _agents(session, calls))


async def read_board(session: AsyncSession, at: dt.datetime) -> BoardAnswer:
    calls = await _live_calls(session)
    agents = await _agents(session, calls)
    inbound = [call for call in calls if call.direction is Direction.INBOUND]
    waits = [_since(call) for call in inbound if call.state in WAITING]
    doing = [agent.doing for agent in agents]
    midnight = in_city(at).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = await count_calls_by(session, (midnight, at), TimeBucket.HOUR)
    return BoardAnswer(
        at=at,
        waiting=len(waits),
        longest_since=min(waits, default=None),
        talking=sum(call.state is CallState.TALKING for call in inbound),
        ready=doing.count(DeskState.READY),
        agents_talking=doing.count(DeskState.TALKING) + doing.count(DeskState.RINGING),
        paused=doing.count(DeskState.PAUSED) + doing.count(DeskState.AFTER_CALL_WORK),
        troubles=[one.kind for one in await load_troubles(session, at, besides=INCIDENTS)],
        today=call_figures(sum((counted for _, counted in hours), Tally()), None),
        hours=[call_figures(counted, starts_at) for starts_at, counted in hours],
    )


async def _live_calls(session: AsyncSession) -> list[Call]:
    found = select(Call).where(Call.ended_at.is_(None), Call.direction.not_in(APART))
    return list(await session.scalars(found.order_by(Call.started_at)))


async def _agents(session: AsyncSession, calls: list[Call]) -> list[WallAgent]:
    agents = (await session.scalars(select(Agent))).all()
    names = await agent_names(session)
    legs: dict[str, Leg] = {}
    for leg in (leg for call in calls for leg in call.legs if leg.ended_at is None):
        extension = leg.endpoint
        if extension not in legs or leg.connected_at is not None:
            legs[extension] = leg
    now = [agent_now(agent, legs.get(agent.extension), names.get(agent.extension, "")) for agent in agents]
    there = [one for one in now if one.doing is not DeskState.OFFLINE]
    return sorted(there, key=lambda one: (_ORDER.index(one.doing), one.extension))


def agent_now(agent: Agent, leg: Leg | None, name: str) -> WallAgent:
    status = agent_status(agent, leg)
    return WallAgent(
        extension=agent.extension,
        name=name,
        doing=status.state,
        reason=status.reason if status.state is DeskState.PAUSED else "",
        since=status.since or agent.since,
        linkedid=leg.linkedid if leg else None,
    )


def _since(call: Call) -> dt.datetime:
    if call.state is CallState.TALKING:
        return call.answered_at or call.started_at
    return (call.queued_at if call.state in WAITING else None) or call.started_at


def _connected(call: Call) -> list[str]:
    return [
        leg.endpoint
        for leg in call.legs
        if leg.ended_at is None and leg.connected_at is not None and leg.role is LegRole.AGENT
    ]
