"""Commands to the real Asterisk: the queue, the phones' states, channels and where they go."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from telephony.control.rows import DeviceState, LiveChannel
from telephony.phone import AsyncPhone, CallEnded
from tests.support.crew_line import Line, line
from tests.support.exchange import Exchange


@pytest.fixture(scope="module", name="pbx")
def started_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("control"))
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
async def rig(pbx: Exchange, tmp_path_factory: pytest.TempPathFactory, until: Any) -> AsyncIterator[Line]:
    made: Path = tmp_path_factory.mktemp("speech")
    async with line(pbx, made) as one:
        await until(lambda: one.logins)
        yield one


async def test_an_agent_comes_pauses_returns_and_goes(pbx, rig, until):
    control = rig.control

    async def state() -> DeviceState:
        return (await control.device_states())["1001"]

    async with AsyncPhone(pbx.account("1001")) as phone:
        await phone.register()
        await until(lambda: _is(state, DeviceState.NOT_IN_USE))
        assert await control.queue_add("1001")
        assert not await control.queue_add("1001"), "a second time changes nothing"
        assert await control.queue_pause("1001", "午餐 lunch")
        [member] = (await control.queue_status()).members
        assert (member.endpoint, member.paused, member.paused_reason) == ("1001", True, "午餐 lunch")
        # As a supervisor's pause is written, and with what would cut Asterisk's own list of members.
        assert await control.queue_pause("1001", "培训（许示例设置）；a;b|c，\r\nd")
        assert (await control.queue_status()).members[0].paused_reason == "培训（许示例设置） a b c d"
        assert member.state is DeviceState.NOT_IN_USE
        assert await control.queue_unpause("1001")
        assert not (await control.queue_status()).members[0].paused
        assert await control.queue_remove("1001")
        assert not await control.queue_remove("1001")
        assert not await control.queue_pause("1001", "gone")
        assert (await control.queue_status()).members == ()


async def test_a_phones_state_follows_the_phone(pbx, rig, until):
    async def state() -> DeviceState:
        return (await rig.control.device_states())["1002"]

    assert "nobody" not in await rig.control.device_states()
    await until(lambda: _is(state, DeviceState.UNAVAILABLE))
    async with AsyncPhone(pbx.account("1002")) as phone:
        await phone.register()
        await until(lambda: _is(state, DeviceState.NOT_IN_USE))
        call = await phone.call("600")
        await until(lambda: _is(state, DeviceState.BUSY, DeviceState.IN_USE))
        await phone.hang_up(call)
    await until(lambda: _is(state, DeviceState.UNAVAILABLE))


async def _is(state: Any, *wanted: DeviceState) -> bool:
    return await state() in wanted


async def test_a_citizen_waits_talks_and_is_sent_to_110(pbx, rig, until):
    control = rig.control

    async def waiting() -> tuple[Any, ...]:
        return (await control.queue_status()).waiting

    async with (
        AsyncPhone(pbx.account("1003"), lambda call: None) as agent,
        AsyncPhone(pbx.account("emergency-110")) as police,
        AsyncPhone(pbx.account("citizen-1", number="13800000042")) as citizen,
    ):
        for phone in (agent, police, citizen):
            await phone.register()
        await control.queue_add("1003")
        call = await citizen.call("12345")
        [caller] = await until(waiting, 20)
        assert (caller.position, caller.caller_number) == (1, "13800000042")
        ringing = await agent.wait_call(20)

        async def rings() -> dict[str, LiveChannel] | None:
            found = {row.endpoint: row for row in await control.live_channels()}
            return found if found["1003"].state == "Ringing" else None

        rows = await until(rings)
        assert rows["citizen-1"].uniqueid == caller.uniqueid == rows["1003"].linkedid
        assert rows["citizen-1"].application == "Queue"
        await agent.answer(ringing)
        await until(lambda: _bridged(control), 20)
        await control.redirect(caller.channel, "emergency", "110")
        picked_up = await police.wait_call(20)
        assert picked_up.caller_number == "13800000042"
        assert await control.hang_up(caller.uniqueid)
        await until(lambda: call.ended is CallEnded.BY_FAR_END, 20)
        assert not await control.hang_up(caller.uniqueid)
        await control.queue_remove("1003")


async def test_whom_an_agent_talks_with_can_be_sent_on(pbx, rig, until):
    control = rig.control
    async with (
        AsyncPhone(pbx.account("1003")) as agent,
        AsyncPhone(pbx.account("emergency-120")) as ambulance,
        AsyncPhone(pbx.account("citizen-2", number="13800000043")) as citizen,
    ):
        for phone in (agent, ambulance, citizen):
            await phone.register()
        await control.queue_add("1003")
        call = await citizen.call("12345")
        await agent.wait_call(20)
        agents_channel = await until(lambda: _bridged(control), 20)
        await control.transfer(agents_channel, "emergency", "120")
        assert (await ambulance.wait_call(20)).caller_number == "13800000043"
        await citizen.hang_up(call)
        await control.queue_remove("1003")


async def _bridged(control: Any) -> str:
    """The agent's channel, once it talks with somebody."""
    rows = [row for row in await control.live_channels() if row.bridge_id]
    return next((row.channel for row in rows if row.endpoint == "1003"), "") if len(rows) == 2 else ""
