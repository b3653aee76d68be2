"""Originals become one proven file and a row, whatever Asterisk left and whenever we are killed."""

import asyncio
import datetime as dt
import hashlib
import itertools
import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sqlalchemy import select, text

from core.clock import now
from core.database import Sessions, transaction
from core.errors import NotFound
from recordings.archive.archiving import archive, expect_recording, recheck
from recordings.archive.orphans import find_unclaimed
from recordings.audio.archived_sound import archived_sound
from recordings.audio.keys import NO_KEYS
from recordings.models import Recording, RecordingPart, RecordingState, Speaker, Transcript, TranscriptState
from tests.support.sound import noise, put_original, wav_bytes

LONG_AGO = time.time() - 3600
_numbers = itertools.count(1)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def uniqueid() -> str:
    return f"qufu-1763712000.{next(_numbers)}"


def an_hour_ago() -> dt.datetime:
    return now() - dt.timedelta(hours=1)


async def expected(sessions: Sessions, uniqueid: str, *, seconds: float, **facts: Any) -> Recording:
    started_at = facts.pop("started_at", None) or an_hour_ago()
    wanted = {
        "linkedid": uniqueid,
        "uniqueid": uniqueid,
        "part": RecordingPart.CONVERSATION,
        "far_side": Speaker.CALLER,
    }
    wanted |= {"started_at": started_at, "ended_at": started_at + dt.timedelta(seconds=seconds)} | facts
    async with transaction(sessions) as session:
        return await expect_recording(session, **wanted)


async def row(sessions: Sessions, recording: Recording) -> Recording:
    async with sessions() as session:
        return await session.get_one(Recording, recording.id)


async def jobs(sessions: Sessions, name: str, **arguments: int) -> int:
    async with sessions() as session:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND args = CAST(:args AS jsonb)")
        return (await session.execute(query, {"name": name, "args": json.dumps(arguments)})).scalar_one()


async def transcripts(sessions: Sessions, recording: Recording) -> list[Transcript]:
    async with sessions() as session:
        return list(
            (await session.execute(select(Transcript).where(Transcript.recording_id == recording.id))).scalars()
        )


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


async def assert_saved_once(
    sessions: Sessions, recordings: Path, recording: Recording, left: Any, right: Any
) -> Recording:
    """The row, the one file, its every sample, the transcript and its job: all there exactly once."""
    found = await row(sessions, recording)
    assert found.state is RecordingState.SAVED
    assert found.path is not None
    file = recordings / found.path
    content = file.read_bytes()
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size_bytes == len(content)
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert rate == 8000
    assert np.array_equal(samples[: len(left), 0], left)
    assert np.array_equal(samples[: len(right), 1], right)
    assert not samples[len(left) :, 0].any()
    assert not samples[len(right) :, 1].any()
    assert len(samples) == max(len(left), len(right))
    assert found.duration_seconds == pytest.approx(len(samples) / 8000)
    made = await transcripts(sessions, recording)
    assert [one.state for one in made] == [TranscriptState.WAITING]
    assert await jobs(sessions, "recordings.transcribe", transcript_id=made[0].id) == 1
    assert files(recordings / "archive") == [file.name]
    return found


async def test_two_legs_become_one_proven_stereo_file(sessions: Sessions, recordings: Path, uniqueid: str) -> None:
    left, right = noise(20, 1), noise(19.5, 2)
    recording = await expected(sessions, uniqueid, seconds=20.2)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    assert await archive(sessions, recordings, recording.id) is RecordingState.SAVED
    found = await assert_saved_once(sessions, recordings, recording, left, right)
    assert found.matches_call is True
    assert found.reason is None
    assert files(recordings / "incoming") == []
    assert await archive(sessions, recordings, recording.id) is RecordingState.SAVED
    assert await row(sessions, recording) is not None
    await assert_saved_once(sessions, recordings, recording, left, right)


