"""A ready agent has a telephone that can ring; otherwise the agent is unreachable until it is back.

The queue never rings a telephone that is away. But neither the agent nor anybody who counts on the agent sees that: the
desk says so by this state, and the supervisors' wall, the queue strip and the big screen do not count the agent as
ready.
"""

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.database import Sessions, transaction
from core.errors import HotlineError
from core.jobs import Job, defer
from telephony.agents.models import Agent
from telephony.agents.queue import now_of, phone_of, take_event
from telephony.agents.state import AgentEvent, AgentEventKind, AgentState, decide
from telephony.ami.framing import ManagerEvent
from telephony.calls.channel_names import endpoint_of
from telephony.control.control import Control
from telephony.control.rows import AWAY, parse_device_state

log = structlog.get_logger()

FOLLOW_PHONE = "agents.follow_phone"
AWAY_SECONDS = 15.0
"""A page that is reloaded, or an exchange that starts again, is no absence."""
LOOK_SECONDS = 5.0
PHONE_LOST, PHONE_BACK = AgentEvent(AgentEventKind.PHONE_LOST), AgentEvent(AgentEventKind.PHONE_BACK)


class AgentPhones:
    def __init__(self, sessions: Sessions, control: Control) -> None:
        self._sessions = sessions
        self._control = control
        self._away_since: dict[str, float] = {}
        """By telephone, of those who should be there: the loop's time."""
        self._news = asyncio.Event()

    def handle(self, event: ManagerEvent) -> None:
        """Any manager event: a telephone that goes or comes back is looked at soon."""
        if event.name != "DeviceStateChange":
            return
        if endpoint_of(event.get("Device")) in self._away_since or parse_device_state(event.get("State")) in AWAY:
            self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.check(asyncio.get_running_loop().time())
            except (HotlineError, SQLAlchemyError) as error:
                log.info("agent_phones_not_seen", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()

    async def check(self, now: float) -> None:
        """`now`: the loop's time. Whose telephone went, or came back, gets a job."""
        states = await self._control.device_states()
        async with transaction(self._sessions) as session:
            concerned = select(Agent).where(Agent.state.in_((AgentState.READY, AgentState.UNREACHABLE)))
            agents = (await session.scalars(concerned)).all()
            # One of another exchange's is no device of this one's.
            away = {phone_of(agent) for agent in agents if states.get(phone_of(agent)) in AWAY}
            self._away_since = {phone: self._away_since.get(phone, now) for phone in away}
            long_away = {phone for phone, since in self._away_since.items() if now - since >= AWAY_SECONDS}
            for agent in agents:
                there = phone_of(agent) in states and phone_of(agent) not in away
                seen = PHONE_BACK if there else PHONE_LOST if phone_of(agent) in long_away else None
                if seen is not None and decide(now_of(agent), seen, clock.now()) is not None:
                    # After any state that the agent sets at this very moment, and after another check.
                    lock, key = f"agent-{agent.extension}", f"{FOLLOW_PHONE}:{agent.extension}"
                    arguments = {"extension": agent.extension}
                    await defer(session, Job(FOLLOW_PHONE, queue="line", arguments=arguments, key=key, lock=lock))

    async def follow(self, extension: str) -> None:
        """The job: the agent is unreachable, or ready again, by the telephone's present state."""
        states = await self._control.device_states()
        async with self._sessions() as session:
            agent = await session.get(Agent, extension)
        if agent is None or phone_of(agent) not in states:
            return
        seen = PHONE_LOST if states[phone_of(agent)] in AWAY else PHONE_BACK
        state = await take_event(self._sessions, self._control, extension, seen)
        if state is not None:
            log.info("agent_phone_followed", extension=extension, state=state.value)
