"""More callers than there is room for, callers who are gone without a word, and keys in the sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from hotline.monitoring.guessing import TRIES, LogTail, refused_in
from telephony.calls.call import fold
from telephony.calls.call_state import Outcome
from telephony.calls.cel_reader import incident_of
from telephony.calls.events import fact_from_line
from telephony.phone import CallRefused, CallStage, NotRegistered, Phone, PhoneAccount, PhoneCall
from telephony.trouble_kinds import TroubleKind
from tests.support.exchange import Exchange, tone, until
from tests.support.raw_sip import RawCaller, RawInvite, Sound

SILENT_SECONDS = 4


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Ports for ten channels: five citizens, three of our own."""
    exchange = Exchange(
        tmp_path_factory.mktemp("small"), rtp_port_low=23000, rtp_port_high=23019, trunk_silent_seconds=SILENT_SECONDS
    )
    assert (exchange.settings.trunk_most, exchange.settings.inside_most) == (5, 3)
    exchange.start()
    yield exchange
    exchange.stop()


def test_one_citizen_too_many_gets_503_and_who_is_gone_without_a_word_makes_room(small: Exchange) -> None:
    skip = small.begin()
    with small.agent("1001", rings=True), RawCaller(small.settings.sip_port) as trunk:
        assert [trunk.invite().final() for _ in range(8)] == [200] * 5 + [503] * 3

        def incidents() -> list[TroubleKind]:
            facts = [fact_from_line(line.encode()) for line in small.cel_lines()[skip:]]
            return [kind for fact in facts if (kind := incident_of(fact))]

        until(lambda: len(incidents()) == 3, what="what the exchange tells of the three")
        assert incidents() == [TroubleKind.LINE_FULL] * 3
        later: list[RawInvite] = []

        def let_in() -> bool:
            later.append(trunk.invite())
            return later[-1].final() == 200

        until(let_in, what="room for the next one")
        later[-1].hang_up()
    rows = small.wait_over(skip, 9)
    first = next(row["linkedid"] for row in rows)
    picture, _, _ = fold(
        fact for line in small.cel_lines()[skip:] if (fact := fact_from_line(line.encode())).linkedid == first
    )
    assert picture is not None
    assert picture.outcome is Outcome.ABANDONED


def test_calls_of_our_own_telephones_leave_room_for_citizens(small: Exchange) -> None:
    with ExitStack() as open_calls, RawCaller(small.settings.sip_port) as trunk:
        crew = open_calls.enter_context(small.phone("unit-01"))
        watch = open_calls.enter_context(small.phone("citizen-1"))
        agent = open_calls.enter_context(small.phone("1002"))
        for phone, number in ((crew, "600"), (watch, "12345"), (agent, "600")):
            open_calls.callback(phone.call(number).hang_up)
        for phone in (crew, watch, agent):
            with pytest.raises(CallRefused) as refused:
                phone.call("600" if phone is not watch else "12345", 20)
            assert "503" in str(refused.value)
        call = trunk.invite()
        assert call.final() == 200
        call.hang_up()


def test_citizens_and_our_own_telephones_together_leave_ports_for_the_legs_and_are_told_503(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, rtp_port_low=23200, rtp_port_high=23367, agents=("1001",))
    settings = exchange.settings
    assert settings.trunk_most + settings.inside_most > settings.channels_most
    exchange.start()
    try:
        with RawCaller(settings.sip_port) as trunk, exchange.phone("citizen-1") as ours:
            assert {trunk.invite().final() for _ in range(settings.trunk_most)} == {200}
            dialled = []
            for _ in range(settings.inside_most):
                dialled.append(ours.dial("12345"))
                until(partial(_answered, dialled[-1]), 20, "an answer")
            assert {trunk.invite().final() for _ in range(20)} == {503}
            talking = sum(call.stage is CallStage.TALKING for call in dialled)
            assert {call.refusal.status for call in dialled if call.refusal} == {503}
        assert talking
        assert settings.channels_most - settings.trunk_most - talking >= len(settings.agents)
    finally:
        exchange.stop()


def _answered(call: PhoneCall) -> bool:
    return call.stage in (CallStage.TALKING, CallStage.ENDED)


def test_a_key_in_the_sound_is_understood_where_the_carrier_knows_no_other_way(asterisk: Exchange) -> None:
    key = mix(tone(697, 0.2, 6000), tone(1209, 0.2, 6000))
    skip = asterisk.begin()
    sound = Sound("127.0.0.2")
    with asterisk.agent("1001", rings=True), RawCaller(asterisk.settings.sip_port) as trunk:
        call = trunk.invite(sender="<sip:13900000001@rig>", media=sound.port)
        assert call.final() == 200
        until(lambda: any(row["application"] == "Queue" for row in asterisk.cel_rows(skip=skip)), 20, "the queue")

        def understood() -> bool:
            sound.say(bytes(1600) + key + bytes(6400), call.media_port)
            return any(row["user_event"] == "CALLBACK_ASKED" for row in asterisk.cel_rows(skip=skip))

        until(understood, what="the key's effect")
        call.hang_up()
    sound.close()
    asterisk.wait_over(skip)


def mix(one: bytes, other: bytes) -> bytes:
    pairs = zip(memoryview(one).cast("h"), memoryview(other).cast("h"), strict=True)
    return b"".join((a + b).to_bytes(2, "little", signed=True) for a, b in pairs)


def test_a_house_with_few_ports_still_takes_one_citizen(tmp_path: Path) -> None:
    settings = Exchange(tmp_path, rtp_port_low=23100, rtp_port_high=23109).settings
    assert settings.trunk_most >= 1
    assert settings.trunk_most < settings.channels_most


def _together(asterisk: Exchange, skip: int) -> bool:
    return any(row["event"] == "BRIDGE_ENTER" for row in asterisk.cel_rows(skip=skip))


def test_while_the_disk_is_kept_for_the_facts_calls_go_on_unrecorded(asterisk: Exchange) -> None:
    flag = asterisk.settings.no_recording_file
    for full in (True, False):
        skip = asterisk.begin()
        with asterisk.agent("1001") as agent, asterisk.phone("citizen-1") as citizen:
            if full:
                flag.touch()
            call = citizen.call("12345")
            assert agent.wait_call(20)
            until(partial(_together, asterisk, skip), 20, "the two together")
            flag.unlink(missing_ok=True)
            call.hang_up()
        rows = asterisk.wait_over(skip)
        assert ("RECORDING_STARTED" in {row["user_event"] for row in rows}) is not full
        assert any(row["event"] == "BRIDGE_ENTER" for row in rows)


def test_whoever_guesses_a_telephones_password_is_noticed_within_a_minute(asterisk: Exchange) -> None:
    log = LogTail(asterisk.settings.log / "messages")
    for number in range(TRIES):
        account = PhoneAccount(f"100{1 + number % 3}", f"guess-{number}", asterisk.settings.sip_port, host="127.0.0.7")
        with Phone(account) as guesser, pytest.raises(NotRegistered):
            guesser.register()
    written = b""

    def counted() -> bool:
        nonlocal written
        written += log.read()
        return refused_in(written).total() >= TRIES

    until(counted, 20, "the refusals in the log")
    assert set(refused_in(written)) == {"127.0.0.7"}
