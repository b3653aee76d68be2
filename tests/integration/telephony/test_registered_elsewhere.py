"""Anybody with a telephone's password may register anything; no call of ours leads anywhere but to that telephone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from telephony.control.dial_results import DialResult
from telephony.phone import CallRefused
from tests.support.carrier import Carrier
from tests.support.crew_line import Line, line
from tests.support.exchange import CelRow, Exchange, until
from tests.support.raw_sip import RawCaller
from tests.support.rogue_phone import RoguePhone

ids = itertools.count(1)
ELSEWHERE = {
    "maddr": "<sip:0085212345678@{own};maddr={host}>",
    "maddr with the telephone's own name": "<sip:1002@{own};maddr={host}>",
    "maddr spelled otherwise": "<sip:0085212345678@{own};x=1;m%61DDR={host}>",
    "headers, strict route": "<sip:1002@{own}?Route={strict}>",
    "headers, loose route": "<sip:0085212345678@{own}?Route={loose}>",
    "a second address": "<sip:1002@{own}>;expires=0, <sip:0085212345678@{carrier}>",
    "another's name": "<sip:0085212345678@{own}>",
    "a second telephone in the name": "<sip:x&PJSIP/trunk/sip:0085212345678@{own}>",
    "the same and maddr": "<sip:x&PJSIP/trunk/sip:0085212345678@{own};maddr={host}>",
    "arguments in the name": "<sip:1002,5,tg@{own}>",
    "an expression in a parameter": "<sip:1002@{own};x=%24%7BSHELL(id)%7D;y=%24[1]>",
    "brackets": "<sip:1002))(@{own}>",
}


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier()
    yield one
    one.close()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Its carrier is known by name only, so `contact_deny` knows nothing of its address."""
    exchange = Exchange(tmp_path_factory.mktemp("elsewhere"), trunk_host="sip.carrier.invalid")
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
async def rig(pbx: Exchange, tmp_path_factory: pytest.TempPathFactory, until: Any) -> AsyncIterator[Line]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield one


@pytest.fixture
def rogue(pbx: Exchange, carrier: Carrier) -> Iterator[RoguePhone]:
    pbx.process.rx("database deltree elsewhere")
    with RoguePhone(pbx.settings.sip_port, carrier) as one:
        yield one
        assert one.register("1002", pbx.secrets.phones["1002"], "*\r\nExpires: 0") == 200


def refusals(pbx: Exchange, skip: int) -> list[CelRow]:
    return [row for row in pbx.cel_rows(skip=skip) if row["user_event"] == "CONTACT_REFUSED"]


async def ring_in_every_way(pbx: Exchange, rig: Line, rings: Any) -> DialResult:
    """A citizen in the queue, a colleague, the manager. `rings`: called with the number of the first CEL row that may
    show it, once for each of the first two, while the ring goes on.
    """
    skip = pbx.begin()
    pbx.sign_in("1002")
    with RawCaller(pbx.settings.sip_port) as trunk:
        citizen = trunk.invite()
        assert citizen.final() == 200
        rings(skip)
        citizen.hang_up()
    pbx.sign_out("1002")
    pbx.process.rx("database deltree elsewhere")
    skip = pbx.begin()
    with pbx.phone("1001") as colleague, pytest.raises(CallRefused):
        colleague.call("1002")
    rings(skip)
    return await rig.control.ring(
        "PJSIP/1002", f"ring-{next(ids)}", ("dispatch", "s"), caller_id="12345", ring_seconds=5
    )


async def test_a_telephone_that_registers_itself_is_rung(
    pbx: Exchange, rig: Line, carrier: Carrier, rogue: RoguePhone
) -> None:
    assert rogue.register("1002", pbx.secrets.phones["1002"], "<sip:1002@192.168.1.9;ob>") == 200
    seen: list[int] = []

    def rings(_: int) -> None:
        until(lambda: len(rogue.rung) > len(seen), 20, "its ring")
        seen[:] = [1] * len(rogue.rung)

    assert await ring_in_every_way(pbx, rig, rings) is DialResult.BUSY
    assert set(rogue.rung) == {"1002"}
    assert carrier.dialled == []


@pytest.mark.parametrize("how", ELSEWHERE)
async def test_a_telephone_that_registers_elsewhere_is_not_rung_at_all(
    pbx: Exchange, rig: Line, carrier: Carrier, rogue: RoguePhone, how: str
) -> None:
    """Else the carrier dials what the telephone has written before the @, past the rule of numbers."""
    contact = ELSEWHERE[how].format(
        own=rogue.address,
        carrier=carrier.address,
        host=carrier.host,
        strict=quote(f"<sip:0085212345678@{carrier.address}>", safe=""),
        loose=quote(f"<sip:{carrier.address};lr>", safe=""),
    )
    before = len(carrier.dialled)
    assert rogue.register("1002", pbx.secrets.phones["1002"], contact) == 200

    def rings(skip: int) -> None:
        until(lambda: refusals(pbx, skip), 20, "the refusal")
        assert "1002" in refusals(pbx, skip)[0]["extra"]

    assert await ring_in_every_way(pbx, rig, rings) is DialResult.UNREACHABLE
    assert (carrier.dialled[before:], rogue.rung) == ([], [])


def test_who_was_found_out_is_not_rung_for_a_while_whatever_it_registers_next(
    pbx: Exchange, carrier: Carrier, rogue: RoguePhone
) -> None:
    """Else it would try for the moment between the making of a ring and the look at it."""
    with pbx.phone("1001") as colleague:
        for contact in (ELSEWHERE["another's name"], "<sip:1002@{own}>"):
            skip = pbx.begin()
            assert rogue.register("1002", pbx.secrets.phones["1002"], contact.format(own=rogue.address)) == 200
            with pytest.raises(CallRefused):
                colleague.call("1002")
            until(lambda skip=skip: refusals(pbx, skip), 20, "the refusal")
    assert rogue.rung == []
