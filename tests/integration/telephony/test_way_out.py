"""Toll fraud: whatever way somebody tries to dial out, only what the city's rule allows reaches the carrier."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput
from core.numbers.dialling import Dialling
from telephony.control.conference import DialRefused, Rooms, Third, outgoing_of
from telephony.phone import AsyncPhone, CallRefused, CallStage, PhoneCall
from tests.support.carrier import Carrier
from tests.support.crew_line import Line, line
from tests.support.exchange import CelRow, Exchange, until
from tests.support.raw_sip import RawCaller

ALLOWED = ["13900000001", "05374411000", "057188123456", "4411000", "01088123456", "16600000001", "122"]
REFUSED = [
    "0085212345678", "+85212345678", "0012025550123", "16800001", "16812345678", "9001234567", "12345", "10086",
    "95588",
    "4001234567", "13490000001", "17400000001", "1" * 32, "0049*31", "*72",
    "#31#13900000001",
    "139-0000-0001", "139.0000.0001", "13900000001;phone-context=x", "13900000001&13900000002", "13900000001,8001",
    "13900000001@evil.example", "sip:13900000001", "Local", "abcd", "1390000000", "139000000012", "0537441100", "9999",
]  # fmt: skip
ids = itertools.count(1)
LIMIT = 12


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier()
    yield one
    one.close()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    exchange = Exchange(
        tmp_path_factory.mktemp("way-out"), trunk_host=carrier.address, dialling=Dialling(extension_day=LIMIT),
        agents=tuple(str(number) for number in range(1001, 1008)),
    )  # fmt: skip
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
async def rig(pbx: Exchange, tmp_path_factory: pytest.TempPathFactory, until: Any) -> AsyncIterator[Line]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield one


def said(pbx: Exchange, skip: int, event: str) -> list[CelRow]:
    return [row for row in pbx.cel_rows(skip=skip) if row["user_event"] == event]


def test_a_telephone_dials_what_the_rule_allows_and_nothing_else(pbx: Exchange, carrier: Carrier) -> None:
    with pbx.phone("1001") as agent:
        for number in ALLOWED:
            before = len(carrier.dialled)
            with pytest.raises(CallRefused):
                agent.call(number)
            assert carrier.dialled[before:] == [number]
            assert carrier.callers[-1] == "12345"
        before = len(carrier.dialled)
        for number in REFUSED:
            skip = pbx.begin()
            with pytest.raises(CallRefused):
                agent.call(number)
            assert carrier.dialled[before:] == [], number
            if number[0].isalnum() or number[0] in "+*#":
                until(lambda skip=skip: said(pbx, skip, "DIAL_REFUSED"), what=f"the refusal of {number}")


@pytest.mark.parametrize("first", ["<sip:x@127.0.0.9:5999>;expires=0", "<sip:x@127.0.0.9>", ""])
def test_a_telephone_that_registers_at_the_carrier_dials_nobody_there(
    pbx: Exchange, carrier: Carrier, first: str
) -> None:
    """Asterisk writes the sender's own address into a first contact only."""
    there = f"<sip:0085212345678@{carrier.address}>"
    before = len(carrier.dialled)
    with RawCaller(pbx.settings.sip_port, "127.0.0.9") as attacker:
        contacts = [one for one in (first, there) if one]
        assert attacker.register("1002", pbx.secrets.phones["1002"], *contacts) >= 400
        assert attacker.register("1002", pbx.secrets.phones["1002"], ", ".join(contacts)) >= 400
        with pbx.phone("1001") as colleague, pytest.raises(CallRefused):
            colleague.call("1002", 20)
        assert attacker.register("1002", pbx.secrets.phones["1002"], "<sip:x@127.0.0.9>") == 200
        assert attacker.register("1002", pbx.secrets.phones["1002"], "*\r\nExpires: 0") == 200
    assert carrier.dialled[before:] == []


async def _agent_and_citizen(
    rig: Line, agent: AsyncPhone, citizen: AsyncPhone, until: Any, extension: str = "1001"
) -> tuple[str, PhoneCall, PhoneCall]:
    """They talk: linkedid, the citizen's call, the agent's."""
    await rig.control.queue_add(extension)
    theirs = await citizen.call("12345")
    ours = await agent.wait_call(20)

    return await until(lambda: _bridged(rig)), theirs, ours


async def _bridged(rig: Line) -> str:
    rows = [row for row in await rig.control.live_channels() if row.bridge_id]
    return rows[0].linkedid if len(rows) == 2 else ""