async def test_what_is_expected_twice_is_one_row_and_one_job(sessions: Sessions, uniqueid: str) -> None:
    started_at = an_hour_ago()
    first = await expected(sessions, uniqueid, seconds=10, started_at=started_at)
    second = await expected(sessions, uniqueid, seconds=11, started_at=started_at)
    assert first.id == second.id
    assert (second.ended_at - second.started_at).total_seconds() == pytest.approx(11)
    assert await jobs(sessions, "recordings.archive", recording_id=first.id) == 1


async def test_a_message_is_one_voice(sessions: Sessions, recordings: Path, uniqueid: str) -> None:
    sound = noise(5, 3)
    recording = await expected(sessions, uniqueid, seconds=5, part=RecordingPart.MESSAGE)
    put_original(recordings, uniqueid, "message", wav_bytes(sound), recording.started_at)
    assert await archive(sessions, recordings, recording.id) is RecordingState.SAVED
    found = await row(sessions, recording)
    samples, _ = soundfile.read(recordings / str(found.path), dtype="int16", always_2d=True)
    assert np.array_equal(samples[:, 0], sound)
    assert samples.shape == (40000, 1)


@pytest.mark.parametrize("stated_bytes", [0, 1000])
async def test_what_a_killed_asterisk_left_is_saved_whole(
    sessions: Sessions, recordings: Path, uniqueid: str, stated_bytes: int
) -> None:
    left, right = noise(3, 4), noise(3, 5)
    recording = await expected(sessions, uniqueid, seconds=3)
    cut = wav_bytes(left, stated_bytes=stated_bytes) + b"\x01"
    put_original(recordings, uniqueid, "rx", cut, recording.started_at, changed_at=LONG_AGO)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    await archive(sessions, recordings, recording.id)
    found = await assert_saved_once(sessions, recordings, recording, left, right)
    assert found.reason == "来电人一侧录音未正常收尾，已按文件大小修复"


@pytest.mark.parametrize(
    ("content", "said", "stays"),
    [
        (None, "热线一侧没有录音文件", False),
        (b"", "热线一侧录音为空", False),
        (wav_bytes(noise(0, 0)), "热线一侧录音为空", False),
        (b"no sound but words", "热线一侧录音文件已损坏（不是 WAV 文件）", True),
    ],
)
async def test_one_leg_alone_is_saved_with_the_reason(
    sessions: Sessions, recordings: Path, uniqueid: str, content: bytes | None, said: str, stays: bool
) -> None:
    left = noise(4, 6)
    recording = await expected(sessions, uniqueid, seconds=4)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    if content is not None:
        put_original(recordings, uniqueid, "tx", content, recording.started_at, changed_at=LONG_AGO)
    await archive(sessions, recordings, recording.id)
    found = await assert_saved_once(sessions, recordings, recording, left, noise(0, 0))
    assert found.reason == said
    assert files(recordings / "incoming") == ([f"{uniqueid}-tx.wav"] if stays else [])
    await archive(sessions, recordings, recording.id)
    assert files(recordings / "incoming") == ([f"{uniqueid}-tx.wav"] if stays else [])


async def test_a_leg_that_comes_later_is_never_thrown_away(sessions: Sessions, recordings: Path, uniqueid: str) -> None:
    recording = await expected(sessions, uniqueid, seconds=4)
    put_original(recordings, uniqueid, "rx", wav_bytes(noise(4, 7)), recording.started_at)
    await archive(sessions, recordings, recording.id)
    late = put_original(recordings, uniqueid, "tx", wav_bytes(noise(4, 8)), recording.started_at)
    await archive(sessions, recordings, recording.id)
    assert late.exists()


