"""The file of keys: what is read of it, what is refused, and that a new key never touches an old one."""

import stat
from pathlib import Path

import pytest

from core.errors import BadInput
from recordings.audio.keys import KeyMissing, Keys, add_key, parse_keys

ONE, TWO = "ab" * 32, "cd" * 32


def test_the_newest_key_stands_last_and_old_ones_are_found_by_their_id(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# of the hotline\n\n2026-10 {ONE}\n2026-11 {TWO}\n")
    keys = Keys(file)
    newest = keys.newest()
    assert newest is not None
    assert (newest.id, newest.secret.hex()) == ("2026-11", TWO)
    assert keys.get("2026-10").secret.hex() == ONE
    assert TWO not in repr(newest)


def test_without_a_file_nothing_is_sealed_and_nothing_sealed_is_read() -> None:
    assert Keys().newest() is None
    with pytest.raises(KeyMissing, match="没有设置密钥文件"):
        Keys().get("2026-10")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有密钥"),
        ("# nothing\n", "没有密钥"),
        (f"2026-10 {ONE}\n2026-11", "第 2 行写错"),
        ("2026-10 abc", "第 1 行写错"),
        (f"../x {ONE}", "第 1 行写错"),
        (f"a {ONE}\na {TWO}", "出现了两次"),
    ],
)
def test_a_wrong_file_is_named_by_its_line_and_never_quoted(text: str, said: str) -> None:
    with pytest.raises(KeyMissing, match=said) as raised:
        parse_keys(text)
    assert ONE not in raised.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="无法读取"):
        Keys(tmp_path / "none").newest()


def test_a_new_key_comes_last_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "secret" / "keys"
    add_key(file, "2026-10")
    first = parse_keys(file.read_text())
    add_key(file, "2026-11")
    assert parse_keys(file.read_text())[0] == first[0]
    assert [key.id for key in parse_keys(file.read_text())] == ["2026-10", "2026-11"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for taken in ("2026-11", "Key", ""):
        with pytest.raises(BadInput):
            add_key(file, taken)
    assert [path.name for path in file.parent.iterdir()] == ["keys"]
