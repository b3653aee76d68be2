"""An agent without a reachable telephone is not shown as ready until it is back."""

from typing import cast

from sqlalchemy import text

from core import clock
from core.database import Sessions, transaction
from telephony.agents.models import Agent, AgentPhone
from telephony.agents.phones import AWAY_SECONDS, FOLLOW_PHONE, AgentPhones
from telephony.agents.queue import take_event
from telephony.agents.state import AgentEvent, AgentEventKind, AgentState
from telephony.ami.framing import ManagerEvent
from telephony.control.control import Control
from telephony.control.rows import DeviceState

AWAY, THERE = DeviceState.UNAVAILABLE, DeviceState.NOT_IN_USE


class FakeControl:
    """An exchange's queue and telephones."""

    def __init__(self, **states: DeviceState) -> None:
        self.states = {name.replace("_", "-").removeprefix("at-"): state for name, state in states.items()}
        self.told: list[str] = []

    async def device_states(self) -> dict[str, DeviceState]:
        return self.states

    async def queue_remove(self, phone: str) -> None:
        pass

    async def queue_add(self, phone: str, *, paused: bool) -> None:
        pass

    async def queue_pause(self, phone: str, reason: str) -> None:
        self.told.append(f"{phone} pauses: {reason}")

    async def queue_unpause(self, phone: str) -> None:
        self.told.append(f"{phone} goes on")


def an_agent(extension: str, state: AgentState = AgentState.READY, reason: str | None = None) -> Agent:
    return Agent(
        extension=extension, state=state, reason=reason, phone=AgentPhone.BROWSER, since=clock.now()
    )  # fmt: skip


async def asked_for(sessions: Sessions) -> set[str]:
    """Whose telephones the line is to look at again."""
    async with sessions() as session:
        found = text("SELECT args->>'extension' FROM procrastinate_jobs WHERE task_name = :name")
        return set((await session.scalars(found, {"name": FOLLOW_PHONE})).all())


async def test_he_is_paused_when_his_telephone_stays_away_and_ready_when_it_is_back(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        session.add_all([an_agent("1001"), an_agent("1002"), an_agent("1003", AgentState.ON_BREAK, "用餐")])
        session.add(an_agent("9001"))
    pbx = FakeControl(at_1001_web=AWAY, at_1002_web=THERE, at_1003_web=AWAY)
    phones = AgentPhones(sessions, cast(Control, pbx))
    await phones.check(100.0)
    await phones.check(100.0 + AWAY_SECONDS - 1)
    assert await asked_for(sessions) == set(), "a page that is reloaded is no absence"
    await phones.check(100.0 + AWAY_SECONDS)
    assert await asked_for(sessions) == {"1001"}

    await phones.follow("1001")
    async with sessions() as session:
        agent = await session.get_one(Agent, "1001")
    assert (agent.state, agent.reason) == (AgentState.UNREACHABLE, None)
    pbx.states["1001-web"] = THERE
    await phones.follow("1001")
    async with sessions() as session:
        agent = await session.get_one(Agent, "1001")
    assert (agent.state, agent.reason) == (AgentState.READY, None)
    assert pbx.told == ["1001-web pauses: unreachable", "1001-web goes on"]
    # Somebody who is not of this exchange.
    await phones.follow("9001")
    assert len(pbx.told) == 2


async def test_a_telephone_that_goes_is_looked_at_at_once_and_calls_at_others_are_not(sessions: Sessions) -> None:
    phones = AgentPhones(sessions, cast(Control, FakeControl()))
    for state in ("RINGING", "INUSE", "NOT_INUSE"):
        phones.handle(ManagerEvent("DeviceStateChange", {"Device": "PJSIP/1002-web", "State": state}))
    assert not phones._news.is_set()
    phones.handle(ManagerEvent("DeviceStateChange", {"Device": "PJSIP/1002-web", "State": "UNAVAILABLE"}))
    assert phones._news.is_set()


async def test_a_first_pause_leaves_the_telephone_in_the_browser(sessions: Sessions) -> None:
    """A new agent's first practice: afterwards the page must still be the agent's telephone."""
    pbx = cast(Control, FakeControl())
    await take_event(sessions, pbx, "1007", AgentEvent(AgentEventKind.PAUSE, "练习"))
    await take_event(sessions, pbx, "1008", AgentEvent(AgentEventKind.READY))
    async with sessions() as session:
        assert (await session.get_one(Agent, "1007")).phone is AgentPhone.BROWSER
        assert (await session.get_one(Agent, "1008")).phone is AgentPhone.TELEPHONE


class LateControl(FakeControl):
    """While the queue is set for one event, another one is stored."""

    def __init__(self, sessions: Sessions, said: AgentEventKind) -> None:
        super().__init__()
        self._sessions = sessions
        self._said: AgentEventKind | None = said

    async def queue_add(self, phone: str, *, paused: bool) -> None:
        said, self._said = self._said, None
        if said is not None:
            await take_event(self._sessions, cast(Control, self), "1004", AgentEvent(said, "用餐"))


async def test_what_an_agent_says_while_his_after_call_work_begins_is_not_overwritten(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        session.add(an_agent("1004"))
    pbx = LateControl(sessions, AgentEventKind.PAUSE)
    ended = AgentEvent(AgentEventKind.CALL_ENDED)
    assert await take_event(sessions, cast(Control, pbx), "1004", ended) is None
    async with sessions() as session:
        agent = await session.get_one(Agent, "1004")
    assert (agent.state, agent.reason) == (AgentState.ON_BREAK, "用餐")
    assert pbx.told[-1] == "1004-web pauses: on_break"
