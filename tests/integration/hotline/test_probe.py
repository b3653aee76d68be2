"""The probe against a real exchange, a real database and a beating line: it hears the greeting, and each trouble."""

import datetime as dt
import json
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import delete, select

from core import clock
from core.database import Sessions, make_engine, make_sessions, transaction
from core.sections.probe import ProbeSettings
from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.monitoring.heartbeat import beat
from hotline.monitoring.probe import Probe, say_round
from telephony.ami.status import ManagerState, ManagerStatus
from telephony.calls.call_recorder import CallRecorder
from telephony.calls.call_state import Direction
from telephony.calls.cel_reader import Follower
from telephony.calls.models import Call, CallEvent, CelPosition
from telephony.monitoring.models import Alarm, LineHeart, ProbeRound, RosterEntry
from telephony.monitoring.roster import RosterShift
from telephony.trouble_kinds import TroubleKind
from tests.support.exchange import ROOT, Exchange

PROMPTS = (ROOT / "deploy/city/qufu/prompts", ROOT / "deploy/prompts/zh")
ALWAYS = (RosterShift("always", frozenset(range(7)), dt.time(0), dt.time(0), 1),)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whose greeting is the real one: what citizens hear."""
    made = Exchange(tmp_path_factory.mktemp("watched"), systemname="watched")
    write_prompt(made.settings.prompts_directory / "greeting.wav", speech("greeting"))
    made.start()
    yield made
    made.stop()


def write_prompt(file: Path, samples: bytes) -> None:
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(samples)


def speech(name: str) -> bytes:
    """The first three seconds of a real prompt: a whole one makes every round ten seconds long."""
    file = next(file for folder in PROMPTS if (file := folder / f"{name}.wav").exists())
    with wave.open(str(file)) as wav:
        return wav.readframes(3 * 8000)


def watch_of(exchange: Exchange, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, **told: Any) -> Probe:
    monkeypatch.setattr("hotline.monitoring.probe.pbx_settings", lambda settings: exchange.settings)
    return Probe(Settings(probe=ProbeSettings(**told)), sessions, ALWAYS)


@asynccontextmanager
async def beating(exchange: Exchange, sessions: Sessions, tmp_path: Path, until: Any) -> AsyncIterator[None]:
    """A follower that reads this exchange's file, and the heart of a line that is logged in."""

    async def nothing(*_: Any) -> None:
        pass

    follower = Follower(
        CallRecorder("watched", sessions, nothing), sessions, pbx="watched", file=exchange.settings.cel_file
    )
    connection: Any = SimpleNamespace(status=ManagerStatus(ManagerState.CONNECTED, clock.now(), "Asterisk"))
    tasks = [
        spawn(follower.run(), name="follower"),
        spawn(beat(sessions, connection, follower, pbx="watched", file=exchange.settings.cel_file), name="heart"),
    ]

    async def beats() -> bool:
        async with sessions() as session:
            heart = await session.get(LineHeart, "watched")
            return heart is not None and heart.cel_read_at is not None

    try:
        await until(beats)
        yield
    finally:
        for task in tasks:
            await cancel(task)


async def rows(sessions: Sessions, kind: Any) -> list[Any]:
    async with sessions() as session:
        return list(await session.scalars(select(kind)))


