"""Recordings sealed at rest: archived, played, transcribed, destroyed and put under another key, and never lost with a
key that is away or a process that dies."""

import asyncio
import datetime as dt
import hashlib
import itertools
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from aiohttp import ClientPayloadError
from aiohttp.test_utils import TestServer
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from core import clock
from core.database import Sessions, transaction
from core.sections.recordings import EncryptionSettings
from core.sections.speech import SpeechSettings
from core.settings import Settings
from dispatch.workflow import Role
from hotline.operations.audit import Misfit, audit
from recordings.archive.archiving import archive, expect_recording
from recordings.archive.models import Destruction, HowHeard, Listening
from recordings.archive.rekey import rekey
from recordings.archive.retention import RetentionFacts, Rules, destroy_due
from recordings.audio.archived_sound import archived_sound
from recordings.audio.keys import Keys, add_key
from recordings.audio.sealed import PIECE_BYTES, SealBroken
from recordings.models import Recording, RecordingPart, RecordingState, Speaker, Transcript, TranscriptState
from recordings.recognition.engine import Engine
from recordings.transcripts.transcribe import transcribe
from tests.support.sound import noise, put_original, wav_bytes
from tests.support.web_rig import WebRig
from web.app import make_app

LAMP = Path(__file__).parents[3] / "deploy/demo/speech/citizen-lamp.wav"
_numbers = itertools.count(1)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    file = tmp_path / "elsewhere" / "keys"
    add_key(file, "2026-10")
    return Keys(file)


async def expected(
    sessions: Sessions, recordings: Path, seconds: float = 5, part: RecordingPart = RecordingPart.CONVERSATION
) -> Recording:
    """Two legs of noise of their own."""
    number = next(_numbers)
    uniqueid = f"sealed-{number}.1"
    started_at = clock.now() - dt.timedelta(hours=1)
    async with transaction(sessions) as session:
        recording = await expect_recording(
            session, linkedid=uniqueid, uniqueid=uniqueid, part=part, far_side=Speaker.CALLER,
            started_at=started_at, ended_at=started_at + dt.timedelta(seconds=seconds),
        )  # fmt: skip
    for side in ("rx", "tx") if part is RecordingPart.CONVERSATION else ("message",):
        seed = 1000 * number + (side == "tx")
        put_original(recordings, uniqueid, side, wav_bytes(noise(seconds, seed)), started_at)
    return recording


async def row(sessions: Sessions, recording: Recording) -> Recording:
    async with sessions() as session:
        return await session.get_one(Recording, recording.id)


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def assert_whole(recordings: Path, found: Recording, keys: Keys, seconds: float = 5) -> None:
    """Every sample is there, under the row's key and checksums, once, and no sound lies beside it unsealed."""
    number = int(found.uniqueid.split("-")[1].split(".")[0])
    with archived_sound(recordings, found, keys).flac() as sound:
        heard = sound.read(dtype="int16", always_2d=True)
    assert np.array_equal(heard, np.stack([noise(seconds, 1000 * number), noise(seconds, 1000 * number + 1)], axis=1))
    assert archived_sound(recordings, found, keys).sha256() == found.sha256
    (file,) = files(recordings)
    assert file == recordings / str(found.path)
    content = file.read_bytes()
    assert hashlib.sha256(content).hexdigest() == (found.file_sha256 or found.sha256)
    assert content.startswith(b"fLaC") is (found.key_id is None)


async def test_what_is_archived_lies_there_sealed_and_is_read_whole(
    sessions: Sessions, recordings: Path, keys: Keys
) -> None:
    recording = await expected(sessions, recordings)
    assert await archive(sessions, recordings, recording.id, keys=keys) is RecordingState.SAVED
    found = await row(sessions, recording)
    assert found.key_id == "2026-10"
    assert str(found.path).endswith(".flac.2026-10.enc")
    assert_whole(recordings, found, keys)
    misfits = await audit(
        sessions, recordings, recordings / "cdr.csv", at=clock.now() + dt.timedelta(hours=1), mend=False
    )
    assert Misfit.FILE_LOST not in {one.what for one in misfits if str(found.path) == one.which}
    assert Misfit.ORPHAN_ARCHIVE not in {one.what for one in misfits}


POINTS = ["encoding", "proven", "sealed", "renamed", "stored", "committed", "removed"]


