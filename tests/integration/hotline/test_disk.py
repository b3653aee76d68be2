"""A disk that fills is said before recordings are lost."""

from pathlib import Path

import pytest

from core.settings import Settings
from hotline.monitoring.disk_guard import AGAIN_BYTES, STOP_BYTES, DiskGuard
from hotline.monitoring.incident_bell import IncidentBell
from hotline.runtime.cluster import find_cluster
from hotline.runtime.disks import written_folders
from recordings.archive import disk
from telephony.trouble_kinds import TroubleKind


def test_room_is_measured_also_before_the_folder_is_made(tmp_path: Path) -> None:
    assert disk.free_bytes(tmp_path / "not/yet/there") > 0


def test_too_little_room_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "NEARLY_FULL_BYTES", disk.free_bytes(tmp_path) - (1 << 30))
    assert disk.disk_trouble(tmp_path) == ""
    monkeypatch.setattr(disk, "NEARLY_FULL_BYTES", disk.free_bytes(tmp_path) + (1 << 30))
    assert f"GB free at {tmp_path}" in disk.disk_trouble(tmp_path)


def test_a_database_on_a_disk_of_its_own_is_looked_at_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, elsewhere = Settings(var=tmp_path), Settings(var=tmp_path, database_url="postgresql://db/hotline")
    data = find_cluster(tmp_path / "postgres").data
    assert data in written_folders(ours)
    assert data not in written_folders(elsewhere)
    room = {data: 0}
    monkeypatch.setattr(disk, "free_bytes", lambda folder: room.get(folder, disk.NEARLY_FULL_BYTES))
    assert str(data) in disk.disk_trouble(*written_folders(ours))
    assert disk.disk_trouble(*written_folders(elsewhere)) == ""


class Rung(IncidentBell):
    def __init__(self) -> None:
        self.words: list[str] = []

    def ring(self, kind: TroubleKind, detail: str) -> None:
        assert kind is TroubleKind.RECORDING_STOPPED
        self.words.append(detail)


async def test_the_chiefs_read_that_recording_stopped_and_afterwards_that_it_goes_on(tmp_path: Path) -> None:
    stopped: list[bool] = []

    async def stop_recording() -> None:
        stopped.append(True)

    bell, flag = Rung(), tmp_path / "no-recording"
    guard = DiskGuard((tmp_path,), flag, bell, stop_recording)
    for free in (AGAIN_BYTES, STOP_BYTES - 1, STOP_BYTES, AGAIN_BYTES - 1):
        await guard.check(free)
    assert flag.exists()
    assert stopped == [True]
    assert len(bell.words) == 3
    assert all("请马上腾出空间" in word for word in bell.words)
    # Another process of ours takes over in between: what it says still knows since when.
    guard = DiskGuard((tmp_path,), flag, bell, stop_recording)
    bell.words.clear()
    for _ in range(5):
        await guard.check(AGAIN_BYTES)
    assert not flag.exists()
    assert bell.words
    assert all("没有录音，现在已恢复" in word for word in bell.words)
    # For longer than two words of one incident must be apart, and then no more.
    assert len(bell.words) == 3
