"""What the real Asterisk writes is what the archive takes: a whole call, and one in whose middle it was killed."""

import asyncio
import datetime as dt
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.clock import now
from core.database import Sessions, transaction
from recordings.archive.archiving import archive, expect_recording
from recordings.audio.wav import load_original
from recordings.models import Recording, RecordingPart, RecordingState, Speaker
from recordings.names import original_folders, original_names
from tests.conftest import until as wait_until
from tests.support.exchange import PROMPTS, Exchange, until
from tests.support.hearing import heard_seconds


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def exchange(tmp_path: Path, recordings: Path) -> Iterator[Exchange]:
    made = Exchange(tmp_path, recordings_directory=recordings / "incoming")
    made.start()
    yield made
    made.stop()


def originals(recordings: Path) -> list[Path]:
    return sorted((recordings / "incoming").rglob("*.wav"))


async def expected(sessions: Sessions, uniqueid: str, started_at: dt.datetime, ended_at: dt.datetime) -> Recording:
    async with transaction(sessions) as session:
        return await expect_recording(
            session,
            linkedid=uniqueid,
            uniqueid=uniqueid,
            part=RecordingPart.CONVERSATION,
            far_side=Speaker.CALLER,
            started_at=started_at,
            ended_at=ended_at,
        )


def call_until_greeted(exchange: Exchange, recordings: Path, *, kill: bool) -> tuple[str, float, float]:
    """The recorded channel, and when it began and ended by its CEL (or by us, when Asterisk was killed)."""
    with exchange.phone("citizen-1") as citizen:
        call = citizen.call("12345")
        until(lambda: heard_seconds(call.heard(), PROMPTS["greeting"]) > 0.9, what="the greeting")

        def on_the_disk() -> bool:
            return [file.stat().st_size > 20_000 for file in originals(recordings)] == [True, True]

        until(on_the_disk, what="sound of both sides on the disk")
        assert all(load_original(file).layout.mended for file in originals(recordings))
        if kill:
            pid = exchange.process.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())
        else:
            call.hang_up()
    if not kill:
        exchange.wait_over(0)
    rows = exchange.cel_rows()
    uniqueid = rows[0]["uniqueid"]
    began = next(float(row["event_time"]) for row in rows if row["event"] == "ANSWER")
    ended = next((float(row["event_time"]) for row in rows if row["event"] == "HANGUP"), time.time())
    return uniqueid, began, ended


def at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


async def test_a_whole_call_is_archived_at_its_true_length(
    sessions: Sessions, exchange: Exchange, recordings: Path
) -> None:
    uniqueid, began, ended = await asyncio.to_thread(call_until_greeted, exchange, recordings, kill=False)
    recording = await expected(sessions, uniqueid, at(began), at(ended))
    names = original_names(uniqueid, RecordingPart.CONVERSATION)
    folder = original_folders(recordings, recording.started_at)[0]
    assert [file.name for file in originals(recordings)] == sorted([names.far, str(names.city)])
    assert (folder / names.far).exists()

    async def is_saved() -> bool:
        return await archive(sessions, recordings, recording.id) is RecordingState.SAVED

    await wait_until(is_saved)
    async with sessions() as session:
        found = await session.get_one(Recording, recording.id)
    assert found.reason is None
    assert found.matches_call is True
    samples, _ = soundfile.read(recordings / str(found.path), dtype="int16")
    assert heard_seconds(samples[:, 1].tobytes(), PROMPTS["greeting"]) > 0.9
    assert heard_seconds(samples[:, 0].tobytes(), PROMPTS["greeting"]) == 0
    assert originals(recordings) == []


async def test_the_sound_of_a_call_in_which_asterisk_was_killed_is_saved(
    sessions: Sessions, exchange: Exchange, recordings: Path
) -> None:
    uniqueid, began, _ = await asyncio.to_thread(call_until_greeted, exchange, recordings, kill=True)
    left = {file.name: load_original(file) for file in originals(recordings)}
    recording = await expected(sessions, uniqueid, at(began), now())
    assert await archive(sessions, recordings, recording.id) is RecordingState.EXPECTED
    # Nobody writes any more: an hour later the same files are taken as they are.
    for file in originals(recordings):
        os.utime(file, (time.time() - 3600, time.time() - 3600))
    async with transaction(sessions) as session:
        found = await session.get_one(Recording, recording.id)
        found.started_at -= dt.timedelta(hours=1)
        found.ended_at -= dt.timedelta(hours=1)
    assert await archive(sessions, recordings, recording.id) is RecordingState.SAVED
    async with sessions() as session:
        found = await session.get_one(Recording, recording.id)
    assert str(found.reason).startswith("来电人一侧录音未正常收尾，已按文件大小修复；热线一侧录音未正常收尾")
    samples, _ = soundfile.read(recordings / str(found.path), dtype="int16")
    assert len(samples) == max(original.layout.frames for original in left.values()) > 8000
    assert heard_seconds(samples[:, 1].tobytes(), PROMPTS["greeting"]) > 0.8
    assert np.any(samples[:, 1])
