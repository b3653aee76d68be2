"""An agent says that he is ready, pauses or leaves: his row and the queue of the PBX follow.

The rows are the truth; after each login to the PBX the queue is made to agree with them, so a restart on either
side changes nobody's state.
"""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus, clock
from core.database import Sessions, transaction
from telephony.control import Control
from telephony.models import Agent, AgentSpell, AgentState


async def set_agent_state(sessions: Sessions, control: Control, extension: str, state: AgentState, reason: str) -> None:
    """Tell the queue first, then store: an agent is shown ready only when calls can reach him."""
    await _tell_queue(control, extension, state, reason)
    async with transaction(sessions) as session:
        agent = await session.get(Agent, extension) or Agent(extension=extension)
        agent.state, agent.reason, agent.since = state, reason or None, clock.now()
        session.add(agent)
        await _begin_spell(session, agent)
        await bus.publish(session, "agent", extension)


async def _begin_spell(session: AsyncSession, agent: Agent) -> None:
    """End the spell that the agent was in, and begin that of his new state."""
    before = AgentSpell.extension == agent.extension, AgentSpell.until.is_(None)
    await session.execute(update(AgentSpell).where(*before).values(until=agent.since))
    session.add(AgentSpell(extension=agent.extension, state=agent.state, reason=agent.reason, since=agent.since))


async def restore_agents(sessions: Sessions, control: Control) -> None:
    """Make the queue agree with the rows; a member that no row knows is left as it is."""
    async with sessions() as session:
        agents = (await session.execute(select(Agent))).scalars().all()
    for agent in agents:
        await _tell_queue(control, agent.extension, agent.state, agent.reason or "")


async def _tell_queue(control: Control, extension: str, state: AgentState, reason: str) -> None:
    if state is AgentState.OFFLINE:
        await control.queue_remove(extension)
        return
    await control.queue_add(extension, paused=state is AgentState.PAUSED)
    if state is AgentState.PAUSED:
        await control.queue_pause(extension, reason or "paused")
    else:
        await control.queue_unpause(extension)