async def kill_child(database_url: str, recordings: Path, what: str, point: str, keys: Keys) -> int:
    child = [sys.executable, "-m", "tests.support.archive_child", database_url, str(recordings), what, point, "1"]
    process = await asyncio.create_subprocess_exec(*child, str(keys.file))
    return await process.wait()


@pytest.mark.parametrize("point", POINTS)
async def test_killed_anywhere_it_is_archived_once_and_nothing_stays_unsealed(
    sessions: Sessions, database_url: str, recordings: Path, keys: Keys, point: str
) -> None:
    recording = await expected(sessions, recordings)
    assert await kill_child(database_url, recordings, str(recording.id), point, keys) == -9
    await archive(sessions, recordings, recording.id, keys=keys)
    assert_whole(recordings, await row(sessions, recording), keys)


async def test_without_its_key_nothing_is_stored_unsealed_and_nothing_is_lost(
    sessions: Sessions, recordings: Path, keys: Keys
) -> None:
    assert keys.file is not None
    kept = keys.file.read_text()
    keys.file.unlink()
    recording = await expected(sessions, recordings)
    assert await archive(sessions, recordings, recording.id, keys=keys) is RecordingState.FAILED
    assert str((await row(sessions, recording)).reason).startswith("无法保存录音：密钥文件 keys 无法读取")
    assert [file.suffix for file in files(recordings)] == [".wav", ".wav"]
    keys.file.write_text(kept)
    await archive(sessions, recordings, recording.id, keys=keys)
    assert_whole(recordings, await row(sessions, recording), keys)


async def test_all_recordings_come_under_the_newest_key_and_back(
    sessions: Sessions, recordings: Path, keys: Keys
) -> None:
    await forget_all(sessions)
    assert keys.file is not None
    plain, sealed = await expected(sessions, recordings), await expected(sessions, recordings)
    await archive(sessions, recordings, plain.id)
    await archive(sessions, recordings, sealed.id, keys=keys)
    before = (await row(sessions, sealed)).sha256
    add_key(keys.file, "2026-11")
    done = await rekey(sessions, recordings, keys, keys.newest())
    assert (done.changed, done.right, done.failures) == (2, 0, [])
    rows = [await row(sessions, one) for one in (plain, sealed)]
    assert [one.key_id for one in rows] == ["2026-11", "2026-11"]
    assert rows[1].sha256 == before, "the sound is the same"
    assert files(recordings) == sorted(recordings / str(one.path) for one in rows)
    assert (await rekey(sessions, recordings, keys, keys.newest())).right == 2
    assert (await rekey(sessions, recordings, keys, None)).changed == 2
    assert all(file.read_bytes().startswith(b"fLaC") for file in files(recordings))
    assert (await row(sessions, plain)).file_sha256 is None


@pytest.mark.parametrize("point", ["made", "renamed", "committed"])
async def test_a_change_of_keys_that_is_killed_loses_nothing_and_is_done_by_the_next(
    sessions: Sessions, database_url: str, recordings: Path, keys: Keys, point: str
) -> None:
    await forget_all(sessions)
    assert keys.file is not None
    recording = await expected(sessions, recordings)
    await archive(sessions, recordings, recording.id, keys=keys)
    add_key(keys.file, "2026-11")
    assert await kill_child(database_url, recordings, "rekey", point, keys) == -9
    found = await row(sessions, recording)
    assert archived_sound(recordings, found, keys).sha256() == found.sha256
    await rekey(sessions, recordings, keys, keys.newest())
    found = await row(sessions, recording)
    assert found.key_id == "2026-11"
    assert_whole(recordings, found, keys)


async def test_a_tampered_recording_is_not_put_under_another_key_but_named(
    sessions: Sessions, recordings: Path, keys: Keys
) -> None:
    await forget_all(sessions)
    assert keys.file is not None
    recording = await expected(sessions, recordings)
    await archive(sessions, recordings, recording.id, keys=keys)
    found = await row(sessions, recording)
    tamper(recordings / str(found.path), 60)
    add_key(keys.file, "2026-11")
    done = await rekey(sessions, recordings, keys, keys.newest())
    assert (done.changed, len(done.failures)) == (0, 1)
    assert "被改动过" in done.failures[0]
    assert (recordings / str(found.path)).exists()
    with pytest.raises(SealBroken, match="第 1 段"), archived_sound(recordings, found, keys).flac() as sound:
        sound.read()


