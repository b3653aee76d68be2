"""Another model makes old transcripts again, after all that is new; emergencies and messages come first."""

import asyncio
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import selectinload

from core.clock import now
from core.database import Sessions, transaction
from core.sections.speech import SpeechSettings
from core.settings import Settings
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.kinds import Urgency
from dispatch.orders.drafts import draft_for_call
from dispatch.workflow import Role
from hotline.bridges.recordings.transcribing import is_emergency
from recordings.archive.archiving import archive, expect_recording
from recordings.models import RecordingPart, Speaker, Transcript, TranscriptState
from recordings.recognition.engine import Engine
from recordings.recognition.speech_models import find_named_model
from recordings.transcripts.backlog import defer_again, load_backlog
from recordings.transcripts.transcribe import AGAIN, transcribe, transcribe_again
from tests.support.sound import put_original, speech, steady_model, wav_bytes
from tests.support.web_rig import WebRig


@pytest.fixture(scope="module")
def engine_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    korean = find_named_model(Settings(), "ko-test")
    assert korean is not None
    model = steady_model(tmp_path_factory.mktemp("models") / "ko-steady", korean.path)
    return Settings(var=tmp_path_factory.mktemp("var"), speech=SpeechSettings(model=str(model)))


async def archived(sessions: Sessions, folder: Path, linkedid: str, part: RecordingPart) -> int:
    """The id of the waiting transcript."""
    started_at = now() - dt.timedelta(hours=1)
    said = speech("너무", "라디오", gap_seconds=1.0, voice="ko+f3")
    async with transaction(sessions) as session:
        recording = await expect_recording(
            session,
            linkedid=linkedid,
            uniqueid=linkedid,
            part=part,
            far_side=Speaker.CALLER,
            started_at=started_at,
            ended_at=started_at + dt.timedelta(seconds=len(said) / 8000),
        )
    for side in ("message",) if part is RecordingPart.MESSAGE else ("rx", "tx"):
        put_original(folder, linkedid, side, wav_bytes(said), started_at)
    await archive(sessions, folder, recording.id, is_emergency=is_emergency)
    async with sessions() as session:
        return (await session.scalars(select(Transcript.id).where(Transcript.recording_id == recording.id))).one()


async def load(sessions: Sessions, transcript_id: int) -> Transcript:
    async with sessions() as session:
        return await session.get_one(Transcript, transcript_id, options=[selectinload(Transcript.segments)])


async def queue(sessions: Sessions) -> list[tuple[str, int]]:
    """Jobs of the recogniser: (name, transcript), in the order in which a worker takes them."""
    async with sessions() as session:
        found = await session.execute(
            text(
                "SELECT task_name, (args->>'transcript_id')::int FROM procrastinate_jobs "
                "WHERE queue_name = 'speech' AND status = 'todo' ORDER BY priority DESC, id"
            )
        )
        return [(name, int(which)) for name, which in found]


async def test_emergencies_then_messages_then_calls_then_what_is_made_anew(
    sessions: Sessions, city: City, engine_settings: Settings
) -> None:
    folder = engine_settings.recordings
    async with transaction(sessions) as session:
        await import_city(session, city)
        order = await draft_for_call(session, city, linkedid="qufu-9.3", citizen_phone="", at=now())
        order.urgency = Urgency.EMERGENCY
    call = await archived(sessions, folder, "qufu-9.1", RecordingPart.CONVERSATION)
    message = await archived(sessions, folder, "qufu-9.2", RecordingPart.MESSAGE)
    emergency = await archived(sessions, folder, "qufu-9.3", RecordingPart.CONVERSATION)
    name = "recordings.transcribe"
    assert await queue(sessions) == [(name, emergency), (name, message), (name, call)]
    async with transaction(sessions) as session:
        await session.execute(
            update(Transcript).where(Transcript.id == message).values(state=TranscriptState.DONE, model="old sha256:1")
        )
        assert await defer_again(session, made_by="ol") == 0
        assert await defer_again(session, made_by="old", since=now()) == 0
        assert await defer_again(session, made_by="old", since=now() - dt.timedelta(days=1)) == 1
        assert await defer_again(session) == 0, "it waits already"
    assert (await queue(sessions))[-1] == (AGAIN, message)
    async with sessions() as session:
        backlog = await load_backlog(session, now())
    assert (backlog.new, backlog.again) == (2, 1)
    assert backlog.new_audio_seconds > backlog.again_audio_seconds > 3
    assert backlog.work_seconds(2) is None


async def test_the_old_text_stays_until_the_new_one_is_there_and_the_same_model_does_it_once(
    sessions: Sessions, engine_settings: Settings
) -> None:
    engine, folder = Engine(engine_settings), engine_settings.recordings
    transcript_id = await archived(sessions, folder, "qufu-9.4", RecordingPart.MESSAGE)
    assert await transcribe(sessions, folder, engine, transcript_id) is TranscriptState.DONE
    made = await load(sessions, transcript_id)
    assert made.segments
    assert await transcribe_again(sessions, folder, engine, transcript_id) is False
    async with transaction(sessions) as session:
        older = await session.get_one(Transcript, transcript_id)
        older.model, older.text = "demo-cn sha256:0", "旧的文字"
    nothing = Engine(Settings(var=engine_settings.var, speech=SpeechSettings(model="no-such-model")))
    assert await transcribe_again(sessions, folder, nothing, transcript_id) is False
    kept = await load(sessions, transcript_id)
    assert (kept.state, kept.text, len(kept.segments)) == (TranscriptState.DONE, "旧的文字", len(made.segments))
    assert await transcribe_again(sessions, folder, engine, transcript_id) is True
    again = await load(sessions, transcript_id)
    assert (again.state, again.text, again.model) == (TranscriptState.DONE, made.text, made.model)
    assert len(again.segments) == len(made.segments)


async def test_by_hand_it_says_what_waits(sessions: Sessions, database_url: str, tmp_path: Path) -> None:
    async def said(*options: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hotline", "transcribe", *options),
            env=os.environ | {"DATABASE_URL": database_url, "HOTLINE_VAR": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        words, _ = await process.communicate()
        return process.returncode, words.decode()

    code, words = await said("--again", "--since", "2026-01-01")
    assert code == 0, words
    assert "to be made again: 1" in words
    assert "again: 2 transcripts" in words
    assert (await said("--since", "2026-01-01"))[0] == 2


async def test_the_backlog_is_told_to_the_hall(web_rig: WebRig) -> None:
    answer: Any = await web_rig.get(Role.SUPERVISOR, "/api/transcripts/backlog")
    assert set(answer) >= {"new", "again", "estimate_seconds"}
    assert (await web_rig.ask(Role.UNIT, "GET", "/api/transcripts/backlog")).status == 403
