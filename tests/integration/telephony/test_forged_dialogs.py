"""What a caller sends in the middle of a call, in whatever request and however odd, changes nothing but that call."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from core.database import Sessions, transaction
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.cel_reader import Follower
from telephony.calls.models import Call, CallEvent
from tests.support.exchange import Exchange, until
from tests.support.forged_calls import FORGED_EVENT, FORGED_RECORD, encoded, events_of, from_here, until_over
from tests.support.raw_sip import RawCaller, RawInvite

NUMBER = "13900000001"
ODD = {
    "an event": "1" + FORGED_EVENT,
    "a record": '1"\n' + FORGED_RECORD + "\n",
    "other line ends": "1\u2028Event: FORGED\u0085\x0bEvent: FORGED\x0cEvent: FORGED",
    "invalid UTF-8": "1\udcff\udcfe\udce7\udcc0\udc8aEvent: FORGED",
    "NUL": "1\x00\r\nEvent: FORGED",
    "3,000 signs": "1" * 3000,
    "a folded header": "1\r\n Event: FORGED\r\n\tUniqueid: x",
    "dialplan": "${SHELL(id)}$[1+1]`id`|&'),,1",
    "keys": "Signal=5\r\nDuration=160\r\n\r\nEvent: FORGED\r\n\r\n",
}
QUIET = ("INFO", "REFER", "MESSAGE", "NOTIFY", "SUBSCRIBE", "OPTIONS", "PUBLISH", "PRACK", "FORGED")


def headers_of(odd: str) -> dict[str, str]:
    """Once as it is, and once as an address may have it."""
    uri = f"<sip:{encoded(odd)[:900]}@rig>"
    return {
        **dict.fromkeys(("Subject", "Reason", "Session_Expires", "User_Agent", "Event", "X_Odd", "Replaces"), odd),
        **dict.fromkeys(("Refer_To", "Referred_By", "P_Asserted_Identity", "Remote_Party_ID", "Diversion"), uri),
    }


def sdp(host: str, odd: str) -> str:
    lines = (
        "v=0", f"o={odd} 1 2 IN IP4 {host}", f"s={odd}", f"i={odd}", f"c=IN IP4 {host}", "t=0 0",
        "m=audio 30200 RTP/AVP 8", f"a={odd}", f"a=rtpmap:8 PCMA/8000/{odd}",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)


def say(call: RawInvite, caller: RawCaller, odd: str) -> None:
    """In one go every request there is, odd as it is, and with the oddity written as an address may have it."""
    plain = {name: f"<sip:{encoded(odd)[:900]}@rig>" for name in ("Refer_To", "Referred_By", "P_Asserted_Identity")}
    for said in (headers_of(odd), plain):
        for method in QUIET:
            call.ask(method, body=odd, kind="application/dtmf-relay", **said)
        call.ask("UPDATE", body=sdp(caller.host, odd), **said)
        call.ask("INVITE", body=sdp(caller.host, odd), **said)
    # What follows a request that cannot be read at all is answered only when all before it has been looked at.
    assert call.answer_to(call.ask("INFO", body="Signal=5\r\nDuration=160\r\n", kind="application/dtmf-relay")) == 200


@pytest.mark.parametrize("how", ODD)
async def test_what_is_said_within_a_call_is_no_call_no_record_and_no_event(
    asterisk: Exchange, sessions: Sessions, how: str
) -> None:
    odd, pbx = ODD[how], f"forged-{list(ODD).index(how)}"

    async def react(*_: object) -> None:
        pass

    found: list[tuple[object, str]] = []
    with from_here(asterisk) as position:
        position.pbx = pbx
        async with transaction(sessions) as session:
            await session.merge(position)
    file = asterisk.settings.cel_file
    before = file.read_bytes().count(b'"LINKEDID_END"') if file.exists() else 0
    with (
        asterisk.manager() as manager,
        asterisk.agent("1001") as agent,
        RawCaller(asterisk.settings.sip_port) as trunk,
    ):
        call = trunk.invite("12345", sender=f"<sip:{NUMBER}@rig>", media=30200)
        assert call.final() == 200
        leg = agent.wait_call(20)
        until(lambda: len(manager.events("BridgeEnter")) == 2, what="the conversation")
        say(call, trunk, odd)
        call.hang_up(Reason=odd)
        call.hang_up()
        clean = trunk.invite()
        assert clean.final() == 200, "the exchange lives"
        clean.hang_up()
        until(partial(leg.wait_ended, 0.1), what="the end of the conversation")
        until_over(asterisk, 2, before)
        assert "FORGED" not in events_of(manager)
    listener = CallRecorder(pbx, sessions, react)
    await Follower(listener, sessions, pbx=pbx, file=file, on_incident=lambda *what: found.append(what)).read_on()
    await listener.quiet()
    async with sessions() as session:
        calls = list(await session.scalars(select(Call).where(Call.pbx == pbx).order_by(Call.started_at)))
        events = list(await session.scalars(select(CallEvent).where(CallEvent.pbx == pbx)))
    assert [(call.caller_number, [leg.endpoint for leg in call.legs]) for call in calls] == [
        (NUMBER, ["trunk", "1001"]),
        (NUMBER, ["trunk"]),
    ]
    assert {event.linkedid for event in events} == {call.linkedid for call in calls}
    assert found == []
