"""The figures of the line: the database counts what the definitions say, and real calls give the right ones."""

import csv
import datetime as dt
import random
from pathlib import Path

import pytest
from sqlalchemy import delete

from core.clock import CITY_ZONE
from core.database import Sessions, transaction
from telephony.agents.models import AgentSpell
from telephony.agents.state import AgentState
from telephony.calls.call import fold
from telephony.calls.call_state import CallPicture, CallState, Direction, LegRole, Outcome
from telephony.calls.events import fact_from_row
from telephony.calls.models import Call, Leg
from telephony.figures.counting import TimeBucket, count_agents, count_calls, count_calls_by
from telephony.figures.figures import CallTimes, Tally, tally

CEL = Path(__file__).parents[3] / "samples/cel"
MIDNIGHT = dt.datetime(2026, 11, 20, tzinfo=CITY_ZONE)
DAY = (MIDNIGHT, MIDNIGHT + dt.timedelta(days=1))


def after(seconds: float) -> dt.datetime:
    return MIDNIGHT + dt.timedelta(seconds=seconds)


def row(linkedid: str, call: CallTimes, direction: Direction = Direction.INBOUND) -> Call:
    return Call(
        linkedid=linkedid, pbx="figures", direction=direction, state=CallState.ENDED, outcome=call.outcome,
        caller_number="", caller_name="", called_number="12345", started_at=call.started_at,
        queued_at=call.queued_at, answered_at=call.answered_at, ended_at=call.ended_at, acted_on=[],
        survey_asked_at=call.ended_at if call.survey_asked else None, survey_key=call.survey_key,
    )  # fmt: skip


def made_up(chance: random.Random) -> CallTimes:
    """Any call that a machine could state, its times in order."""
    started = chance.uniform(0, 86_399)
    queued = started + chance.uniform(0, 15) if chance.random() < 0.8 else None
    answered = None
    outcome = chance.choice(list(Outcome))
    if outcome is Outcome.ANSWERED or (outcome is Outcome.TRANSFERRED_OUT and chance.random() < 0.7):
        answered = (queued or started) + chance.choice([14.9, 15.0, 15.1, 20.0, chance.uniform(0, 60)])
    ended = (answered or queued or started) + chance.choice([0.5, 5.0, 5.1, chance.uniform(0, 600)])
    asked = answered is not None and chance.random() < 0.6
    key = chance.choice([None, "1", "3", "4", "5"]) if asked else None
    times = (after(started), queued and after(queued), answered and after(answered), after(ended))
    return CallTimes(outcome, *times, asked, key)


