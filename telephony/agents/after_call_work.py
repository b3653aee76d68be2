"""After a call an agent gets a while for what it leaves to do (after-call work), which ends by itself.

It begins when the agent's leg of a citizen's call ends, even if the citizen's call continues, and only for an agent who
was ready. A job ends it; it does nothing when the agent has changed state meanwhile. While this process is away nobody
gets one: the queue rings on, as it must.
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
from telephony.agents.models import Agent
from telephony.agents.queue import take_event
from telephony.agents.state import AgentEvent, AgentEventKind
from telephony.ami.framing import ManagerEvent
from telephony.calls.call_state import Direction, LegRole
from telephony.calls.channel_names import person_of, role_of
from telephony.calls.models import Call
from telephony.control.control import Control

log = structlog.get_logger()

END_AFTER_CALL_WORK = "agents.end_after_call_work"


class AfterCallWork:
    """`seconds` 0: there is none."""

    def __init__(self, sessions: Sessions, control: Control, seconds: int) -> None:
        self._sessions = sessions
        self._control = control
        self._seconds = seconds

    def handle(self, event: ManagerEvent) -> None:
        """Any manager event. The pause is made in the background: the event loop must not wait for the PBX's answer."""
        extension = talked_at(event)
        if extension and self._seconds:
            spawn(self._begin(extension, event.get("Linkedid")), name="after-call work")

    async def _begin(self, extension: str, linkedid: str) -> None:
        try:
            await self.begin(extension, linkedid)
        except (HotlineError, SQLAlchemyError) as error:
            log.warning("no_after_call_work", extension=extension, error=str(error))

    async def begin(self, extension: str, linkedid: str) -> None:
        async with self._sessions() as session:
            call = await session.get(Call, linkedid)
        if call is None or call.direction is not Direction.INBOUND:
            return
        ended = AgentEvent(AgentEventKind.CALL_ENDED)
        await take_event(self._sessions, self._control, extension, ended, also=self._defer_end)

    async def _defer_end(self, session: AsyncSession, agent: Agent) -> None:
        run_at = agent.since + dt.timedelta(seconds=self._seconds)
        arguments = {"extension": agent.extension, "since": agent.since.isoformat()}
        # Without the agent's lock: a job scheduled for later would block the agent's own changes until then.
        await defer(session, Job(END_AFTER_CALL_WORK, queue="line", arguments=arguments, run_at=run_at))

    async def end(self, extension: str, since: str) -> None:
        """Back to ready, unless the agent has left that very after-call work."""
        began_at = dt.datetime.fromisoformat(since)
        over = AgentEvent(AgentEventKind.AFTER_CALL_WORK_OVER, began_at=began_at)
        if await take_event(self._sessions, self._control, extension, over) is not None:
            log.info(
                "after_call_work_ended", extension=extension, after_seconds=(clock.now() - began_at).total_seconds()
            )


def talked_at(event: ManagerEvent) -> str:
    """The extension whose leg has just ended after it was answered; empty: the event says nothing of the kind.

    A call that the agent began has the agent's uniqueid for its linkedid.
    """
    if event.name != "Hangup" or event.get("ChannelStateDesc") != "Up":
        return ""
    if event.get("Uniqueid") == event.get("Linkedid"):
        return ""
    person = person_of(event.get("Channel"))
    return person if role_of(person) is LegRole.AGENT else ""