async def test_what_is_destroyed_goes_under_every_key(sessions: Sessions, recordings: Path, keys: Keys) -> None:
    recording = await expected(sessions, recordings)
    await archive(sessions, recordings, recording.id, keys=keys)
    found = await row(sessions, recording)
    file = recordings / str(found.path)
    file.with_name(file.name.replace("2026-10", "2026-09")).write_bytes(b"left by a change of keys")

    async def settled(_: object, linkedids: object) -> dict[str, RetentionFacts]:
        return {found.linkedid: RetentionFacts(found.ended_at, set())}

    at = clock.now() + dt.timedelta(days=70)
    await destroy_due(sessions, recordings, Rules(1), settled, at=at, by="test")
    assert (await row(sessions, recording)).state is RecordingState.DESTROYED
    assert files(recordings) == []


async def test_a_sealed_recording_is_transcribed_and_waits_for_a_key_that_is_away(
    sessions: Sessions, tmp_path: Path, keys: Keys
) -> None:
    settings = Settings(
        var=tmp_path, speech=SpeechSettings(model="demo-cn"), encryption=EncryptionSettings(keys_file=str(keys.file))
    )
    said = soundfile.read(LAMP, dtype="int16")[0]
    recording = await expected(sessions, settings.recordings, len(said) / 8000, RecordingPart.MESSAGE)
    put_original(settings.recordings, recording.uniqueid, "message", wav_bytes(said), recording.started_at)
    await archive(sessions, settings.recordings, recording.id, keys=keys)
    async with sessions() as session:
        transcript = await session.scalar(select(Transcript).where(Transcript.recording_id == recording.id))
    assert transcript is not None
    assert keys.file is not None
    engine = Engine(settings)
    hidden = keys.file.rename(keys.file.with_name("hidden"))
    assert await transcribe(sessions, settings.recordings, engine, transcript.id) is TranscriptState.WAITING
    hidden.rename(keys.file)
    assert await transcribe(sessions, settings.recordings, engine, transcript.id) is TranscriptState.DONE
    async with sessions() as session:
        assert "路灯" in (await session.get_one(Transcript, transcript.id)).text