@pytest.fixture(autouse=True)
async def empty(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        for kind in (Leg, Call, AgentSpell):
            await session.execute(delete(kind))


def alike(one: Tally, other: Tally) -> None:
    for name, value in vars(one).items():
        assert value == pytest.approx(getattr(other, name), abs=0.01), name


@pytest.mark.parametrize("seed", range(6))
async def test_the_database_counts_what_the_definitions_say_and_outcomes_sum_to_calls(
    sessions: Sessions, seed: int
) -> None:
    chance = random.Random(seed)
    calls = [made_up(chance) for _ in range(chance.choice([0, 1, 40, 200]))]
    async with transaction(sessions) as session:
        session.add_all(row(f"figures-{number}.1", call) for number, call in enumerate(calls))
        if calls:
            session.add(row("figures-watch.1", calls[0], Direction.PROBE))
            session.add(row("figures-dispatch.1", calls[0], Direction.DISPATCH))
    async with sessions() as session:
        counted = await count_calls(session, DAY)
        hours = await count_calls_by(session, DAY, TimeBucket.HOUR)
        days = await count_calls_by(session, DAY, TimeBucket.DAY)
    alike(counted, tally(calls))
    assert sum(getattr(counted, str(outcome)) for outcome in Outcome) == counted.calls == len(calls)
    alike(sum((one for _, one in hours), Tally()), counted)
    assert [start for start, _ in days] == ([MIDNIGHT] if calls else [])
    for start, one in hours:
        within = [call for call in calls if start <= call.started_at < start + dt.timedelta(hours=1)]
        alike(one, tally(within))


async def test_no_calls_is_no_rate_and_not_nought_per_cent() -> None:
    nothing = tally([])
    assert (nothing.connect_rate, nothing.service_level, nothing.mean_wait_seconds) == (None, None, None)
    only_short = tally([CallTimes(Outcome.ABANDONED, after(0), None, None, after(3))])
    assert (only_short.abandon_rate, only_short.abandon_rate_without_short) == (1.0, None)


def lines(name: str) -> list[list[str]]:
    return list(csv.reader((CEL / f"{name}.csv").read_text().splitlines()))


def real(name: str) -> CallPicture:
    """A real call as Asterisk wrote it."""
    facts = [fact_from_row(line) for line in lines(name)]
    picture, _, unexpected = fold(facts)
    assert picture is not None
    assert not unexpected
    return picture


def times(picture: CallPicture) -> CallTimes:
    assert picture.outcome
    assert picture.ended_at
    return CallTimes(
        picture.outcome, picture.started_at, picture.queued_at, picture.answered_at, picture.ended_at,
        picture.survey_asked_at is not None, picture.survey_key or None,
    )  # fmt: skip


REAL = {
    "answered": "answered", "answered-agent-hangs-up": "answered", "survey-key-pressed": "answered",
    "first-agent-does-not-answer": "answered",
    "two-agents-ring": "answered", "attended-transfer": "answered", "blind-transfer-to-agent": "answered",
    "hold-and-unhold": "answered", "abandoned-in-queue": "abandoned", "hung-up-in-greeting": "abandoned",
    "message-left": "message_left", "message-left-by-hanging-up": "message_left", "message-by-key": "message_left",
    "callback-asked": "callback_asked", "callback-asked-number-withheld": "callback_asked",
    "transferred-to-110": "transferred_out",
}  # fmt: skip


async def test_real_calls_are_counted_each_once_under_its_true_outcome() -> None:
    counted = tally(times(real(name)) for name in REAL)
    assert counted.calls == len(REAL)
    for outcome in Outcome:
        assert getattr(counted, str(outcome)) == list(REAL.values()).count(outcome), outcome


async def test_a_real_calls_wait_is_from_the_queue_to_the_bridge() -> None:
    picture = real("first-agent-does-not-answer")
    counted = tally([times(picture)])
    rows = lines("first-agent-does-not-answer")
    queue = next(float(line[1]) for line in rows if line[0] == "APP_START" and line[11] == "Queue")
    bridged = [float(line[1]) for line in rows if line[0] == "BRIDGE_ENTER"]
    assert counted.mean_wait_seconds == pytest.approx(bridged[1] - queue, abs=0.001)
    assert (counted.within_15, counted.within_20, counted.connect_rate) == (1, 1, 1.0)
    arrival = float(rows[0][1])
    assert counted.mean_arrival_to_answer_seconds == pytest.approx(bridged[1] - arrival, abs=0.001)


async def test_who_hangs_up_in_the_greeting_is_a_short_abandonment() -> None:
    counted = tally([times(real("hung-up-in-greeting")), times(real("answered"))])
    assert (counted.abandoned, counted.short_abandoned) == (1, 1)
    assert (counted.connect_rate, counted.connect_rate_without_short) == (0.5, 1.0)
    assert (counted.abandon_rate, counted.abandon_rate_without_short) == (0.5, 0.0)


async def test_each_agent_is_credited_with_his_own_leg_and_his_own_after_call_work(sessions: Sessions) -> None:
    call = CallTimes(Outcome.ANSWERED, after(100), after(110), after(125), after(200), True, "4")
    first = {"linkedid": "figures-1.1", "role": LegRole.AGENT, "channel": "x"}
    async with transaction(sessions) as session:
        session.add(row("figures-1.1", call))
        await session.flush()
        session.add_all(
            [
                Leg(uniqueid="a", endpoint="1001", started_at=after(110), ended_at=after(120), **first),
                Leg(
                    uniqueid="b", endpoint="1002", started_at=after(120), connected_at=after(125),
                    ended_at=after(165), **first,
                ),
                Leg(
                    uniqueid="c", endpoint="1003", started_at=after(160), connected_at=after(165),
                    ended_at=after(200), **first,
                ),
                AgentSpell(extension="1002", state=AgentState.READY, reason=None, since=after(-50), until=after(165)),
                AgentSpell(
                    extension="1002", state=AgentState.AFTER_CALL_WORK, reason=None, since=after(165), until=after(195)
                ),
                AgentSpell(
                    extension="1002", state=AgentState.ON_BREAK, reason="用餐", since=after(195), until=after(495)
                ),
                AgentSpell(extension="1002", state=AgentState.OFFLINE, reason=None, since=after(495), until=None),
            ]
        )  # fmt: skip
    async with sessions() as session:
        agents = {agent.extension: agent for agent in await count_agents(session, DAY)}
        counted = await count_calls(session, DAY)
    assert {name: (one.rang, one.taken, one.missed) for name, one in agents.items()} == {
        "1001": (1, 0, 1),
        "1002": (1, 1, 0),
        "1003": (1, 1, 0),
    }
    assert (agents["1002"].talked_seconds, agents["1003"].talked_seconds) == (40, 35)
    assert (agents["1002"].ready_seconds, agents["1002"].after_call_work_seconds) == (165, 30)
    assert agents["1002"].paused_seconds == 300
    assert agents["1002"].mean_handling_seconds == 70
    assert {name: (one.answered, one.within_15, one.mean_wait_seconds) for name, one in agents.items()} == {
        "1001": (0, 0, None),
        "1002": (1, 1, 15.0),
        "1003": (0, 0, None),
    }
    asked = {name: (one.survey_asked, one.survey_answered, one.mean_survey) for name, one in agents.items()}
    assert asked == {"1001": (0, 0, None), "1002": (0, 0, None), "1003": (1, 1, 4.0)}, "he talked last"
    assert (counted.survey_asked, counted.survey_good_rate, counted.mean_survey) == (1, 1.0, 4.0)
    assert (counted.after_call_work_seconds, counted.mean_handling_seconds) == (30, 105)


async def test_real_surveys_are_counted_also_those_that_nobody_answered() -> None:
    counted = tally(times(real(name)) for name in ("survey-key-pressed", "answered-agent-hangs-up", "answered"))
    assert (counted.survey_asked, counted.survey_answered, counted.mean_survey) == (2, 1, 4.0)
