"""An agent's activity, from the state that the agent set and from the call at the telephone."""

import datetime as dt

import pytest

from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.calls.models import Leg
from web.agent_states import DeskState
from web.desk.presenter import agent_status
from web.labels import agent_words

AT = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(seconds=9)


def agent(state: AgentState, reason: str | None = None) -> Agent:
    return Agent(extension="1001", state=state, reason=reason, since=AT)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (None, DeskState.OFFLINE),
        (agent(AgentState.OFFLINE), DeskState.OFFLINE),
        (agent(AgentState.READY), DeskState.READY),
        (agent(AgentState.ON_BREAK, "小休"), DeskState.PAUSED),
        (agent(AgentState.ON_BREAK, "话后整理"), DeskState.PAUSED),
        (agent(AgentState.UNREACHABLE), DeskState.PAUSED),
        (agent(AgentState.MISSED_CALLS), DeskState.PAUSED),
        (agent(AgentState.AFTER_CALL_WORK), DeskState.AFTER_CALL_WORK),
    ],
)
def test_without_a_call_he_does_what_he_said(said: Agent | None, state: DeskState) -> None:
    assert agent_status(said, None).state is state


def test_a_call_at_his_telephone_counts_more() -> None:
    rings = Leg(started_at=LATER, connected_at=None)
    talks = Leg(started_at=AT, connected_at=LATER)
    paused = agent(AgentState.ON_BREAK, "小休")
    assert agent_status(paused, rings) == agent_status(None, rings)
    assert (agent_status(paused, rings).state, agent_status(paused, rings).since) == (DeskState.RINGING, LATER)
    assert (agent_status(paused, talks).state, agent_status(paused, talks).since) == (DeskState.TALKING, LATER)


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        (agent(AgentState.READY), "", "就绪"),
        (agent(AgentState.ON_BREAK, "小休"), "小休", "暂停（小休）"),
        (agent(AgentState.AFTER_CALL_WORK), "话后整理", "暂停（话后整理）"),
        (agent(AgentState.UNREACHABLE), "电话没有接通", "暂停（电话没有接通）"),
        (agent(AgentState.MISSED_CALLS), "连续未接", "暂停（连续未接）"),
        (agent(AgentState.OFFLINE), "", "离席"),
    ],
)
def test_every_pause_says_why(said: Agent, reason: str, words: str) -> None:
    assert agent_status(said, None).reason == reason
    assert agent_words(said.state, said.reason) == words
