"""A citizen who keeps a place is called back: by real calls, through the exchange and the database."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core import clock
from core.bus import Bus
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict
from core.sections.pbx import PbxSection
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.callbacks.models import Callback
from dispatch.callbacks.queue import begin_try, open_callbacks, settle
from dispatch.callbacks.rules import CallbackState, TryResult
from dispatch.orders.actors import Actor
from dispatch.orders.models import CallPurpose, OrderCall
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from hotline.bridges.line.callbacks import ring_back
from hotline.line_runtime import LineRuntime, make_line
from hotline.processes.prepare import prepare_pbx
from hotline.runtime.runtime import Runtime
from recordings.models import Recording
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call
from telephony.pbx.secrets import load_secrets
from telephony.phone import AsyncPhone, PhoneAccount
from tests.support.exchange import PIECES, PROMPTS, ROOT, free_port, tone, write_wav

AGENT = Actor(1, Role.AGENT, "李娜")


@dataclass
class Stage:
    """An exchange, the line process on it."""

    runtime: Runtime
    line: LineRuntime
    until: Any

    @asynccontextmanager
    async def phone(self, user: str, *, rings: bool = False, number: str | None = None) -> AsyncIterator[AsyncPhone]:
        account = PhoneAccount(user, load_secrets(self.line.pbx).phones[user], self.line.pbx.sip_port, number=number)
        async with AsyncPhone(account, (lambda call: None) if rings else None) as phone:
            await phone.register()
            yield phone

    async def asks(self, citizen: AsyncPhone) -> Callback:
        """The citizen rings, waits, presses 1; returns the row."""
        known = {one.id for one in await self.open()}
        call = await citizen.call("12345")

        async def queued() -> Any:
            return (await self.line.control.queue_status()).waiting

        await self.until(queued)
        await citizen.press(call, "1")
        assert await citizen.wait_ended(call, 30)

        async def stored() -> Callback | None:
            return next((one for one in await self.open() if one.id not in known), None)

        found: Callback = await self.until(stored)
        return found

    async def open(self) -> list[Callback]:
        async with self.runtime.sessions() as session:
            return await open_callbacks(session, 100)

    async def dial(self, callback_id: int, extension: str = "1001") -> str:
        async with transaction(self.runtime.sessions) as session:
            rules = self.runtime.policy.callbacks
            begun = await begin_try(session, rules, callback_id, AGENT, extension, at=clock.now())
        await ring_back(self.runtime, self.line.control, begun.id)
        return begun.channel_id

    async def finished(self, callback_id: int) -> Callback:
        async def over() -> Callback | None:
            async with self.runtime.sessions() as session:
                row = await session.get_one(Callback, callback_id)
                return None if row.state is CallbackState.DIALLING else row

        found: Callback = await self.until(over, 20)
        return found


@pytest.fixture(scope="module")
async def stage(
    sessions: Sessions, engine: AsyncEngine, database_url: str, bus: Bus, policy: Policy,
    tmp_path_factory: pytest.TempPathFactory, until: Any,
) -> AsyncIterator[Stage]:  # fmt: skip
    folder: Path = tmp_path_factory.mktemp("callbacks")
    prompts = folder / "prompts"
    prompts.mkdir()
    for name, hertz in {**PROMPTS, **PIECES}.items():
        write_wav(prompts / f"{name}.wav", tone(hertz, 0.4))
    pbx = PbxSection(
        name="back", sip_port=free_port(socket.SOCK_DGRAM), manager_port=free_port(), http_port=free_port(),
        agents=2, test_phones=3,
    )  # fmt: skip
    settings = Settings(var=folder / "var", opt=ROOT / "var/opt", prompts=prompts, pbx=pbx)
    process = prepare_pbx(settings)
    listening = spawn(bus.listening.wait(), name="bus stands in")
    line = make_line(Runtime(settings, database_url, engine, sessions, bus, listening, PolicyHolder(policy)))
    tasks = [spawn(line.follower.run(), name="follower"), spawn(line.connection.run(), name="manager")]
    one = Stage(Runtime(settings, database_url, engine, sessions, bus, listening, PolicyHolder(policy)), line, until)
    try:
        await line.reconciled
        async with one.phone("1002"):
            # One is signed in and never free: everybody waits.
            await line.control.queue_add("1002", paused=True)
            await line.control.queue_pause("1002", "test")
            yield one
    finally:
        await line.connection.close()
        for task in tasks:
            await cancel(task)
        process.stop()


async def test_who_kept_his_place_is_reached_by_one_click_and_the_call_hangs_on_his_order(stage: Stage) -> None:
    async with stage.phone("citizen-1", number="13900000001") as citizen, stage.phone("1001") as agent:
        wish = await stage.asks(citizen)
        assert (wish.number, wish.state, wish.tries) == ("13900000001", CallbackState.WAITING, 0)
        channel_id = await stage.dial(wish.id)
        theirs, ours = await citizen.wait_call(30), await agent.wait_call(30)
        reached = await stage.finished(wish.id)
        assert (reached.state, reached.tries, reached.all_tries[0].result) == (
            CallbackState.REACHED, 1, TryResult.REACHED,
        )  # fmt: skip
        assert theirs.caller_number == "12345", "the citizen sees the line's number, not the agent's"
        await agent.hang_up(ours)
        await citizen.wait_ended(theirs, 30)

    async def over() -> Call | None:
        async with stage.runtime.sessions() as session:
            call = await session.get(Call, channel_id)
            return call if call is not None and call.ended_at else None

    call = await stage.until(over)
    assert (call.direction, call.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
    async with stage.runtime.sessions() as session:
        link = (await session.scalars(select(OrderCall).where(OrderCall.linkedid == channel_id))).one()
        recording = (await session.scalars(select(Recording).where(Recording.linkedid == channel_id))).one_or_none()
    assert (link.order_id, link.purpose) == (wish.order_id, CallPurpose.CALL_BACK)
    assert recording is not None, "recorded like any call"


async def test_a_busy_citizen_is_tried_again_later_and_not_sooner(stage: Stage) -> None:
    async with stage.phone("citizen-2", rings=True, number="13900000002") as citizen, stage.phone("1001"):
        wish = await stage.asks(citizen)
        await stage.dial(wish.id)
        (await citizen.wait_call(30)).refuse()
        after = await stage.finished(wish.id)
        assert (after.state, after.tries, after.all_tries[0].result) == (CallbackState.WAITING, 1, TryResult.BUSY)
        assert after.next_try_at is not None
        with pytest.raises(BadInput, match="以后再拨"):
            await stage.dial(wish.id)
        async with transaction(stage.runtime.sessions) as session:
            await settle(session, wish.id, AGENT, "已在窗口答复", at=clock.now())
    assert wish.id not in [one.id for one in await stage.open()]


async def test_an_agent_who_is_not_there_costs_the_citizen_no_try_and_places_are_kept(stage: Stage) -> None:
    async with stage.phone("citizen-3", number="13900000003") as citizen:
        first, second = await stage.asks(citizen), await stage.asks(citizen)
        assert [one.id for one in await stage.open()] == [first.id, second.id]
        await stage.dial(first.id, "1001")
        after = await stage.finished(first.id)
        assert (after.state, after.tries, after.all_tries[0].result) == (
            CallbackState.WAITING, 0, TryResult.AGENT_AWAY,
        )  # fmt: skip
        assert [one.id for one in await stage.open()] == [first.id, second.id]
        async with stage.phone("1001") as agent:
            await stage.dial(first.id)
            async with transaction(stage.runtime.sessions) as session:
                with pytest.raises(Conflict):
                    await begin_try(
                        session, stage.runtime.policy.callbacks, first.id, AGENT, "1001", at=clock.now()
                    )  # fmt: skip
            await citizen.wait_call(30)
            assert (await stage.finished(first.id)).state is CallbackState.REACHED
            await agent.hang_up(await agent.wait_call(30))
    async with stage.runtime.sessions() as session:
        assert (await session.get_one(Callback, second.id)).state is CallbackState.SETTLED, "the same number"
