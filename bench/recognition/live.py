"""The live transcript: how soon a phrase is text, and what hearing 1, 2, 4 and 8 calls takes, against bare Vosk.

Each call is a conversation of the demo's sentences in two files that grow as Asterisk lets them grow (32,768 bytes of
each leg at once, every 2.05 s; docs/decisions/0009), at the pace of real time; calls begin one after the other, so
that their phases differ. All of it goes the product's way: rows, files, recognisers, repair of names, segments stored.
"""

import asyncio
import datetime as dt
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import vosk
from sqlalchemy import delete, select

from bench.database import temporary_database
from bench.recognition.speech import SYNTHETIC
from bench.recognition.testset import RATE, ROOT, Samples
from bench.row import Row, make_row
from core import clock
from core.bus import Bus, publish
from core.database import Sessions, make_engine, make_sessions, transaction
from core.sections.speech import SpeechSettings
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.load import load_city
from hotline.bridges.recordings.gazetteer import gazetteer_of
from recordings.models import RecordingPart
from recordings.names import original_folders, original_names
from recordings.recognition.engine import Engine, LoadedModel
from recordings.recognition.vosk_result import join_words
from recordings.transcripts.live import LiveEar
from recordings.transcripts.live_store import SPEAKING
from recordings.transcripts.models import LiveSegment
from telephony.calls.call_state import CallState, Direction
from telephony.calls.models import Call

DEMO = ROOT / "deploy/demo/speech"
CALLS = (1, 2, 4, 8)
FLUSH_BYTES = 32_768
HEADER = bytes.fromhex("524946462400000057415645666d74201000000001000100401f0000803e0000020010006461746100000000")
"""Of a WAV that is being written: 16 bits, 8 kHz, one channel, lengths not yet known."""
TALK = [("tx", "agent-hello"), ("rx", "citizen-lamp"), ("tx", "agent-where"), ("rx", "citizen-manhole"),
        ("tx", "agent-registered"), ("rx", "citizen-water")]  # fmt: skip
GAPS_SECONDS = (0.9, 1.3, 1.1, 1.7, 0.8, 1.5)
_DRAIN_SECONDS = 120.0


@dataclass(frozen=True)
class Conversation:
    rx: Samples
    tx: Samples

    @property
    def seconds(self) -> float:
        return len(self.rx) / RATE


@dataclass(frozen=True)
class LiveHeard:
    calls: int
    shown_seconds: list[float]
    """Of each stretch: from the end of its last word until that word was published, final or not."""
    stored_seconds: list[float]
    """Until its row was stored."""
    processor_seconds: float
    """Of this process meanwhile, the imitated telephones among it."""


async def measure_live(sessions: Sessions, bus: Bus) -> tuple[Row, Row]:
    """Lag and share."""
    said = conversation()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        settings = Settings(var=Path(folder), speech=SpeechSettings(model="demo-cn"))
        engine = Engine(settings, gazetteer_of(load_city(ROOT / "deploy/city/qufu")))
        model = await engine.load()
        assert model is not None
        bare = await asyncio.to_thread(_bare_seconds, model, said)
        bare_lags = await asyncio.to_thread(lambda: list(_bare_lags(model, said)))
        runs = [await _hear(sessions, bus, settings, engine, said, calls) for calls in CALLS]
    return _lag_row(runs, bare_lags), _share_row(runs, bare, said)


def conversation() -> Conversation:
    """Half a minute: one speaks while the other is silent, as on a line without noise."""
    legs: dict[str, list[Samples]] = {"rx": [], "tx": []}
    for (leg, name), gap in zip(TALK, GAPS_SECONDS, strict=True):
        speech = soundfile.read(DEMO / f"{name}.wav", dtype="int16")[0].astype(np.int16)
        pause = np.zeros(round(gap * RATE), np.int16)
        legs[leg] += [speech, pause]
        legs["tx" if leg == "rx" else "rx"] += [np.zeros_like(speech), pause]
    return Conversation(np.concatenate(legs["rx"]), np.concatenate(legs["tx"]))


