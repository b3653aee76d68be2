"""Links for people without an account: they say what they are about, expire, and cannot be made by others."""

import datetime as dt
from pathlib import Path

import pytest

from core.errors import NotAllowed
from core.links import link_key, read_link, sign_link
from core.sections.web import WebSettings
from core.settings import Settings

UNTIL = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
BEFORE = UNTIL - dt.timedelta(seconds=1)


def test_a_link_says_what_it_is_about_until_it_expires() -> None:
    token = sign_link(b"key", "follow-up", 42, UNTIL)
    assert read_link(b"key", "follow-up", token, BEFORE) == 42
    with pytest.raises(NotAllowed, match="过期"):
        read_link(b"key", "follow-up", token, UNTIL)


@pytest.mark.parametrize("token", ["", "42", "42-99999999999.x", "x.y.z", "４２-1.\u00e9"])
def test_what_nobody_signed_is_refused(token: str) -> None:
    with pytest.raises(NotAllowed, match="不完整"):
        read_link(b"key", "follow-up", token, BEFORE)


def test_a_link_is_good_for_its_own_purpose_and_key_and_cannot_be_changed() -> None:
    token = sign_link(b"key", "follow-up", 42, UNTIL)
    for key, purpose, changed in (
        (b"key", "office", token),
        (b"other", "follow-up", token),
        (b"key", "follow-up", "43" + token[2:]),
        (b"key", "follow-up", token[:-1]),
        (b"key", "follow-up", token + "="),
        (b"key", "follow-up", token[:-3] + "!" + token[-3:]),
        (b"key", "follow-up", token[:-3] + "\n" + token[-3:]),
    ):
        with pytest.raises(NotAllowed):
            read_link(key, purpose, changed, BEFORE)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    key = link_key(settings)
    assert len(key) >= 32
    assert link_key(settings) == key
    assert [(file.name, file.stat().st_mode & 0o777) for file in settings.var.iterdir()] == [("link.key", 0o600)]
    ours = "the same on all machines"
    assert link_key(Settings(var=tmp_path, web=WebSettings(link_key=ours))) == ours.encode()
    with pytest.raises(ValueError, match="at least 24"):
        WebSettings(link_key="x")
