"""The trunk's identity, and what its callers can write: nothing but what they say of themselves, in their own call."""

from __future__ import annotations

import time
from urllib.parse import unquote_to_bytes

import pytest
from sqlalchemy import select

from core.database import Sessions, transaction
from telephony.ami.genuine import begins_as_asterisk_does
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.call_state import CallState
from telephony.calls.cel_reader import Follower
from telephony.calls.details import read_linkedids
from telephony.calls.models import Call, CallEvent
from telephony.trouble_kinds import TroubleKind
from tests.support.exchange import Exchange, until
from tests.support.forged_calls import FORGED_EVENT, FORGED_RECORD, encoded, events_of, from_here, until_over
from tests.support.raw_sip import RawCaller, RawInvite

UNAUTHORIZED = 401
LONGEST = 79
"""How many bytes of a number Asterisk keeps."""

ODD = [
    "1\r\nCHAN_START,T,,F,13888880001,,,,12345,from-trunk",
    "1\n" + FORGED_RECORD + "\n",
    '1"\n' + FORGED_RECORD,
    "1" + FORGED_EVENT,
    "1\r\nUniqueid: x\r\nLinkedid: y",
    "1\r\nCallerIDName: x\r\nUniqueid: z",
    '1","",",\\"\\',
    '1"CHAN_START',
    "1\\",
    "1\u2028Event: FORGED\u0085王",
    "1\udcff\udcfe\udce7",
    "1" + '"' * 3000,
    "1" + "\r\n" * 1500,
    "1" * 3000,
    "../../etc/passwd",
    "${SHELL(id)}$[1+1]`id`|&'",
]


def ring_everywhere(caller: RawCaller, odd: str) -> RawInvite:
    """`odd` in every header that comes anywhere near a record, a manager's event or an AGI environment."""
    uri = f"<sip:{encoded(odd)}@rig>"
    plain = encoded(odd)[:900]
    shown = odd.replace("\r", "").replace("\n", "").replace("\\", "\\\\").replace('"', '\\"')
    return caller.invite(
        f"1{encoded(odd)}",
        sender=f'"{shown}" {uri}',
        To=uri, Diversion=f'"{shown}" {uri};reason=unconditional', P_Asserted_Identity=f"<sip:{plain}@rig>",
        Remote_Party_ID=f"<sip:{plain}@rig>;party=calling", Call_ID=f"{plain}{time.monotonic_ns()}",
        **dict.fromkeys(("User_Agent", "X_Linkedid", "Subject", "Privacy", "Reason", "Organization"), plain),
    )  # fmt: skip


def test_only_the_trunks_address_makes_a_caller_the_trunk(asterisk: Exchange) -> None:
    names = (
        "trunk",
        "citizen-1",
        "probe",
        "unit-01",
        "1001",
        "1001-web",
        "emergency-110",
        "hotline",
        "%74runk",
        "TRUNK",
    )
    with RawCaller(asterisk.settings.sip_port, "127.0.0.7") as stranger:
        for name in names:
            assert stranger.invite(sender=f"<sip:{name}@127.0.0.2>").final() == UNAUTHORIZED, name
    with RawCaller(asterisk.settings.sip_port) as trunk:
        for name in ("trunk", "1001", "unit-01", "probe", "13900000001"):
            call = trunk.invite(sender=f"<sip:{name}@rig>")
            assert call.final() == 200
            call.hang_up()