async def _hear(
    sessions: Sessions, bus: Bus, settings: Settings, engine: Engine, said: Conversation, calls: int
) -> LiveHeard:
    ear = LiveEar(sessions, settings.recordings, engine, pbx="bench", threads=os.cpu_count() or 1)
    hearing = spawn(ear.run(bus), name="bench ear")
    ids = [f"bench-{time.time_ns()}.{number}" for number in range(calls)]
    before = time.process_time()
    published: list[tuple[dt.datetime, dict[str, str]]] = []
    listening = spawn(_listen(bus, published), name="bench listener")
    async with asyncio.TaskGroup() as talking:
        for number, linkedid in enumerate(ids):
            talking.create_task(_talk(sessions, settings.recordings, said, linkedid, number * 2.05 / calls))
    async with asyncio.timeout(_DRAIN_SECONDS):
        await ear.quiet()
    processor_seconds = time.process_time() - before
    await cancel(hearing)
    await cancel(listening)
    async with transaction(sessions) as session:
        rows = (await session.scalars(select(LiveSegment).where(LiveSegment.linkedid.in_(ids)))).all()
        found = {call.linkedid: call for call in await session.scalars(select(Call).where(Call.linkedid.in_(ids)))}
        shown = [(_shown_at(row, published) - _said_at(row, found[row.linkedid])).total_seconds() for row in rows]
        stored = [(row.heard_at - _said_at(row, found[row.linkedid])).total_seconds() for row in rows]
        await session.execute(delete(LiveSegment))
    return LiveHeard(calls, shown, stored, processor_seconds)


async def _listen(bus: Bus, published: list[tuple[dt.datetime, dict[str, str]]]) -> None:
    """What is published to every screen of the words that may still change, and when."""
    async with bus.subscribe() as changes:
        while True:
            change = await changes.get()
            if change.topic == SPEAKING:
                published.append((clock.now(), json.loads(change.id)))


def _said_at(row: LiveSegment, call: Call) -> dt.datetime:
    """When its last word had been spoken."""
    assert call.recording_started_at is not None
    return call.recording_started_at + dt.timedelta(seconds=row.end_seconds)


def _shown_at(row: LiveSegment, published: Sequence[tuple[dt.datetime, dict[str, str]]]) -> dt.datetime:
    """When all of it was first published, as a partial or as the stored row."""
    heard = join_words([word["word"] for word in row.words])
    return next(
        (
            at
            for at, one in published
            if at < row.heard_at
            and (one["linkedid"], one["speaker"], one["text"]) == (row.linkedid, row.speaker, heard)
        ),
        row.heard_at,
    )


