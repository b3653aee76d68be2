"""After a call an agent gets a while for its papers: a pause that ends by itself (话后整理).

It begins when the queue says that his call is over (AgentComplete), and only for who was ready. A job ends it; it does
nothing when he has said anything else of himself meanwhile. While this process is away nobody gets one: the queue
rings on, as it must.
"""

import datetime as dt

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Sessions
from core.errors import HotlineError
from core.jobs import Job, defer
from core.tasks import spawn
from hotline.agents import set_agent_state
from telephony.ami import ManagerEvent
from telephony.control import Control
from telephony.endpoints import endpoint_of, person_of
from telephony.models import Agent, AgentState
from telephony.watching import WRAP_UP

log = structlog.get_logger()

END_WRAP_UP = "agents.end_wrap_up"


class WrapUps:
    """`seconds` 0: there is none."""

    def __init__(self, sessions: Sessions, control: Control, seconds: int) -> None:
        self._sessions = sessions
        self._control = control
        self._seconds = seconds

    def handle(self, event: ManagerEvent) -> None:
        """Any manager event. The deed runs beside: who hands events on must not wait for the PBX's answer."""
        if event.name == "AgentComplete" and self._seconds:
            spawn(self._begin(agent_of(event)), name="wrap-up")

    async def _begin(self, extension: str) -> None:
        try:
            await self.begin(extension)
        except (HotlineError, SQLAlchemyError) as error:
            log.warning("no_wrap_up", extension=extension, error=str(error))

    async def begin(self, extension: str) -> None:
        async with self._sessions() as session:
            agent = await session.get(Agent, extension)
        if agent is None or agent.state is not AgentState.READY:
            return
        await set_agent_state(
            self._sessions, self._control, extension, AgentState.PAUSED, WRAP_UP, also=self._defer_end
        )

    async def _defer_end(self, session: AsyncSession, agent: Agent) -> None:
        run_at = agent.since + dt.timedelta(seconds=self._seconds)
        arguments = {"extension": agent.extension, "since": agent.since.isoformat()}
        await defer(
            session, Job(END_WRAP_UP, queue="line", arguments=arguments, run_at=run_at, lock=f"agent-{agent.extension}")
        )

    async def end(self, extension: str, since: str) -> None:
        """Back to ready, unless the agent has left that very wrap-up."""
        async with self._sessions() as session:
            agent = await session.get(Agent, extension)
        if agent is None or not in_wrap_up(agent) or agent.since != dt.datetime.fromisoformat(since):
            return
        await set_agent_state(self._sessions, self._control, extension, AgentState.READY, "")
        log.info("wrap_up_ended", extension=extension, after_seconds=(clock.now() - agent.since).total_seconds())


def in_wrap_up(agent: Agent) -> bool:
    return agent.state is AgentState.PAUSED and agent.reason == WRAP_UP


def agent_of(event: ManagerEvent) -> str:
    """The extension behind a queue event; members are PJSIP interfaces without a channel's suffix."""
    endpoint = endpoint_of(event.get("Interface"))
    return person_of(f"PJSIP/{endpoint}")
