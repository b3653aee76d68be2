"""Kinds of calls that a line meets over the years, on the real Asterisk: several phones at once, nobody answers, hung
up in every state, very short and very many, loops, congestion. None of our program is attached: what became of each
call is folded from what Asterisk wrote of it. Transfers, three-way and hold: test_rooms; odd numbers: test_pbx."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from bench.line.callers import SCENARIO
from telephony.calls.call import fold
from telephony.calls.call_state import CallPicture, LegRole, Outcome
from telephony.calls.events import Fact, fact_from_line
from telephony.phone import CallEnded, CallStage, Phone, PhoneCall
from tests.support.exchange import PROMPTS, Exchange, tone, until, until_heard
from tests.support.hearing import heard_seconds, samples_of, seconds_of
from tests.unit.telephony.invariants import assert_sound

CITIZEN, FIRST, SECOND = 440, 1300, 1700


@pytest.fixture(scope="module", name="line")
def started_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("kinds"), ring_strategy="ringall")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path, agent_ring_seconds=3, queue_wait_seconds=6)
    exchange.start()
    yield exchange
    exchange.stop()


def pictures(exchange: Exchange, skip: int, calls: int = 1) -> list[CallPicture]:
    """What became of the calls after the first `skip` facts, once they are over, in the order of their beginnings."""
    exchange.wait_over(skip, calls, 30)
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in (fact_from_line(line.encode()) for line in exchange.cel_lines()[skip:]):
        facts[fact.linkedid].append(fact)
    found: list[CallPicture] = []
    for one in facts.values():
        picture, _, unexpected = fold(one)
        assert picture is not None
        assert not unexpected
        assert_sound(picture)
        found.append(picture)
    return sorted(found, key=lambda picture: picture.started_at)


def happened(exchange: Exchange, skip: int, column: str, value: str, times: int = 1) -> None:
    until(lambda: sum(row[column] == value for row in exchange.cel_rows(skip=skip)) >= times, 20, value)


def test_all_phones_ring_at_once_and_who_is_quicker_has_the_citizen(line: Exchange) -> None:
    skip = line.begin()
    with (
        line.agent("1001", rings=True) as slow,
        line.agent("1002", rings=True) as quick,
        line.agent("1003", rings=True) as third,
        line.phone("citizen-1") as citizen,
    ):
        call = citizen.call("12345")
        left, mine, other = slow.wait_call(20), quick.wait_call(20), third.wait_call(20)
        mine.answer()
        for phone in (left, other):
            assert phone.wait_ended(20)
            assert phone.ended is CallEnded.MISSED
        line.wait_joined(skip)
        until_heard(call, mine, SECOND)
        call.hang_up()
        [picture] = pictures(line, skip)
    assert (picture.outcome, picture.answered_by) == (Outcome.ANSWERED, "1002")
    assert [leg.endpoint for leg in picture.legs.values() if leg.connected_at] == ["citizen-1", "1002"]
    assert heard_seconds(samples_of(line.recording(line.cel_rows(skip=skip), "tx")), SECOND) > 0.8


def test_agents_who_never_answer_ring_again_until_the_queue_gives_up_and_a_message_is_asked(
    impatient: Exchange,
) -> None:
    line, skip = impatient, impatient.begin()
    with line.agent("1001", rings=True) as agent, line.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        first = agent.wait_call(20)
        assert first.wait_ended(20)
        assert agent.wait_call(20) is not first
        happened(line, skip, "application", "Record")
        until(lambda: heard_seconds(call.heard(), PROMPTS["leave-message"]) > 0.8, 20, "being asked")
        call.say(tone(CITIZEN, 3))
        assert call.wait_ended(20)
        [picture] = pictures(line, skip)
    assert picture.outcome is Outcome.MESSAGE_LEFT
    assert heard_seconds(samples_of(line.recording(line.cel_rows(skip=skip), "message")), CITIZEN) > 1.5


def in_greeting(line: Exchange, skip: int, call: PhoneCall) -> None:
    until(lambda: heard_seconds(call.heard(), PROMPTS["greeting"]) > 0.2, 20, "the greeting")


def while_it_rings(line: Exchange, skip: int, call: PhoneCall) -> None:
    until(lambda: any(row["event"] == "CHAN_START" and row["channel"].startswith("PJSIP/1001-")
                      for row in line.cel_rows(skip=skip)), 30, "a ringing agent")  # fmt: skip


def asked_for_a_message(line: Exchange, skip: int, call: PhoneCall) -> None:
    call.press("2")
    until(lambda: heard_seconds(call.heard(), PROMPTS["leave-message"]) > 0.2, 20, "being asked")


def leaving_a_message(line: Exchange, skip: int, call: PhoneCall) -> None:
    call.press("2")
    happened(line, skip, "application", "Record")
    call.say(tone(CITIZEN, 3))


def asked_how_an_order_stands(line: Exchange, skip: int, call: PhoneCall) -> None:
    call.press("*")
    until(lambda: "!AGI!" in line.process.rx("core show channels concise"), 20, "being in our program's hands")


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (in_greeting, Outcome.ABANDONED),
        (while_it_rings, Outcome.ABANDONED),
        (asked_for_a_message, Outcome.ABANDONED),
        (leaving_a_message, Outcome.MESSAGE_LEFT),
        (asked_how_an_order_stands, Outcome.ABANDONED),
    ],
)
def test_who_hangs_up_is_let_go_at_once_in_every_state(
    line: Exchange, state: Callable[[Exchange, int, PhoneCall], None], outcome: Outcome
) -> None:
    skip = line.begin()
    with line.agent("1001", rings=True), line.phone("citizen-1", number="13900000001") as citizen:
        call = citizen.call("12345")
        if state is not in_greeting:
            while_it_rings(line, skip, call)
        state(line, skip, call)
        call.hang_up()
        [picture] = pictures(line, skip)
        until(lambda: line.process.status().channels == 0, 20, "an empty exchange")
    assert picture.outcome is outcome
    assert line.recording(line.cel_rows(skip=skip), "rx").stat().st_size > 44


def test_who_hangs_up_while_his_transfer_rings_lets_the_second_phone_go_too(line: Exchange) -> None:
    skip = line.begin()
    with (
        line.agent("1001") as agent,
        line.phone("1002", rings=True) as colleague,
        line.phone("citizen-1") as citizen,
    ):
        call = citizen.call("12345")
        leg = agent.wait_call(20)
        line.wait_joined(skip)
        leg.transfer("1002")
        ringing = colleague.wait_call(20)
        call.hang_up()
        assert ringing.wait_ended(20)
        assert ringing.ended is CallEnded.MISSED
        [picture] = pictures(line, skip)
    assert (picture.outcome, picture.answered_by) == (Outcome.ANSWERED, "1001")


def test_a_colleague_whose_line_is_congested_costs_the_citizen_his_place_in_no_queue(line: Exchange) -> None:
    skip = line.begin()
    congested = partial(PhoneCall.refuse, status="503 Service Unavailable")
    with (
        line.agent("1001") as agent,
        Phone(line.account("1002"), congested) as colleague,
        line.phone("citizen-1") as citizen,
    ):
        colleague.register()
        call = citizen.call("12345")
        leg = agent.wait_call(20)
        line.wait_joined(skip)
        leg.transfer("1002")
        again = agent.wait_call(20)
        line.wait_joined(skip, 2)
        until_heard(call, again, FIRST)
        call.hang_up()
        [picture] = pictures(line, skip)
    assert picture.outcome is Outcome.ANSWERED
    said = [row["user_event"] for row in line.cel_rows(skip=skip)]
    assert "TRANSFER_FAILED" in said
    assert heard_seconds(samples_of(line.recording(line.cel_rows(skip=skip), "tx")), FIRST) > 0.8


def test_a_phone_that_forwards_to_itself_makes_no_loop_and_costs_nobody_the_line(line: Exchange) -> None:
    """302 with its own address, as a telephone does whose forwarding somebody has set wrong."""
    skip = line.begin()
    forwards = partial(PhoneCall.refuse, status="302 Moved Temporarily")
    with (
        Phone(line.account("1001"), forwards) as wrong,
        line.phone("1002", rings=True) as good,
        line.phone("citizen-1") as citizen,
    ):
        wrong.register()
        line.sign_in("1001")
        line.sign_in("1002")
        call = citizen.call("12345")
        leg = good.wait_call(20)
        leg.answer()
        line.wait_joined(skip)
        until_heard(call, leg, SECOND)
        leg.transfer("1001")
        assert good.wait_call(20).stage is CallStage.RINGING, "he is queued again"
        call.hang_up()
        line.sign_out("1001")
        line.sign_out("1002")
        [picture] = pictures(line, skip)
    assert picture.answered_by == "1002"
    assert not [leg for leg in picture.legs.values() if leg.role is LegRole.MACHINE], "nothing was forwarded"


def test_twenty_calls_of_two_seconds_from_one_number_are_twenty_calls_with_their_recordings(
    line: Exchange, tmp_path: Path
) -> None:
    skip = line.begin()
    sipp = shutil.which("sipp")
    assert sipp is not None, "apt install sip-tester"
    text = SCENARIO.read_text("utf-8").replace("HOLD", "2000").replace("SPEAK", "")
    scenario = tmp_path / "same-number.xml"
    scenario.write_text(text.replace("sip:1380000[call_number]@", "sip:13900000009@"), "utf-8")
    caller = "127.0.0.2"
    command = [sipp, f"127.0.0.1:{line.settings.sip_port}", "-sf", str(scenario), "-i", caller, "-mi", caller]
    command += ["-s", "12345", "-m", "20", "-l", "20", "-r", "20", "-nostdin", "-timeout", "60s"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    found = pictures(line, skip, 20)
    assert [picture.caller_number for picture in found] == ["13900000009"] * 20
    assert {picture.outcome for picture in found} == {Outcome.ABANDONED}
    assert len({picture.recording.stem for picture in found if picture.recording}) == 20
    for picture in found:
        assert picture.recording is not None
        assert picture.ended_at is not None
        lasted = (picture.ended_at - picture.recording.started_at).total_seconds()
        for leg in ("rx", "tx"):
            file = line.closed(line.settings.recordings_directory / f"{picture.recording.stem}-{leg}.wav")
            assert abs(seconds_of(file) - lasted) < 1


def test_nothing_in_the_exchange_ends_a_conversation_by_its_length(line: Exchange) -> None:
    """A call of three hours would end by what is looked at here."""
    with line.agent("1001") as agent, line.phone("citizen-1") as citizen, line.manager() as manager:
        call = citizen.call("12345")
        assert agent.wait_call(20).wait(lambda: call.stage is CallStage.TALKING, 20)
        channels = [row.split("!")[0] for row in line.process.rx("core show channels concise").splitlines()]
        assert len(channels) == 2
        for channel in channels:
            said = manager.action("Getvar", Channel=channel, Variable="TIMEOUT(absolute)")
            assert float(said["Value"]) == 0
        call.hang_up()