async def _talk(sessions: Sessions, recordings: Path, said: Conversation, linkedid: str, wait_seconds: float) -> None:
    """One call from its answer to its end."""
    await asyncio.sleep(wait_seconds)
    at = clock.now()
    names = original_names(linkedid, RecordingPart.CONVERSATION)
    folder = original_folders(recordings, at)[0]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / names.far).open("ab", 0) as rx, (folder / str(names.city)).open("ab", 0) as tx:
        rx.write(HEADER)
        tx.write(HEADER)
        async with _living(sessions, linkedid, at):
            for start in range(0, len(said.rx), FLUSH_BYTES // 2):
                end = min(start + FLUSH_BYTES // 2, len(said.rx))
                await asyncio.sleep((at - clock.now()).total_seconds() + end / RATE)
                rx.write(said.rx[start:end].tobytes())
                tx.write(said.tx[start:end].tobytes())


@asynccontextmanager
async def _living(sessions: Sessions, linkedid: str, at: dt.datetime) -> AsyncIterator[None]:
    call = Call(
        linkedid=linkedid, pbx="bench", direction=Direction.INBOUND, state=CallState.TALKING, caller_number="",
        caller_name="", called_number="", started_at=at, answered_at=at, recorded_uniqueid=linkedid,
        recording_started_at=at, acted_on=[],
    )  # fmt: skip
    async with transaction(sessions) as session:
        session.add(call)
        await publish(session, "call", linkedid)
    yield
    async with transaction(sessions) as session:
        call = await session.get_one(Call, linkedid)
        call.ended_at = clock.now()
        await publish(session, "call", linkedid)


def _bare_seconds(model: LoadedModel, said: Conversation) -> float:
    """Processor seconds that Vosk alone takes for one conversation, silence and all; the second of two rounds."""
    took = 0.0
    for _ in range(2):
        before = time.process_time()
        for leg in (said.rx, said.tx):
            for _ in _bare_lags(model, Conversation(leg, leg[:0])):
                pass
        took = time.process_time() - before
    return took


def _bare_lags(model: LoadedModel, said: Conversation) -> Iterator[float]:
    """Vosk's own wait: from the end of a stretch's last word to the block of sound after which it says so. Its
    computing left out: no file, no database, no screen can be sooner."""
    for leg in (said.rx, said.tx):
        recogniser = vosk.KaldiRecognizer(model.vosk_model, RATE)
        recogniser.SetWords(True)
        for start in range(0, len(leg), RATE // 4):
            if recogniser.AcceptWaveform(leg[start : start + RATE // 4].tobytes()):
                words = _words(recogniser.Result())
                if words:
                    yield (start + RATE // 4) / RATE - words[-1]


def _words(result: str) -> list[float]:
    """Where each word ends, in seconds."""
    return [float(word["end"]) for word in json.loads(result).get("result", [])]


def _lag_row(runs: Sequence[LiveHeard], bare: Sequence[float]) -> Row:
    shown = [seconds for run in runs for seconds in run.shown_seconds]
    stored = [seconds for run in runs for seconds in run.stored_seconds]
    by_calls = "; ".join(f"{run.calls} calls: {_both(run.shown_seconds)} of {len(run.shown_seconds)}" for run in runs)
    return make_row(
        name="live-lag",
        what="from the end of a phrase to all its words sent to the screens (ours), against the time that Vosk itself "
        "waits until it calls the phrase ended, its computing left out (floor)",
        unit="seconds, LESS is better",
        ours=[float(np.percentile(shown, 50))],
        floor=[float(np.percentile(bare, 50))],
        note=f"{SYNTHETIC}; sent {_both(shown)}; stored as final {_both(stored)}. Asterisk hands sound over every "
        f"2.05 s. Told, {by_calls}",
    )


def _both(seconds: Sequence[float]) -> str:
    return f"p50 {np.percentile(seconds, 50):.2f}, p99 {np.percentile(seconds, 99):.2f} s"


def _share_row(runs: Sequence[LiveHeard], bare_seconds: float, said: Conversation) -> Row:
    cores = os.cpu_count() or 1
    shares = "; ".join(
        f"{run.calls} calls: {100 * run.processor_seconds / said.seconds / cores:.1f} % of {cores} cores "
        f"(bare {100 * run.calls * bare_seconds / said.seconds / cores:.1f} %)"
        for run in runs
    )
    return make_row(
        name="live-share",
        what="conversations that one core hears in real time, the product's way (ours) against bare Vosk on all of "
        "their sound (floor)",
        unit="conversations a core",
        ours=[run.calls * said.seconds / run.processor_seconds for run in runs],
        floor=[said.seconds / bare_seconds for _ in runs],
        note=f"{SYNTHETIC}, clean line: silence is not decoded by ours; {said.seconds:.0f} s each, both legs; {shares}",
    )


@cache
def live_rows() -> tuple[Row, Row]:
    """Lag and share, measured once for both, in a database of its own that goes away."""
    with temporary_database() as url:
        return asyncio.run(_with_database(url))


async def _with_database(url: str) -> tuple[Row, Row]:
    engine, bus = make_engine(url), Bus(url)
    listening = spawn(bus.run(), name="bus")
    try:
        async with asyncio.timeout(30):
            await bus.listening.wait()
        return await measure_live(make_sessions(engine), bus)
    finally:
        await cancel(listening)
        await engine.dispose()
