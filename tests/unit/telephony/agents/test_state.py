"""What becomes of an agent in each state with each event."""

import datetime as dt

import pytest

from telephony.agents.state import (
    BACK_WITHIN,
    TABLE,
    WISHES,
    AgentEvent,
    AgentEventKind,
    AgentNow,
    AgentState,
    decide,
)

AT = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(seconds=40)
OFFLINE, READY, ON_BREAK, AFTER_CALL_WORK, UNREACHABLE, MISSED_CALLS = AgentState

BECOMES = """
               offline   ready         on_break  after_call_work   unreachable  missed_calls
ready          ready     ready         ready     ready     ready        ready
pause          on_break  on_break      on_break  on_break  on_break     on_break
sign_out       offline   offline       offline   offline   offline      offline
call_ended     -         after_call_work       -         after_call_work   -            -
after_call_work_over   -         -             -         ready     -            -
phone_lost     -         unreachable   -         -         -            -
phone_back     -         -             -         -         ready        -
calls_missed   -         missed_calls  -         -         -            -
"""


def rows() -> list[tuple[AgentState, AgentEventKind, AgentState | None]]:
    head, *lines = [line.split() for line in BECOMES.strip().splitlines()]
    return [
        (AgentState(state), AgentEventKind(line[0]), None if becomes == "-" else AgentState(becomes))
        for line in lines
        for state, becomes in zip(head, line[1:], strict=True)
    ]


def now(state: AgentState) -> AgentNow:
    return AgentNow(state, AT, "用餐" if state is ON_BREAK else "")


@pytest.mark.parametrize(("state", "kind", "becomes"), rows())
def test_each_event_in_each_state(state: AgentState, kind: AgentEventKind, becomes: AgentState | None) -> None:
    after = decide(now(state), AgentEvent(kind, "小休", began_at=AT), LATER)
    assert (after and after.state) == becomes
    if after is not None:
        assert after == AgentNow(after.state, LATER, "小休" if after.state is ON_BREAK else "")


def test_the_table_above_knows_every_state_and_every_event() -> None:
    assert {(state, kind) for state, kind, _ in rows()} == {(s, k) for s in AgentState for k in AgentEventKind}
    assert set(TABLE) == set(AgentState)


def test_an_earlier_after_call_work_that_is_over_does_not_end_this_one() -> None:
    earlier = AgentEvent(AgentEventKind.AFTER_CALL_WORK_OVER, began_at=AT - dt.timedelta(seconds=1))
    assert decide(now(AFTER_CALL_WORK), earlier, LATER) is None


@pytest.mark.parametrize(("away", "becomes"), [(BACK_WITHIN, READY), (BACK_WITHIN + dt.timedelta.resolution, None)])
def test_who_comes_back_after_a_long_time_says_himself_that_he_is_ready(
    away: dt.timedelta, becomes: AgentState | None
) -> None:
    after = decide(now(UNREACHABLE), AgentEvent(AgentEventKind.PHONE_BACK), AT + away)
    assert (after and after.state) is becomes


def test_the_words_of_a_reason_decide_nothing() -> None:
    for words in ("话后整理", "after_call_work", "电话没有接通", "连续未接"):
        said = AgentNow(ON_BREAK, AT, words)
        for kind in set(AgentEventKind) - set(WISHES.values()):
            assert decide(said, AgentEvent(kind, began_at=AT), LATER) is None


def test_each_wish_of_the_api_is_obeyed_in_every_state() -> None:
    assert set(WISHES) == {"ready", "paused", "offline"}
    for state in AgentState:
        assert all(decide(now(state), AgentEvent(kind), LATER) is not None for kind in WISHES.values())