async def test_a_telephones_own_transfer_is_held_to_the_rule_and_the_citizen_is_not_lost(
    pbx: Exchange, rig: Line, carrier: Carrier, until: Any
) -> None:
    before = len(carrier.dialled)
    async with (
        AsyncPhone(pbx.account("1001")) as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await agent.register()
        await citizen.register()
        _, theirs, ours = await _agent_and_citizen(rig, agent, citizen, until)
        for number in ("0088299990000", "12345", "16800001"):
            skip = len(pbx.cel_lines())
            await asyncio.to_thread(ours.transfer, number)
            await until(lambda skip=skip: said(pbx, skip, "DIAL_REFUSED"), 20)
            refused = said(pbx, skip, "DIAL_REFUSED")[0]
            assert "1001 " in refused["extra"], "who passed him on is told"
            ours = await agent.wait_call(20)
            await until(lambda: _bridged(rig), 20)
        await asyncio.to_thread(ours.transfer, "13900000002")
        await until(lambda: carrier.dialled[before:] == ["13900000002"], 20)
        await citizen.hang_up(theirs)
        await rig.control.queue_remove("1001")
    assert carrier.dialled[before:] == ["13900000002"]


async def test_transfer_third_party_and_calls_for_orders_are_held_to_the_rule(
    pbx: Exchange, rig: Line, carrier: Carrier, until: Any
) -> None:
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    async with (
        AsyncPhone(pbx.account("1001")) as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await agent.register()
        await citizen.register()
        linkedid, theirs, _ = await _agent_and_citizen(rig, agent, citizen, until)
        before, citizens = len(carrier.dialled), Third("13900000001", "PJSIP/13900000001@trunk", outside=True)
        for number in ("0088213000222", "+8529999", "16800001", "12345", "9001234567", "12" * 16, "0049*31", "10086"):
            with pytest.raises(BadInput):
                await rooms.transfer(linkedid, number, by="1001")
            with pytest.raises(BadInput):
                await rooms.invite(linkedid, "1001", number, command_id=next(ids), alone=False)
            with pytest.raises(BadInput):
                await rooms.call_out(number, citizens, channel_id="x")
            # The dialplan does not take the program's word for it either.
            if number.isdigit():
                target = Third(number, f"PJSIP/{number}@trunk", outside=True)
                with pytest.raises(BadInput):
                    await rooms.call_out("1002", target, channel_id=f"out-{next(ids)}")
                skip = len(pbx.cel_lines())
                async with AsyncPhone(pbx.account("1002")) as other:
                    await other.register()
                    await rig.control.ring(
                        "PJSIP/1002", f"out-{next(ids)}", ("call-out", "s"), caller_id="12345", ring_seconds=8,
                        variables={"TARGET": target.address, "NUMBER": number, "OUTSIDE": "yes"},
                    )  # fmt: skip
                    await until(lambda skip=skip: said(pbx, skip, "DIAL_REFUSED"), 20)
        assert carrier.dialled[before:] == []
        await rooms.invite(linkedid, "1001", "0537-4411000", command_id=next(ids), alone=False)
        assert carrier.dialled[before:] == ["05374411000"], "as the network wants it"
        await rooms.transfer(linkedid, "13900000002", by="1001")
        await until(lambda: carrier.dialled[before:] == ["05374411000", "13900000002"], 20)
        await citizen.hang_up(theirs)
        await rig.control.queue_remove("1001")


async def test_a_telephone_that_forwards_leads_nobody_out(
    pbx: Exchange, rig: Line, carrier: Carrier, until: Any
) -> None:
    before = len(carrier.dialled)

    def forward(call: PhoneCall) -> None:
        link = call._link
        send = link.send
        link.send = lambda text: send(re.sub("Contact: <[^>]*>", "Contact: <sip:13900000009@127.0.0.1>", text))  # type: ignore[method-assign]
        call.refuse("302 Moved Temporarily")
        link.send = send  # type: ignore[method-assign]

    async with AsyncPhone(pbx.account("1002"), forward) as agent:
        await agent.register()
        await rig.control.ring(
            "PJSIP/1002", f"out-{next(ids)}", ("call-out", "s"), caller_id="12345", ring_seconds=8,
            variables={"TARGET": "PJSIP/13900000001@trunk", "NUMBER": "13900000001", "OUTSIDE": "yes"},
        )  # fmt: skip
        with pbx.phone("1001") as colleague, pytest.raises(CallRefused):
            await asyncio.to_thread(colleague.call, "1002", 15)
    assert carrier.dialled[before:] == []


async def test_telephone_and_desk_have_one_count_of_the_day(
    pbx: Exchange, rig: Line, carrier: Carrier, until: Any
) -> None:
    """Whichever side used it up, both are refused, and nobody loses the citizen over it."""
    rooms, before = Rooms(rig.control, outgoing_of(pbx.settings)), len(carrier.dialled)
    async with (
        AsyncPhone(pbx.account("1004")) as agent,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        await agent.register()
        await citizen.register()
        linkedid, theirs, ours = await _agent_and_citizen(rig, agent, citizen, until, "1004")

        async def third() -> None:
            await rooms.invite(linkedid, "1004", "13900000002", command_id=next(ids), alone=False)

        async def by_telephone() -> None:
            with pytest.raises(CallRefused):
                await agent.call("13900000003")

        for _ in range(LIMIT // 2):
            await third()
            await by_telephone()
        assert len(carrier.dialled) - before == LIMIT
        skip = len(pbx.cel_lines())
        await by_telephone()
        await until(lambda: said(pbx, skip, "DIAL_LIMITED"), 20)
        target = Third("13900000002", "PJSIP/13900000002@trunk", outside=True)
        for way in (
            third(),
            rooms.transfer(linkedid, "13900000002", by="1004"),
            rooms.call_out("1004", target, channel_id=f"out-{next(ids)}"),
        ):
            with pytest.raises(DialRefused) as refused:
                await way
            assert refused.value.kind == "超过每天的次数"
        assert len(carrier.dialled) - before == LIMIT
        assert theirs.stage is ours.stage is CallStage.TALKING, "they still talk"
        await rooms.invite(linkedid, "1004", "110", command_id=next(ids), alone=False)
        await citizen.hang_up(theirs)
        await rig.control.queue_remove("1004")


async def test_an_offices_own_telephone_outside_is_counted_when_it_is_rung(
    pbx: Exchange, rig: Line, carrier: Carrier
) -> None:
    rooms, before = Rooms(rig.control, outgoing_of(pbx.settings)), len(carrier.dialled)
    target = Third("13900000002", "PJSIP/13900000002@trunk", outside=True)
    for _ in range(LIMIT - 1):
        await rooms.call_out("05374411009", target, channel_id=f"out-{next(ids)}")
    with pytest.raises(DialRefused):
        await rooms.call_out("05374411009", target, channel_id=f"out-{next(ids)}")
    assert carrier.dialled[before:] == ["05374411009"] * (LIMIT - 1), "the last would be the order's own call"


async def test_who_passes_a_citizen_on_pays_for_it_himself(pbx: Exchange, rig: Line, until: Any) -> None:
    """Whoever passed the same citizen on before, to a colleague, does not."""
    rooms = Rooms(rig.control, outgoing_of(pbx.settings))
    async with (
        AsyncPhone(pbx.account("1005")) as first,
        AsyncPhone(pbx.account("1006")) as second,
        AsyncPhone(pbx.account("citizen-1", number="13900000001")) as citizen,
    ):
        for phone in (first, second, citizen):
            await phone.register()
        linkedid, theirs, _ = await _agent_and_citizen(rig, first, citizen, until, "1005")
        skip = len(pbx.cel_lines())
        await rooms.transfer(linkedid, "1006", by="1005")
        ours = await second.wait_call(20)
        await asyncio.to_thread(pbx.wait_joined, skip)
        skip = len(pbx.cel_lines())
        await asyncio.to_thread(ours.transfer, "0088299990000")
        await until(lambda: said(pbx, skip, "DIAL_REFUSED"), 20)
        assert said(pbx, skip, "DIAL_REFUSED")[0]["extra"].count("1006 0088299990000") == 1
        await citizen.hang_up(theirs)
        await rig.control.queue_remove("1005")


def test_calls_that_are_dialled_in_the_same_moment_are_counted_one_by_one(pbx: Exchange, carrier: Carrier) -> None:
    before, skip = len(carrier.dialled), pbx.begin()
    with pbx.phone("1007") as agent:
        for _ in range(3 * LIMIT):
            agent.dial("13900000001")
        until(lambda: len(said(pbx, skip, "DIAL_LIMITED")) == 2 * LIMIT, 20, "the refusals")
        until(lambda: not agent.calls(), 20, "the end of all")
    assert len(carrier.dialled) - before == LIMIT


async def test_a_day_has_so_many_calls_for_an_extension_also_after_a_new_start(pbx: Exchange, carrier: Carrier) -> None:
    def dial(agent: Any, number: str) -> None:
        with pytest.raises(CallRefused):
            agent.call(number)

    before, skip = len(carrier.dialled), pbx.begin()
    with pbx.phone("1003") as agent:
        for _ in range(LIMIT - 1):
            dial(agent, "13900000001")
    pbx.stop()
    pbx.start()
    with pbx.phone("1003") as agent:
        dial(agent, "13900000001")
        assert len(carrier.dialled) - before == LIMIT
        dial(agent, "13900000001")
        until(lambda: said(pbx, skip, "DIAL_LIMITED"), 20, "the limit")
        assert len(carrier.dialled) - before == LIMIT
        dial(agent, "122")
    with pbx.phone("1002") as other:
        dial(other, "13900000001")
    assert len(carrier.dialled) - before == LIMIT + 1, "the limit is each extension's own"