@pytest.fixture(autouse=True)
async def empty(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        for kind in (Alarm, ProbeRound, LineHeart, RosterEntry, CallEvent, Call, CelPosition):
            await session.execute(delete(kind))


async def test_all_is_well_and_the_greeting_is_recognised_and_no_trace_of_a_citizen_is_left(
    exchange: Exchange, sessions: Sessions, tmp_path: Path, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = watch_of(exchange, sessions, monkeypatch)
    async with beating(exchange, sessions, tmp_path, until):
        with exchange.agent("1001", rings=True) as agent:
            done = await probe.check()
            assert done.troubles == ()
            assert agent.calls() == []
        assert done.seen.ring_result.greeting is not None
        assert done.seen.ring_result.greeting.score >= 0.8
        assert done.seen.ring_result.answer_seconds is not None
        assert done.seen.ring_result.answer_seconds < 2
        assert all(good for good, _ in say_round(done))

        async def told() -> list[Call]:
            return [call for call in await rows(sessions, Call) if call.ended_at]

        [call] = await until(told)
    assert (call.direction, call.recorded_uniqueid, call.queued_at) == (Direction.PROBE, None, None)
    assert list(exchange.settings.recordings_directory.rglob("*.wav")) == []
    [row] = await rows(sessions, ProbeRound)
    assert (row.ready_agents, row.wanted_agents, row.troubles) == (1, 1, [])
    assert await rows(sessions, Alarm) == []


async def test_an_empty_queue_and_a_dead_line_alarm_once_and_their_end_is_told(
    exchange: Exchange, sessions: Sessions, tmp_path: Path, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[dict[str, Any]] = []

    async def hear(request: web.Request) -> web.Response:
        found.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/alarm", hear)
    server = TestServer(app)
    await server.start_server()
    file = tmp_path / "told.jsonl"
    command = (sys.executable, "-c", f"import sys; open({str(file)!r}, 'a').write(sys.stdin.read() + chr(10))")
    probe = watch_of(exchange, sessions, monkeypatch, webhook=str(server.make_url("/alarm")), command=command)

    first = await probe.check()
    assert {trouble.kind for trouble in first.troubles} == {TroubleKind.NO_AGENT, TroubleKind.LINE_AWAY}
    await probe.check()
    assert [one["what"] for one in found] == ["raised", "raised"]
    assert len(await rows(sessions, Alarm)) == 2

    async with beating(exchange, sessions, tmp_path, until):
        with exchange.agent("1001", rings=True):
            assert (await probe.check()).troubles == ()
    assert sorted((one["what"], one["kind"]) for one in found) == [
        ("cleared", "line_away"),
        ("cleared", "no_agent"),
        ("raised", "line_away"),
        ("raised", "no_agent"),
    ]
    assert [json.loads(line) for line in file.read_text().splitlines()] == found
    assert all(alarm.cleared_at and alarm.cleared_sent_at for alarm in await rows(sessions, Alarm))
    await server.close()


async def test_who_could_not_be_told_is_told_with_the_next_round(
    exchange: Exchange, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "tell"
    probe = watch_of(exchange, sessions, monkeypatch, command=(str(script),))
    await probe.check()
    assert not any(alarm.raised_sent_at for alarm in await rows(sessions, Alarm))
    script.write_text("#!/bin/sh\ncat >/dev/null\n")
    script.chmod(0o755)
    await probe.check()
    assert all(alarm.raised_sent_at for alarm in await rows(sessions, Alarm))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [("", TroubleKind.GREETING_SILENT), ("leave-message", TroubleKind.GREETING_WRONG)],
)
async def test_a_silent_and_a_wrong_greeting_are_heard(
    exchange: Exchange, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prompt: str,
    expected: TroubleKind,
) -> None:  # fmt: skip
    """The probe knows the true greeting; the exchange plays another file."""
    played = exchange.settings.prompts_directory / "greeting.wav"
    true = tmp_path / "prompts"
    true.mkdir()
    write_prompt(true / "greeting.wav", speech("greeting"))
    write_prompt(played, speech(prompt) if prompt else bytes(16000))
    probe = watch_of(exchange, sessions, monkeypatch)
    settings = exchange.settings.model_copy(update={"prompts_directory": true})
    monkeypatch.setattr(probe, "_pbx", settings)
    try:
        done = await probe.check()
    finally:
        write_prompt(played, speech("greeting"))
    assert expected in {trouble.kind for trouble in done.troubles}


async def test_the_roster_of_the_table_stands_above_the_citys(
    exchange: Exchange, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    async with transaction(sessions) as session:
        hour = dt.timedelta(hours=1)
        session.add(
            RosterEntry(starts_at=now - hour, ends_at=now + hour, ready_least=1, extensions=["1002"], note="flood")
        )
    with exchange.agent("1001", rings=True):
        done = await watch_of(exchange, sessions, monkeypatch).check()
    [few] = [trouble for trouble in done.troubles if trouble.kind is TroubleKind.TOO_FEW_AGENTS]
    assert "1002" in few.detail


async def test_a_dead_exchange_is_no_answer(
    tmp_path: Path, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.monitoring.probe_call._REGISTER_SECONDS", 1)
    monkeypatch.setattr("hotline.monitoring.probe._ASK_SECONDS", 1)
    nobody = Exchange(tmp_path / "dead", systemname="watched")
    write_prompt(nobody.settings.prompts_directory / "greeting.wav", speech("greeting"))
    done = await watch_of(nobody, sessions, monkeypatch).check()
    kinds = {trouble.kind for trouble in done.troubles}
    assert kinds == {TroubleKind.NOT_ANSWERED, TroubleKind.QUEUE_UNKNOWN, TroubleKind.LINE_AWAY}


async def test_without_a_database_it_still_rings_and_tells_once(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "told.jsonl"
    command = (sys.executable, "-c", f"import sys; open({str(file)!r}, 'a').write(sys.stdin.read() + chr(10))")
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    with exchange.agent("1001", rings=True):
        probe = watch_of(exchange, make_sessions(engine), monkeypatch, command=command)
        done = await probe.check()
        await probe.check()
    await engine.dispose()
    assert [trouble.kind for trouble in done.troubles] == [TroubleKind.DATABASE_AWAY]
    assert [json.loads(line)["kind"] for line in file.read_text().splitlines()] == ["database_away"]