async def test_nothing_at_all_fails_says_so_and_is_looked_at_again(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    recording = await expected(sessions, uniqueid, seconds=4)
    assert await archive(sessions, recordings, recording.id) is RecordingState.FAILED
    found = await row(sessions, recording)
    assert found.reason == "无法保存录音：来电人一侧没有录音文件；热线一侧没有录音文件"
    assert await transcripts(sessions, recording) == []
    with pytest.raises(NotFound, match="无法保存录音"):
        archived_sound(recordings, found, NO_KEYS)
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
        assert await recheck(session) >= 1
    assert await jobs(sessions, "recordings.archive", recording_id=recording.id) == 1
    left, right = noise(4, 9), noise(4, 10)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    await archive(sessions, recordings, recording.id)
    assert (await assert_saved_once(sessions, recordings, recording, left, right)).reason is None


async def test_what_failed_long_ago_is_looked_at_once_an_hour(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    recording = await expected(sessions, uniqueid, seconds=4, started_at=now() - dt.timedelta(days=3))
    assert await archive(sessions, recordings, recording.id) is RecordingState.FAILED
    looked = 0
    for minute in range(60):
        async with transaction(sessions) as session:
            await session.execute(text("DELETE FROM procrastinate_jobs"))
            await recheck(session, at=now() + dt.timedelta(minutes=minute))
        looked += await jobs(sessions, "recordings.archive", recording_id=recording.id)
    assert looked == 1


async def test_a_recording_shorter_than_its_call_is_kept_and_marked(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    left, right = noise(10, 11), noise(10, 12)
    recording = await expected(sessions, uniqueid, seconds=30)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    await archive(sessions, recordings, recording.id)
    found = await assert_saved_once(sessions, recordings, recording, left, right)
    assert found.matches_call is False
    assert found.reason == "录音10.0秒，通话30.0秒，长短不符"


async def test_a_file_still_being_written_is_left_alone_and_looked_at_in_a_moment(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    recording = await expected(sessions, uniqueid, seconds=5)
    put_original(recordings, uniqueid, "rx", wav_bytes(noise(5, 13)), recording.started_at)
    growing = put_original(recordings, uniqueid, "tx", wav_bytes(noise(3, 14), stated_bytes=0), recording.started_at)
    async with transaction(sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs"))
    assert await archive(sessions, recordings, recording.id) is RecordingState.EXPECTED
    assert growing.exists()
    assert not (recordings / "archive").exists()
    async with sessions() as session:
        at = (await session.execute(text("SELECT scheduled_at FROM procrastinate_jobs"))).scalar_one()
    assert at > now() - dt.timedelta(seconds=5)


async def test_files_of_the_day_before_are_found_for_a_call_at_midnight(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    midnight = dt.datetime(2026, 11, 20, 0, 0, 0, tzinfo=dt.UTC)
    left, right = noise(2, 15), noise(2, 16)
    recording = await expected(sessions, uniqueid, seconds=2, started_at=midnight + dt.timedelta(microseconds=9))
    put_original(recordings, uniqueid, "rx", wav_bytes(left), midnight - dt.timedelta(seconds=1))
    put_original(recordings, uniqueid, "tx", wav_bytes(right), midnight - dt.timedelta(seconds=1))
    await archive(sessions, recordings, recording.id)
    await assert_saved_once(sessions, recordings, recording, left, right)


async def test_files_of_calls_that_nobody_knows_are_told(sessions: Sessions, recordings: Path, uniqueid: str) -> None:
    recording = await expected(sessions, uniqueid, seconds=1)
    put_original(recordings, uniqueid, "rx", b"", recording.started_at, changed_at=LONG_AGO)
    put_original(recordings, "qufu-2.1", "rx", b"", now(), changed_at=None)
    lost = [
        put_original(recordings, "qufu-1.1", side, b"", recording.started_at, changed_at=LONG_AGO)
        for side in ("message", "rx", "tx")
    ]
    async with sessions() as session:
        assert await find_unclaimed(session, recordings, before=now() - dt.timedelta(minutes=10)) == lost


async def test_two_workers_at_once_save_it_once(sessions: Sessions, recordings: Path, uniqueid: str) -> None:
    left, right = noise(30, 17), noise(30, 18)
    recording = await expected(sessions, uniqueid, seconds=30)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    # One may find its unfinished file thrown away by the other, and then fails: its job would be done again.
    ends = await asyncio.gather(
        *(archive(sessions, recordings, recording.id) for _ in range(3)), return_exceptions=True
    )
    assert RecordingState.SAVED in ends
    assert {type(end) for end in ends} <= {RecordingState, FileNotFoundError}
    await archive(sessions, recordings, recording.id)
    await assert_saved_once(sessions, recordings, recording, left, right)
    assert files(recordings / "incoming") == []


POINTS = ["encoding", "encoded", "proven", "renamed", "stored", "committed", "removed"]


@pytest.mark.parametrize("point", POINTS)
async def test_killed_anywhere_nothing_is_lost_and_nothing_is_there_twice(
    sessions: Sessions, database_url: str, recordings: Path, uniqueid: str, point: str
) -> None:
    left, right = noise(25, 19), noise(24, 20)
    recording = await expected(sessions, uniqueid, seconds=25)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    child = [sys.executable, "-m", "tests.support.archive_child", database_url, str(recordings), str(recording.id)]
    for attempt in range(2):
        process = await asyncio.create_subprocess_exec(*child, point)
        code = await process.wait()
        state = (await row(sessions, recording)).state
        assert code == -9 or attempt == 1
        if state is RecordingState.EXPECTED:
            assert code == -9
            assert len(files(recordings / "incoming")) == 2
            assert await transcripts(sessions, recording) == []
    await archive(sessions, recordings, recording.id)
    found = await assert_saved_once(sessions, recordings, recording, left, right)
    assert found.matches_call is True
    assert files(recordings / "incoming") == []


async def test_a_full_disk_is_a_stated_failure_that_costs_nothing(
    sessions: Sessions, database_url: str, recordings: Path, uniqueid: str
) -> None:
    left, right = noise(25, 21), noise(25, 22)
    recording = await expected(sessions, uniqueid, seconds=25)
    put_original(recordings, uniqueid, "rx", wav_bytes(left), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(right), recording.started_at)
    child = [sys.executable, "-m", "tests.support.archive_child", database_url, str(recordings), str(recording.id)]
    done = await asyncio.to_thread(
        subprocess.run,
        [*child, "never"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        check=False,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    found = await row(sessions, recording)
    assert found.state is RecordingState.FAILED
    assert str(found.reason).startswith("无法写入录音档案：")
    assert files(recordings / "archive") == []
    await archive(sessions, recordings, recording.id)
    await assert_saved_once(sessions, recordings, recording, left, right)


async def test_an_hour_of_sound_takes_no_more_memory_than_a_minute(
    sessions: Sessions, recordings: Path, uniqueid: str
) -> None:
    hour = np.tile(noise(60, 23), 60)
    recording = await expected(sessions, uniqueid, seconds=3600)
    put_original(recordings, uniqueid, "rx", wav_bytes(hour), recording.started_at)
    put_original(recordings, uniqueid, "tx", wav_bytes(hour[: 8000 * 3599]), recording.started_at)
    del hour
    tracemalloc.start()
    await archive(sessions, recordings, recording.id)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8_000_000
    assert (await row(sessions, recording)).duration_seconds == 3600


@pytest.mark.parametrize(
    "path", ["../secret.flac", "incoming/x.wav", "/etc/passwd", "archive/../../secret.flac", "archive/link.flac"]
)
async def test_the_player_gets_archived_files_and_no_others(
    sessions: Sessions, recordings: Path, uniqueid: str, path: str
) -> None:
    recording = await expected(sessions, uniqueid, seconds=1)
    put_original(recordings, uniqueid, "rx", wav_bytes(noise(1, 24)), recording.started_at)
    await archive(sessions, recordings, recording.id)
    found = await row(sessions, recording)
    with archived_sound(recordings, found, NO_KEYS).open() as sound:
        assert sound.read(4) == b"fLaC"
    (recordings.parent / "secret.flac").write_bytes(b"secret")
    (recordings / "archive" / "link.flac").symlink_to(recordings.parent / "secret.flac")
    found.path = path
    with pytest.raises(NotFound):
        archived_sound(recordings, found, NO_KEYS)
