"""An order's sound is exported as a zip that proves itself, with the name of the exporting person."""

import asyncio
import hashlib
import io
import json
import subprocess
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from core import clock
from dispatch.workflow import Role
from recordings.archive.export import Heading, write_export
from recordings.models import Recording, RecordingPart, RecordingState, Speaker
from tests.support.sound import noise
from tests.support.web_rig import WebRig


async def exported(web_rig: WebRig, role: Role, number: str) -> tuple[zipfile.ZipFile, Any]:
    answer = await web_rig.ask(role, "GET", f"/api/orders/{number}/recordings.zip")
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.zip"'
    packed = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert packed.testzip() is None
    return packed, json.loads(packed.read("manifest.json"))


async def test_the_zip_holds_sound_words_and_true_checksums(web_rig: WebRig, tmp_path: Path) -> None:
    number, linkedid = web_rig.sample.lamp, web_rig.sample.linkedid
    packed, manifest = await exported(web_rig, Role.COORDINATOR, number)
    (call,) = [one for one in manifest["files"] if one["file"].endswith(".flac")]
    samples, rate = soundfile.read(io.BytesIO(packed.read(call["file"])))
    assert len(samples) / rate == pytest.approx(web_rig.sample.seconds)
    assert (call["as_archived"], call["call"]) == (True, linkedid)
    words = packed.read(next(one["file"] for one in manifest["files"] if one["file"].endswith(".txt"))).decode()
    assert "来电人：" in words
    assert "demo-cn" in words
    assert "不能用于真实来电" in words
    assert (manifest["order"], manifest["exported_by"]["account"]) == (number, "coordinator")
    # The crew's recording failed in this sample: the reason stands there instead.
    assert [one["why"] for one in manifest["left_out"]] == ["一侧录音文件缺失：对方声道没有写出"]
    packed.extractall(tmp_path)
    check = ["sha256sum", "-c", "SHA256SUMS"]
    checked = await asyncio.to_thread(subprocess.run, check, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert checked.stdout.count(": OK") == len(manifest["files"]) + 1 == 3
    log = await web_rig.get(Role.SUPERVISOR, f"/api/orders/{number}/listenings")
    assert [(row["account_name"], row["how"]) for row in log["listenings"]] == [("coordinator", "export")]


async def test_only_those_who_answer_for_it_may_take_it(web_rig: WebRig) -> None:
    path = f"/orders/{web_rig.sample.lamp}"
    for role in (Role.AGENT, Role.OFFICE, Role.UNIT, Role.LEADER):
        assert (await web_rig.ask(role, "GET", f"/api{path}/recordings.zip")).status == 403
        assert "recordings.zip" not in await (await web_rig.ask(role, "GET", path)).text()
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        await exported(web_rig, role, web_rig.sample.lamp)
        assert "recordings.zip" in await (await web_rig.ask(role, "GET", path)).text()


async def test_a_voice_that_is_to_stay_unknown_is_left_out_and_named(web_rig: WebRig) -> None:
    number, withheld = web_rig.sample.secret, ["诉求人要求保密，未导出"]
    for role, said_why, left_out in (
        (Role.SUPERVISOR, False, withheld),
        (Role.COORDINATOR, False, withheld),
        (Role.COORDINATOR, True, []),
    ):
        if said_why:
            wish = {"reason": "核实来电人"}
            assert (await web_rig.ask(role, "POST", f"/api/orders/{number}/identity", json=wish)).status < 300
        packed, manifest = await exported(web_rig, role, number)
        assert [one["why"] for one in manifest["left_out"]] == left_out
        assert packed.namelist() == ["manifest.json", "SHA256SUMS"]


def hour_of_sound(folder: Path) -> Recording:
    file = folder / "archive/2026/11/21/qufu-1.9.flac"
    file.parent.mkdir(parents=True)
    minute = noise(60, 3)
    with soundfile.SoundFile(file, "w", samplerate=8000, channels=2, format="FLAC", subtype="PCM_16") as sound:
        for _ in range(60):
            sound.write(np.stack([minute, minute], axis=1))
    at = clock.now()
    return Recording(
        linkedid="qufu-1.9",
        uniqueid="qufu-1.9",
        part=RecordingPart.CONVERSATION,
        state=RecordingState.SAVED,
        far_side=Speaker.CALLER,
        started_at=at,
        ended_at=at,
        path=file.relative_to(folder).as_posix(),
        sha256="0" * 64,
        duration_seconds=3600.0,
    )


def test_an_hour_takes_little_memory_and_a_changed_file_is_said(tmp_path: Path) -> None:
    recording = hour_of_sound(tmp_path)
    file = tmp_path / (recording.path or "")
    tracemalloc.start()
    with (tmp_path / "export.zip").open("wb") as target:
        done = write_export(target, tmp_path, Heading("QF1", "某某", "x", "督查", clock.now()), [recording], [])
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.stat().st_size > 50_000_000
    assert peak_bytes < 8_000_000
    assert done.recordings == [recording]
    with zipfile.ZipFile(tmp_path / "export.zip") as packed:
        (about,) = json.loads(packed.read("manifest.json"))["files"]
        content = packed.read(about["file"])
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert content == file.read_bytes()
    assert (about["as_archived"], about["sha256_when_archived"]) == (False, "0" * 64)
