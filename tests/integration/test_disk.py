"""A disk that fills is said before recordings are lost."""

from pathlib import Path

import pytest

from recordings import disk


def test_room_is_measured_also_before_the_folder_is_made(tmp_path: Path) -> None:
    assert disk.free_bytes(tmp_path / "not/yet/there") > 0


def test_too_little_room_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "NEARLY_FULL_BYTES", disk.free_bytes(tmp_path) - (1 << 30))
    assert disk.disk_trouble(tmp_path) == ""
    monkeypatch.setattr(disk, "NEARLY_FULL_BYTES", disk.free_bytes(tmp_path) + (1 << 30))
    assert "GB free for recordings at" in disk.disk_trouble(tmp_path)