def tamper(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


async def forget_all(sessions: Sessions, *, but: int = 0) -> None:
    """The files of earlier tests are gone."""
    async with transaction(sessions) as session:
        await session.execute(update(Recording).where(Recording.id != but).values(state=RecordingState.FAILED))


# Through the screens


@pytest.fixture(scope="module")
async def sealed_rig(
    web_rig: WebRig, sessions: Sessions, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[WebRig, Keys, bytes]]:
    """The sample installation with its recording sealed; its keys, and the sound as it was."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    add_key(file, "k1")
    settings = web_rig.context.settings.model_copy(update={"encryption": EncryptionSettings(keys_file=str(file))})
    async with sessions() as session:
        recording = await session.get_one(Recording, web_rig.sample.recording_id)
    await forget_all(sessions, but=recording.id)
    plain = (settings.recordings / str(recording.path)).read_bytes()
    done = await rekey(sessions, settings.recordings, Keys(file), Keys(file).newest())
    assert (done.changed, done.failures) == (1, [])
    server = TestServer(make_app(replace(web_rig.context, settings=settings)))
    await server.start_server()
    yield replace(web_rig, url=str(server.make_url("/")).rstrip("/")), Keys(file), plain
    await server.close()


async def test_a_player_hears_and_seeks_as_if_it_were_not_sealed(
    sealed_rig: tuple[WebRig, Keys, bytes],
) -> None:
    rig, _, plain = sealed_rig
    audio = f"/api/recordings/{rig.sample.recording_id}/audio"
    whole = await rig.ask(Role.AGENT, "GET", audio)
    assert (whole.status, whole.headers["Content-Type"], await whole.read()) == (200, "audio/flac", plain)
    assert whole.headers["Accept-Ranges"] == "bytes"
    for asked, start, stop in (
        ("0-0", 0, 1),
        ("100-199", 100, 200),
        (f"{PIECE_BYTES - 5}-{PIECE_BYTES + 4}", PIECE_BYTES - 5, PIECE_BYTES + 5),
        (f"{len(plain) - 9}-", len(plain) - 9, len(plain)),
        ("-7", len(plain) - 7, len(plain)),
        ("5-99999999", 5, len(plain)),
    ):
        part = await rig.ask(Role.AGENT, "GET", audio, headers={"Range": f"bytes={asked}"})
        assert (part.status, await part.read()) == (206, plain[start:stop]), asked
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(plain)}"
    for asked in (f"{len(plain)}-", "x-y", "9-5"):
        assert (await rig.ask(Role.AGENT, "GET", audio, headers={"Range": f"bytes={asked}"})).status == 416, asked
    peaks = await rig.get(Role.AGENT, f"/api/recordings/{rig.sample.recording_id}/peaks")
    assert peaks["duration_seconds"] == pytest.approx(rig.sample.seconds)


async def test_an_export_takes_the_sound_out_unsealed_with_its_first_checksum(
    sealed_rig: tuple[WebRig, Keys, bytes],
) -> None:
    rig, _, plain = sealed_rig
    answer = await rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{rig.sample.lamp}/recordings.zip")
    content = await answer.read()
    assert plain in content, "stored as it is"
    assert b'"as_archived": true' in content


async def test_a_missing_key_and_a_tampered_file_are_said_in_chinese(
    sealed_rig: tuple[WebRig, Keys, bytes], sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, keys, _ = sealed_rig
    assert keys.file is not None
    audio = f"/api/recordings/{rig.sample.recording_id}/audio"
    hidden = keys.file.rename(keys.file.with_name("hidden"))
    answer = await rig.ask(Role.AGENT, "GET", audio)
    problem = await answer.json()
    assert (answer.status, problem["slug"]) == (404, "key_missing")
    assert "录音没有丢失" in problem["detail"]
    hidden.rename(keys.file)
    async with sessions() as session:
        recording = await session.get_one(Recording, rig.sample.recording_id)
    file = rig.context.settings.recordings / str(recording.path)
    whole = file.read_bytes()
    for at in (40, 100, -1):
        tamper(file, at)
        answer = await rig.ask(Role.AGENT, "GET", audio)
        assert (answer.status, (await answer.json())["slug"]) == (404, "seal_broken"), at
        file.write_bytes(whole)
    file.write_bytes(whole[: len(whole) // 2])
    assert (await rig.ask(Role.AGENT, "GET", f"/api/recordings/{recording.id}/peaks")).status == 404
    answer = await rig.ask(Role.COORDINATOR, "GET", f"/api/orders/{rig.sample.lamp}/recordings.zip")
    assert "加密的录音档案文件" in (await answer.read()).decode("utf-8", "replace")
    # Broken far behind its beginning: what was sent is true, and the connection ends before the wrong part.
    file.write_bytes(whole)
    monkeypatch.setattr("web.archive.audio_stream.PIECE_BYTES", PIECE_BYTES)
    tamper(file, 4 * (PIECE_BYTES + 16) + 100)
    with pytest.raises(ClientPayloadError):
        await rig.ask(Role.AGENT, "GET", audio)
    file.write_bytes(whole)


async def test_who_listened_and_what_was_destroyed_is_never_rewritten(sessions: Sessions) -> None:
    at = clock.now()
    async with transaction(sessions) as session:
        session.add(
            Listening(
                account_id=1, account_name="a", display_name="甲", role="agent", recording_id=1, linkedid="x.1",
                at=at, last_at=at, how=HowHeard.PLAYER, address="",
            )
        )  # fmt: skip
        session.add(
            Destruction(
                recording_id=10**9, linkedid="x.1", uniqueid="x.1", part=RecordingPart.MESSAGE, started_at=at,
                path="archive/x.flac", sha256="0", size_bytes=1, rule="r", at=at, by="t",
            )
        )  # fmt: skip
    for table, allowed, refused in (
        ("listenings", "last_at = last_at + interval '1 minute'", "account_name = 'x'"),
        ("destructions", "removed_at = now()", "sha256 = ''"),
    ):
        for statement in (f"UPDATE {table} SET {refused}", f"DELETE FROM {table}"):
            async with sessions() as session:
                assert await session.scalar(text(f"SELECT count(*) FROM {table}"))
                with pytest.raises(DBAPIError, match="append-only"):
                    await session.execute(text(statement))
        async with transaction(sessions) as session:  # what may change still does
            only = " WHERE removed_at IS NULL" if table == "destructions" else ""
            await session.execute(text(f"UPDATE {table} SET {allowed}{only}"))
