"""Calls to crews through the real Asterisk: a phone rings, hears the order, and what its crew does counts."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.bus import Bus, publish
from core.errors import Conflict
from core.tasks import cancel, spawn
from ivr.dispatch_call import Attempt, CallResult, call_unit
from ivr.dispatch_flow import DISPATCH_FLOW
from ivr.voice.audio import active_level, frame_levels
from telephony.control.dial_results import DialResult
from telephony.phone import AsyncPhone, CallEnded, CallStage, PhoneCall
from tests.support.crew_line import ORDER, Line, Orders, heard_samples, line
from tests.support.exchange import ROOT, Exchange


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("crews"))
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("speech")


@pytest.fixture(scope="module")
async def rig(pbx: Exchange, made: Path, until: Any) -> AsyncIterator[Line]:
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield one


@pytest.fixture(scope="module")
async def bus(database_url: str) -> AsyncIterator[Bus]:
    one = Bus(database_url)
    running = spawn(one.run(), name="bus")
    async with asyncio.timeout(60):
        await one.listening.wait()
    yield one
    await cancel(running)


class Crew:
    """`unit-01`'s or `unit-02`'s phone, lifted at once unless `rings`."""

    def __init__(self, pbx: Exchange, user: str, *, refuses: bool = False, rings: bool = False) -> None:
        def on_ring(call: PhoneCall) -> None:
            if refuses:
                call.refuse("486 Busy Here")
            elif not rings:
                call.answer()

        self.phone = AsyncPhone(pbx.account(user), on_ring)

    async def __aenter__(self) -> AsyncPhone:
        await self.phone.__aenter__()
        await self.phone.register()
        return self.phone

    async def __aexit__(self, *_: object) -> None:
        await self.phone.close()


def loud_seconds(call: PhoneCall) -> float:
    """How long something was to be heard."""
    return float((frame_levels(heard_samples(call.heard())) > -40).sum()) / 50


async def test_two_crews_at_once_hear_their_orders_and_accept_by_key(pbx, rig, bus, until):
    orders = Orders({101: "unit-01", 102: "unit-02"}, order=ORDER)
    stages: list[CallStage] = []
    finish = orders.finish_attempt

    async def finish_and_look(attempt: Attempt, result: CallResult) -> None:
        await finish(attempt, result)
        stages.extend(call.stage for call in calls)

    orders.finish_attempt = finish_and_look
    deps = rig.deps(orders, bus, flow=DISPATCH_FLOW)
    async with Crew(pbx, "unit-01") as first, Crew(pbx, "unit-02") as second:
        jobs = [spawn(call_unit(deps, assignment), name=f"call-{assignment}") for assignment in (101, 102)]
        calls = [await phone.wait_call(20) for phone in (first, second)]
        assert {call.caller_number for call in calls} == {"12345"}
        for call, seconds in zip(calls, (12, 9), strict=True):
            await until(lambda call=call, seconds=seconds: loud_seconds(call) > seconds, 40)
        await asyncio.gather(first.press(calls[0], "1"), second.press(calls[1], "1"))
        await until(lambda: orders.acknowledged == {101, 102}, 20)
        assert stages[0] is CallStage.TALKING, "accepted while the thanks are still being said"
        assert await asyncio.gather(*jobs) == [CallResult.ACKNOWLEDGED] * 2
        for call in calls:
            await until(lambda call=call: call.ended is CallEnded.BY_FAR_END, 20)
            assert -26 < active_level(heard_samples(call.heard())) < -14
    assert orders.results == {f"dispatch-{assignment}-1": CallResult.ACKNOWLEDGED for assignment in (101, 102)}
    assert sorted(orders.answered) == ["dispatch-101-1", "dispatch-102-1"]
    assert {"dispatch-101-1"} == {row["linkedid"] for row in pbx.cel_rows() if row["uniqueid"] == "dispatch-101-1"}
    recorded = [path for path in pbx.settings.recordings_directory.rglob("dispatch-101-1-*.wav")]
    assert sorted(path.name[-6:] for path in recorded) == ["rx.wav", "tx.wav"]


async def test_a_crew_that_presses_nothing_has_not_accepted(pbx, rig, bus):
    orders = Orders({111: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        result = await call_unit(rig.deps(orders, bus), 111)
        call = await phone.wait_call(20)
        assert loud_seconds(call) > 6
    assert result is CallResult.NO_KEY
    assert orders.results == {"dispatch-111-1": CallResult.NO_KEY}


async def test_key_2_says_the_order_again(pbx, rig, bus, until):
    orders = Orders({112: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        job = spawn(call_unit(rig.deps(orders, bus, flow=DISPATCH_FLOW), 112), name="call-112")
        call = await phone.wait_call(20)
        # The intro has 4.5 s of sound.
        await until(lambda: loud_seconds(call) > 5.5, 20)
        await phone.press(call, "2")
        heard = loud_seconds(call)
        await until(lambda: loud_seconds(call) > heard + 2, 20)
        await phone.press(call, "1")
        assert await job is CallResult.ACKNOWLEDGED


async def test_a_crew_that_hangs_up_in_the_middle_is_told_apart(pbx, rig, bus, until):
    orders = Orders({121: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        job = spawn(call_unit(rig.deps(orders, bus), 121), name="call-121")
        call = await phone.wait_call(20)
        await until(lambda: loud_seconds(call) > 1, 20)
        await phone.hang_up(call)
        assert await job is CallResult.HUNG_UP
    assert orders.results["dispatch-121-1"] == CallResult.HUNG_UP


async def test_a_crew_that_hangs_up_during_the_thanks_has_accepted(pbx, rig, bus, until):
    orders = Orders({122: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        job = spawn(call_unit(rig.deps(orders, bus), 122), name="call-122")
        call = await phone.wait_call(20)
        await until(lambda: loud_seconds(call) > 1, 20)
        await phone.press(call, "1")
        await until(lambda: orders.acknowledged, 20)
        await phone.hang_up(call)
        assert await job is CallResult.ACKNOWLEDGED


async def test_nobody_picks_up(pbx, rig, bus, until):
    orders = Orders({131: "unit-01"})
    async with Crew(pbx, "unit-01", rings=True) as phone:
        assert await call_unit(rig.deps(orders, bus, ring_seconds=2), 131) is CallResult.NO_ANSWER
        call = await phone.wait_call(20)
        await until(lambda: call.ended is CallEnded.MISSED, 20)


async def test_a_crew_that_is_busy_is_told_apart(pbx, rig, bus):
    orders = Orders({132: "unit-01"})
    async with Crew(pbx, "unit-01", refuses=True):
        assert await call_unit(rig.deps(orders, bus), 132) is CallResult.BUSY


async def test_a_crew_that_cannot_go_says_so_by_key_9(pbx, rig, bus, until):
    orders = Orders({133: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        job = spawn(call_unit(rig.deps(orders, bus), 133), name="call-133")
        call = await phone.wait_call(20)
        await until(lambda: loud_seconds(call) > 1, 20)
        await phone.press(call, "9")
        assert await job is CallResult.DECLINED
    assert orders.results == {"dispatch-133-1": CallResult.DECLINED}
    assert not orders.acknowledged


async def test_a_phone_that_is_not_there_is_unreachable(pbx, rig, bus):
    orders = Orders({141: "unit-02"})
    assert await call_unit(rig.deps(orders, bus), 141) is CallResult.UNREACHABLE


async def test_an_acknowledged_push_is_not_called_about(rig, bus):
    orders = Orders({151: "unit-01"}, acknowledged={151})
    assert await call_unit(rig.deps(orders, bus), 151) is None
    assert not orders.attempts


async def test_a_call_is_not_dialled_a_second_time_while_it_rings(pbx, rig, until):
    dial = {"caller_id": "12345", "ring_seconds": 10}
    async with Crew(pbx, "unit-01", rings=True) as phone:
        first = spawn(rig.control.originate_dispatch("unit-01", "dispatch-155-1", **dial), name="dial")
        call = await phone.wait_call(20)
        with pytest.raises(Conflict):
            await rig.control.originate_dispatch("unit-01", "dispatch-155-1", **dial)
        assert await rig.control.hang_up("dispatch-155-1")
        await until(lambda: call.ended is CallEnded.MISSED)
        assert await first is not DialResult.ANSWERED
    assert not await rig.control.hang_up("dispatch-155-1")


@pytest.mark.parametrize(("assignment", "rings"), [(161, True), (162, False)], ids=["ringing", "talking"])
async def test_the_call_stops_when_the_push_is_acknowledged_on_a_screen(
    pbx, rig, bus, sessions, until, assignment, rings
):
    orders = Orders({assignment: "unit-01"})
    async with Crew(pbx, "unit-01", rings=rings) as phone:
        job = spawn(call_unit(rig.deps(orders, bus), assignment), name=f"call-{assignment}")
        call = await phone.wait_call(20)
        if not rings:
            await until(lambda: loud_seconds(call) > 0.5, 20)
        orders.acknowledged.add(assignment)
        async with sessions() as session:
            await publish(session, "assignment", assignment)
            await session.commit()
        async with asyncio.timeout(60):
            assert await job is CallResult.ACKNOWLEDGED_ELSEWHERE
        await until(lambda: call.ended in (CallEnded.MISSED, CallEnded.BY_FAR_END), 20)
    assert orders.results[f"dispatch-{assignment}-1"] == CallResult.ACKNOWLEDGED_ELSEWHERE


async def test_without_prompts_the_call_fails_and_is_let_go(pbx, bus, until, tmp_path):
    orders = Orders({165: "unit-01"})
    async with Crew(pbx, "unit-01") as phone, line(pbx, tmp_path, recorded=tmp_path / "none" / "zh") as rig:
        await until(lambda: rig.logins)
        assert await call_unit(rig.deps(orders, bus), 165) is CallResult.FAILED
        call = await phone.wait_call(20)
        await until(lambda: call.ended is CallEnded.BY_FAR_END, 20)
    assert orders.results == {"dispatch-165-1": CallResult.FAILED}


async def test_a_lost_manager_connection_does_not_end_the_talk(pbx, rig, bus, until):
    orders = Orders({171: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        job = spawn(call_unit(rig.deps(orders, bus, flow=DISPATCH_FLOW), 171), name="call-171")
        call = await phone.wait_call(20)
        await until(lambda: loud_seconds(call) > 1, 20)
        logins = rig.logins
        rig.lose_connection()
        await until(lambda: rig.logins > logins, 20)
        # The intro twice at worst, then into the order.
        await until(lambda: loud_seconds(call) > 11, 40)
        await phone.press(call, "1")
        assert await job is CallResult.ACKNOWLEDGED
    assert list(orders.results) == ["dispatch-171-1"]


async def test_a_connection_lost_while_the_phone_rings_costs_nothing(pbx, rig, bus, until):
    orders = Orders({172: "unit-01"})
    async with Crew(pbx, "unit-01", rings=True) as phone:
        job = spawn(call_unit(rig.deps(orders, bus), 172), name="call-172")
        call = await phone.wait_call(20)
        logins = rig.logins
        rig.lose_connection()
        await phone.answer(call)
        await until(lambda: rig.logins > logins, 20)
        await until(lambda: loud_seconds(call) > 1, 20)
        await phone.press(call, "1")
        assert await job is CallResult.ACKNOWLEDGED


async def test_after_sigkill_the_same_call_is_picked_up_and_nobody_is_called_twice(
    pbx, rig, bus, database_url, until, tmp_path
):
    orders = Orders({181: "unit-01"})
    async with Crew(pbx, "unit-01") as phone:
        await orders.begin_attempt(181)
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.crew_line", "181", "unit-01", str(tmp_path), database_url),
            env={**os.environ, "AMI_PORT": str(pbx.settings.ami_port), "AMI_SECRET": pbx.secrets.ami},
            cwd=ROOT,
        )
        call = await phone.wait_call(60)
        await until(lambda: loud_seconds(call) > 1, 20)
        program.kill()
        await program.wait()
        await until(lambda: loud_seconds(call) > 2, 20)
        job = spawn(call_unit(rig.deps(orders, bus), 181), name="call-181-again")
        # The sentence continues to its end (4.5 s of sound in all); then it is played again.
        await until(lambda: loud_seconds(call) > 6, 20)
        await phone.press(call, "1")
        assert await job is CallResult.ACKNOWLEDGED
        await until(lambda: call.ended is CallEnded.BY_FAR_END, 20)
        assert phone.phone._incoming.empty(), "the phone rang once"
    assert orders.results == {"dispatch-181-1": CallResult.ACKNOWLEDGED}


async def test_a_call_that_still_rings_when_we_come_back_is_waited_for(pbx, rig, bus, until):
    orders = Orders({185: "unit-01", 186: "unit-01"})
    for assignment, lifts in ((185, True), (186, False)):
        async with Crew(pbx, "unit-01", rings=True) as phone:
            attempt = await orders.begin_attempt(assignment)
            dial = {"caller_id": "12345", "ring_seconds": 10}
            before = spawn(rig.control.originate_dispatch("unit-01", attempt.channel_id, **dial), name="dial")
            call = await phone.wait_call(20)
            await cancel(before)
            job = spawn(call_unit(rig.deps(orders, bus), assignment), name=f"call-{assignment}")
            if lifts:
                await phone.answer(call)
                await until(lambda call=call: loud_seconds(call) > 1, 20)
                await phone.press(call, "1")
            else:
                await until(lambda: rig.sessions._sessions)
                call.refuse("486 Busy Here")
            async with asyncio.timeout(60):
                assert await job is (CallResult.ACKNOWLEDGED if lifts else CallResult.BUSY)


async def test_a_call_of_before_is_ended_when_the_push_was_acknowledged_meanwhile(pbx, rig, bus, until):
    orders = Orders({187: "unit-01"}, acknowledged={187})
    async with Crew(pbx, "unit-01", rings=True) as phone:
        dial = {"caller_id": "12345", "ring_seconds": 10}
        before = spawn(rig.control.originate_dispatch("unit-01", "dispatch-187-1", **dial), name="dial")
        call = await phone.wait_call(20)
        await cancel(before)
        assert await call_unit(rig.deps(orders, bus), 187) is None
        await until(lambda: call.ended is CallEnded.MISSED, 20)


async def test_a_call_that_ended_while_we_were_away_is_made_anew_at_once(pbx, rig, bus):
    orders = Orders({191: "unit-01"})
    await orders.begin_attempt(191)
    assert await call_unit(rig.deps(orders, bus), 191) is CallResult.UNREACHABLE
    assert orders.results == {"dispatch-191-1": CallResult.INTERRUPTED, "dispatch-191-2": CallResult.UNREACHABLE}
