"""A worker that is killed in the middle of its job: another takes the job back and does it, once."""

import asyncio
import datetime as dt
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select, text

from core.clock import now
from core.database import Sessions, transaction
from recordings.archive.archiving import expect_recording
from recordings.models import Recording, RecordingPart, RecordingState, Segment, Speaker, Transcript, TranscriptState
from tests.support.sound import put_original, speech, wav_bytes


@asynccontextmanager
async def worker(database_url: str, var: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`hotline worker` as a process of its own; killed at the end if it is still there."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "HOTLINE_VAR": str(var),
        "HOTLINE_SPEECH__MODEL": "ko-test",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline", "worker", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_its_jobs_are_taken_back_and_done_once(
    sessions: Sessions, database_url: str, tmp_path: Path, until: Callable[..., Any]
) -> None:
    said = np.tile(speech("너무", "라디오", gap_seconds=2.0, voice="ko+f3"), 6)
    started_at = now() - dt.timedelta(hours=1)
    uniqueid = "qufu-1763712000.1"
    for side in ("rx", "tx"):
        put_original(tmp_path / "recordings", uniqueid, side, wav_bytes(said), started_at)
    async with transaction(sessions) as session:
        recording = await expect_recording(
            session,
            linkedid=uniqueid,
            uniqueid=uniqueid,
            part=RecordingPart.CONVERSATION,
            far_side=Speaker.CALLER,
            started_at=started_at,
            ended_at=started_at + dt.timedelta(seconds=len(said) / 8000),
        )

    async def is_in(state: TranscriptState) -> bool:
        async with sessions() as session:
            return await session.scalar(select(Transcript.state)) is state

    async with worker(database_url, tmp_path) as first:
        await until(lambda: is_in(TranscriptState.RUNNING), 60, every=0.05)
        first.kill()
        assert await first.wait() == -9
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")) >= 1
        assert await session.scalar(select(Segment.id)) is None
    # Twelve seconds without a sign of life, without waiting for them.
    async with transaction(sessions) as session:
        await session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    async with worker(database_url, tmp_path) as second:
        await until(lambda: is_in(TranscriptState.DONE), 120, every=0.1)
        second.terminate()
        assert await asyncio.wait_for(second.wait(), 30) == 0
    async with sessions() as session:
        assert (await session.get_one(Recording, recording.id)).state is RecordingState.SAVED
        transcripts = (await session.execute(select(Transcript))).scalars().all()
        assert len(transcripts) == 1
        segments = (await session.execute(select(Segment).order_by(Segment.id))).scalars().all()
        spoken = [(segment.speaker, segment.start_seconds) for segment in segments]
        assert len(set(spoken)) == len(spoken) > 0
        unfinished = "task_name = 'recordings.transcribe' AND status <> 'succeeded'"
        left = await session.execute(text(f"SELECT status FROM procrastinate_jobs WHERE {unfinished}"))
        assert left.all() == []
