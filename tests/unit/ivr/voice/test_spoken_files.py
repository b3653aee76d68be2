"""Spoken orders go when nobody has heard them for long, and are kept while somebody does."""

import datetime as dt
import os
from pathlib import Path

from core.clock import now
from ivr.voice.audio import mark_used
from ivr.voice.spoken_files import remove_unused


def test_what_nobody_has_heard_for_long_goes_and_the_rest_stays(tmp_path: Path) -> None:
    long_ago = (now() - dt.timedelta(days=40)).timestamp()
    files = {name: tmp_path / "voice" / f"{name}.wav" for name in ("forgotten", "heard")}
    for file in files.values():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"sound")
        os.utime(file, (long_ago, long_ago))
    assert mark_used(files["heard"])
    assert files["heard"].stat().st_mtime == long_ago, "joined files are named after it"
    assert remove_unused(tmp_path, now() - dt.timedelta(days=30)) == 1
    assert [file.exists() for file in files.values()] == [False, True]
    assert not mark_used(files["forgotten"])


def test_a_folder_that_was_never_made_holds_nothing(tmp_path: Path) -> None:
    assert remove_unused(tmp_path / "none", now()) == 0
