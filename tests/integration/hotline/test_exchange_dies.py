"""Asterisk is killed or stopped in the middle of a call, and reloaded under one: nothing that rang is lost."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core import clock
from core.bus import Bus
from core.database import Sessions
from core.sections.pbx import PbxSection
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from hotline.line_runtime import LineRuntime, make_line
from hotline.processes.prepare import prepare_pbx
from hotline.processes.serve import keep_exchange
from hotline.runtime.runtime import Runtime
from recordings.archive.archiving import archive
from recordings.models import Recording, RecordingState
from telephony.agents.queue import take_event
from telephony.agents.state import AgentEvent, AgentEventKind
from telephony.ami.status import ManagerState
from telephony.calls.call_state import CallState, Outcome
from telephony.calls.events import fact_from_line
from telephony.calls.models import Call, CallEvent
from telephony.monitoring.line_health import ready_agents
from telephony.pbx.process import PbxProcess
from telephony.pbx.secrets import load_secrets
from telephony.phone import AsyncPhone, PhoneAccount, PhoneCall
from tests.support.exchange import PROMPTS, ROOT, free_port, tone, until_heard, write_wav

AGENT_HERTZ, CITIZEN_HERTZ = 1300, 440
BUFFERED_SECONDS = 2.05
"""Asterisk writes a leg's sound in blocks of 32 KiB; what is in its hands when it is killed is lost with it."""


@dataclass
class Stage:
    """An exchange, the line process's parts on it, an agent and a citizen."""

    settings: Settings
    process: PbxProcess
    line: LineRuntime
    sessions: Sessions
    agent: AsyncPhone
    citizen: AsyncPhone
    until: Any

    async def call_up(self) -> tuple[PhoneCall, PhoneCall, str]:
        """A call in which both talk: the citizen's end, the agent's, and its linkedid."""
        theirs = await self.citizen.call("12345")
        ours = await self.agent.wait_call(30)

        async def talking() -> str | None:
            async with self.sessions() as session:
                return await session.scalar(
                    select(Call.linkedid).where(Call.state == CallState.TALKING, Call.ended_at.is_(None))
                )

        return theirs, ours, await self.until(talking)

    async def agent_is_ready(self) -> bool:
        return ready_agents((await self.line.control.queue_status()).members) == ("1001",)

    async def ended(self, linkedid: str) -> Call:
        async def over() -> Call | None:
            async with self.sessions() as session:
                call = await session.get(Call, linkedid)
                return call if call is not None and call.ended_at else None

        found: Call = await self.until(over, 30)
        return found

    async def say_and_hear(self, theirs: PhoneCall, ours: PhoneCall) -> None:
        """Each hears the other."""
        await asyncio.to_thread(until_heard, theirs, ours, AGENT_HERTZ)
        await asyncio.to_thread(until_heard, ours, theirs, CITIZEN_HERTZ)


@asynccontextmanager
async def running(line: LineRuntime) -> AsyncIterator[None]:
    tasks = [spawn(line.follower.run(), name="follower"), spawn(line.connection.run(), name="manager")]
    try:
        yield
    finally:
        await line.connection.close()
        for task in tasks:
            await cancel(task)


@pytest.fixture
async def stage(
    sessions: Sessions, engine: AsyncEngine, database_url: str, bus: Bus, policy: Policy, tmp_path: Path, until: Any
) -> AsyncIterator[Stage]:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for name, hertz in PROMPTS.items():
        write_wav(prompts / f"{name}.wav", tone(hertz, 1.0))
    first = 30000 + os.getpid() % 100 * 100
    pbx = PbxSection(
        name="dies", sip_port=free_port(socket.SOCK_DGRAM), manager_port=free_port(), http_port=free_port(),
        rtp_first_port=first, rtp_last_port=first + 99, agents=2, test_phones=2, after_call_work_seconds=0,
    )  # fmt: skip
    settings = Settings(var=tmp_path / "var", opt=ROOT / "var/opt", prompts=prompts, pbx=pbx)
    process = prepare_pbx(settings)
    listening = spawn(bus.listening.wait(), name="bus stands in")
    line = make_line(Runtime(settings, database_url, engine, sessions, bus, listening, PolicyHolder(policy)))
    secrets = load_secrets(line.pbx).phones

    def phone(user: str, **more: str) -> AsyncPhone:
        return AsyncPhone(PhoneAccount(user, secrets[user], pbx.sip_port, **more))

    try:
        async with running(line), phone("1001") as agent, phone("citizen-1", number="13900000001") as citizen:
            await line.reconciled
            await agent.register()
            await citizen.register()
            await take_event(sessions, line.control, "1001", AgentEvent(AgentEventKind.READY))
            yield Stage(settings, process, line, sessions, agent, citizen, until)
    finally:
        process.stop()


def kill(process: PbxProcess) -> None:
    pid = process.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("end", [kill, PbxProcess.stop], ids=["killed", "stopped"])
