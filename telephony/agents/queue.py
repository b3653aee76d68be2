"""Applies an event to an agent: the agent's row and the queue of the PBX follow what telephony.agents.state decides.

The rows are the truth; after each login to the PBX the queue is made to agree with them, so a restart on either
side changes nobody's state. The queue gets the state's word as the reason of a pause, never somebody's own words:
the probe sees by it who is in after-call work, also while the database is away (telephony.monitoring.line_health).
"""

import datetime as dt
from collections.abc import Awaitable, Callable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus, clock
from core.database import Sessions, transaction
from telephony.agents.models import Agent, AgentPhone, AgentSpell
from telephony.agents.state import AgentEvent, AgentNow, AgentState, decide
from telephony.calls.channel_names import browser_endpoint
from telephony.control.control import Control

_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


async def take_event(
    sessions: Sessions,
    control: Control,
    extension: str,
    event: AgentEvent,
    phone: AgentPhone | None = None,
    *,
    also: Callable[[AsyncSession, Agent], Awaitable[object]] | None = None,
) -> AgentState | None:
    """The agent's new state; None: nothing changes. The queue is set first, then it is stored: an agent is shown ready
    only when calls can arrive. Where another event has changed the state meanwhile, it is decided again.

    `phone` None: as before. `also` is done in the transaction that stores it.
    """
    queue_set = False
    while True:
        async with sessions() as session:
            known = await session.get(Agent, extension)
        before = now_of(known)
        after = decide(before, event, clock.now())
        if after is None:
            if queue_set:
                await _set_queue(control, extension, known.phone if known else AgentPhone.BROWSER, before.state)
            return None
        at = phone or (known.phone if known else _first_phone(after.state))
        await _set_queue(control, extension, at, after.state)
        queue_set = True
        async with transaction(sessions) as session:
            agent = await session.get(Agent, extension, with_for_update=True)
            if now_of(agent) != before:
                continue
            agent = agent or Agent(extension=extension)
            agent.state, agent.reason, agent.since, agent.phone = after.state, after.reason or None, clock.now(), at
            session.add(agent)
            await _begin_spell(session, agent)
            if also is not None:
                await also(session, agent)
            await bus.publish(session, "agent", extension)
        return after.state


def now_of(agent: Agent | None) -> AgentNow:
    """None: never signed in."""
    if agent is None:
        return AgentNow(AgentState.OFFLINE, _NEVER)
    return AgentNow(agent.state, agent.since, agent.reason or "")


def _first_phone(state: AgentState) -> AgentPhone:
    """Of an agent who has never said which: an agent who gets ready without a browser sits at a telephone; a pause that
    others or a practice make must leave the browser's telephone as the desk shows it (web.desk.agent_views.current).
    """
    return AgentPhone.TELEPHONE if state is AgentState.READY else AgentPhone.BROWSER


async def _begin_spell(session: AsyncSession, agent: Agent) -> None:
    """End the agent's present spell, and begin that of the new state."""
    before = AgentSpell.extension == agent.extension, AgentSpell.until.is_(None)
    await session.execute(update(AgentSpell).where(*before).values(until=agent.since))
    session.add(AgentSpell(extension=agent.extension, state=agent.state, reason=agent.reason, since=agent.since))


async def restore_agents(sessions: Sessions, control: Control) -> None:
    """Make the queue agree with the rows; a member that no row knows is left as it is.

    An exchange that has just started takes phones for away until it asks them, which it spreads over half a minute,
    and asks whoever calls meanwhile for a message: so the phones of those who are signed in are asked at once.
    """
    async with sessions() as session:
        agents = (await session.execute(select(Agent))).scalars().all()
    for agent in agents:
        await _set_queue(control, agent.extension, agent.phone, agent.state)
        if agent.state is not AgentState.OFFLINE:
            await control.qualify(phone_of(agent))


def phone_of(agent: Agent) -> str:
    """The telephone that the queue rings for the agent: 1001, or 1001-web."""
    return browser_endpoint(agent.extension) if agent.phone is AgentPhone.BROWSER else agent.extension


async def _set_queue(control: Control, extension: str, phone: AgentPhone, state: AgentState) -> None:
    here, other = extension, browser_endpoint(extension)
    if phone is AgentPhone.BROWSER:
        here, other = other, here
    await control.queue_remove(other)
    if state is AgentState.OFFLINE:
        await control.queue_remove(here)
        return
    await control.queue_add(here, paused=state.is_pause)
    if state.is_pause:
        await control.queue_pause(here, state.value)
    else:
        await control.queue_unpause(here)