async def test_whatever_a_caller_says_is_one_call_with_exactly_that_and_nothing_else(
    asterisk: Exchange, sessions: Sessions
) -> None:
    async def react(*_: object) -> None:
        pass

    pbx = "forged-calls"
    with from_here(asterisk) as position:
        position.pbx = pbx
        async with transaction(sessions) as session:
            await session.merge(position)
        file = asterisk.settings.cel_file
        before = file.read_bytes().count(b'"LINKEDID_END"') if file.exists() else 0
        with asterisk.manager() as manager, RawCaller(asterisk.settings.sip_port) as trunk:
            for odd in ODD:
                call = ring_everywhere(trunk, odd)
                assert call.final() == 200, odd
                call.hang_up()
            until_over(asterisk, len(ODD), before)
            assert "FORGED" not in events_of(manager)
    found: list[tuple[TroubleKind, str]] = []
    listener = CallRecorder(pbx, sessions, react)
    follower = Follower(listener, sessions, pbx=pbx, file=file, on_incident=lambda *what: found.append(what))
    await follower.read_on()
    await listener.quiet()
    async with sessions() as session:
        calls = list(await session.scalars(select(Call).where(Call.pbx == pbx).order_by(Call.started_at)))
        events = list(await session.scalars(select(CallEvent).where(CallEvent.pbx == pbx)))
    assert [call.caller_number for call in calls] == [kept(odd) for odd in ODD]
    assert {call.state for call in calls} == {CallState.ENDED}
    assert [[leg.endpoint for leg in call.legs] for call in calls] == [["trunk"]] * len(ODD)
    assert {event.linkedid for event in events} == {call.linkedid for call in calls}
    assert {event.kind for event in events} <= {
        "CHAN_START",
        "ANSWER",
        "USER_DEFINED",
        "HANGUP",
        "CHAN_END",
        "LINKEDID_END",
    }
    forgers = [call.linkedid for call, odd in zip(calls, ODD, strict=True) if "\n" in odd[:LONGEST]]
    assert found == [(TroubleKind.FORGED_RECORDS, linkedid) for linkedid in forgers]

    def details() -> set[str]:
        return set(read_linkedids(asterisk.settings.cdr_file, before=calls[-1].started_at.replace(year=2100)))

    until(lambda: {call.linkedid for call in calls} <= details(), what="the calls' details, written after their facts")
    assert [linkedid for linkedid in details() if not linkedid.startswith(f"{asterisk.settings.systemname}-")] == []


def kept(odd: str) -> str:
    return unquote_to_bytes(encoded(odd))[:LONGEST].decode("utf-8", "replace")


def test_a_caller_with_a_nul_in_his_number_does_no_harm(asterisk: Exchange) -> None:
    with RawCaller(asterisk.settings.sip_port) as trunk:
        strange = trunk.invite("1%002", sender='"a%00b" <sip:1%002@a>')
        assert strange.final() in {200, 404, 484}
        strange.hang_up()
        strange = trunk.invite(sender='"a\x00b" <sip:1%00%0d%0a2@a>')
        assert strange.final() in {200, 400, 404, 484}
        strange.hang_up()
        call = trunk.invite()
        assert call.final() == 200
        call.hang_up()


@pytest.mark.parametrize("begins", ["1", "1)", "1):0:1", ":9(", '"'])
def test_the_agent_who_spoke_with_a_forger_is_told_of_by_events_that_are_believed(
    asterisk: Exchange, begins: str
) -> None:
    """A bracket and a colon end an expression of the dialplan that has the number's text in it."""
    odd = encoded(begins + FORGED_EVENT)
    with asterisk.manager() as manager, asterisk.agent("1001") as agent, RawCaller(asterisk.settings.sip_port) as trunk:
        call = trunk.invite(f"1{odd}", sender=f"<sip:{odd}@rig>", media=30100)
        assert call.final() == 200
        leg = agent.wait_call(20)
        until(lambda: len(manager.events("BridgeEnter")) == 2, what="the conversation")
        call.hang_up()
        leg.wait_ended(20)
        until(lambda: any(e["Channel"].startswith("PJSIP/1001-") for e in manager.events("Hangup")), 20, "his hang-up")
        assert "FORGED" not in events_of(manager)


def test_none_of_the_exchanges_own_events_is_taken_for_a_forgery_not_even_its_greeting(asterisk: Exchange) -> None:
    with asterisk.manager() as manager, RawCaller(asterisk.settings.sip_port) as trunk:
        call = trunk.invite("12345")
        assert call.final() == 200
        call.hang_up()
        until(lambda: manager.events("Hangup"), 20, "the hang-up")
        said = [frame for frame in manager.frames if frame.startswith("Event:") and "\r\nActionID:" not in frame]
    assert {"FullyBooted", "Newchannel", "Hangup"} <= {frame.split("\r\n")[0].removeprefix("Event: ") for frame in said}
    assert [frame for frame in said if not begins_as_asterisk_does(frame)] == []