async def test_a_call_that_the_exchange_took_with_it_ends_with_its_outcome_and_keeps_its_recording(
    stage: Stage, end: Callable[[PbxProcess], None]
) -> None:
    theirs, ours, linkedid = await stage.call_up()
    await stage.say_and_hear(theirs, ours)
    talked_until = clock.now()
    end(stage.process)
    await stage.until(lambda: stage.process.pid() is None)
    await stage.until(lambda: stage.line.connection.status.state is not ManagerState.CONNECTED)
    keeper = spawn(keep_exchange(stage.settings), name="as serve does")
    await stage.until(lambda: stage.process.status().running, 30, every=0.2)
    await cancel(keeper)

    call = await stage.ended(linkedid)
    assert (call.outcome, call.answered_by) == (Outcome.ANSWERED, "1001")
    assert all(leg.ended_at for leg in call.legs)
    async with stage.sessions() as session:
        kinds = set(await session.scalars(select(CallEvent.kind).where(CallEvent.linkedid == linkedid)))
        recording = (await session.scalars(select(Recording).where(Recording.linkedid == linkedid))).one()
    assert ("VANISHED" in kinds) is (end is kill)

    async def archived() -> bool:
        return await archive(stage.sessions, stage.settings.recordings, recording.id) is not RecordingState.EXPECTED

    await stage.until(archived, 20, every=0.5)
    async with stage.sessions() as session:
        saved = await session.get_one(Recording, recording.id)
    assert saved.state is RecordingState.SAVED, saved.reason
    assert saved.duration_seconds is not None
    assert call.recording_started_at is not None
    recorded_seconds = (talked_until - call.recording_started_at).total_seconds()
    lost_seconds = BUFFERED_SECONDS if end is kill else 0
    assert saved.duration_seconds > recorded_seconds - lost_seconds - 0.5

    for phone_call in (theirs, ours):
        phone_call.media.stop()
    await stage.until(lambda: stage.line.connection.status.state is ManagerState.CONNECTED, 30)
    await stage.agent.register()
    await stage.citizen.register()
    # The queue kept its member over the restart; it learns that the phone is there because the line asks it.
    await stage.until(stage.agent_is_ready, 60, every=0.2)
    again, answered, next_linkedid = await stage.call_up()
    assert next_linkedid != linkedid
    await stage.say_and_hear(again, answered)
    await stage.citizen.hang_up(again)
    assert (await stage.ended(next_linkedid)).outcome is Outcome.ANSWERED


async def test_a_reload_with_changed_settings_drops_no_call(stage: Stage) -> None:
    theirs, ours, linkedid = await stage.call_up()
    await stage.say_and_hear(theirs, ours)
    changed = stage.settings.pbx.model_copy(update={"queue_seconds": 77, "agents": 3})
    process = prepare_pbx(stage.settings.model_copy(update={"pbx": changed}))
    process.reload()
    assert "1003" in process.rx("pjsip show endpoints")
    assert process.status().channels == 2
    await stage.say_and_hear(theirs, ours)
    await stage.citizen.hang_up(theirs)
    call = await stage.ended(linkedid)
    assert call.outcome is Outcome.ANSWERED
    async with stage.sessions() as session:
        kinds = list(await session.scalars(select(CallEvent.kind).where(CallEvent.linkedid == linkedid)))
    assert "VANISHED" not in kinds
    assert kinds.count("LINKEDID_END") == 1


async def test_a_manager_connection_that_is_cut_again_and_again_costs_no_fact_of_a_call(stage: Stage) -> None:
    """Why one session is enough (docs/decisions/0002): cut in each part of a call, and away before its end."""

    async def cut() -> None:
        lost = stage.line.connection.status.since
        session = stage.line.connection._session
        assert session is not None
        session.end(ManagerState.DROPPED, "the test cut it")
        await stage.until(lambda: stage.line.connection.status.since > lost)

    await cut()
    theirs, ours, linkedid = await stage.call_up()
    await cut()
    await stage.say_and_hear(theirs, ours)
    await stage.until(lambda: stage.line.connection.status.state is ManagerState.CONNECTED, 30)
    await cut()
    await stage.line.connection.close()
    await stage.citizen.hang_up(theirs)
    call = await stage.ended(linkedid)
    assert (call.outcome, call.answered_by) == (Outcome.ANSWERED, "1001")

    file = stage.line.pbx.cel_file
    written = [fact_from_line(line) for line in file.read_bytes().splitlines(keepends=True)]
    wanted = [(fact.kind, fact.uniqueid, fact.at) for fact in written if fact.linkedid == linkedid]

    async def stored() -> bool:
        rows = select(CallEvent.kind, CallEvent.uniqueid, CallEvent.at).where(CallEvent.linkedid == linkedid)
        async with stage.sessions() as session:
            return sorted(tuple(row) for row in await session.execute(rows)) == sorted(wanted)

    await stage.until(stored)
    async with stage.sessions() as session:
        assert (await session.scalars(select(Recording).where(Recording.linkedid == linkedid))).one()
