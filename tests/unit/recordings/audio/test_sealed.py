"""Sealed files: read like the library reads them, from anywhere, and refused when a single bit is not theirs."""

import io
from pathlib import Path

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.audio.keys import Key
from recordings.audio.sealed import HEADER_BYTES, PIECE_BYTES, TAG_BYTES, SealBroken, SealedReader, seal, sealed_bytes

KEY = Key("2026-11", bytes(range(32)))
CONTEXT = b"hotline recording qufu-1.1 conversation"
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 5]


def content(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def sealed(folder: Path, size: int) -> Path:
    file = folder / "sealed"
    seal(io.BytesIO(content(size)), file, KEY, CONTEXT)
    return file


def read(file: Path, key: Key = KEY, context: bytes = CONTEXT) -> bytes:
    with io.BufferedReader(SealedReader(file, key, context)) as reader:
        return reader.read()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_is_read_again_by_us_and_by_the_library(tmp_path: Path, size: int) -> None:
    file = sealed(tmp_path, size)
    library = Cobblestone256Decryptor(KEY.secret, CONTEXT)
    assert read(file) == library.update(file.read_bytes()) + library.finalize() == content(size)
    assert file.stat().st_size == sealed_bytes(size)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * PIECE_BYTES + 9), st.integers(0, 2 * PIECE_BYTES)), max_size=6))
def test_any_stretch_is_read_as_from_the_plain_file(tmp_path_factory: pytest.TempPathFactory, wanted: list) -> None:
    plain = content(3 * PIECE_BYTES + 5)
    file = sealed(tmp_path_factory.mktemp("sealed"), len(plain))
    with io.BufferedReader(SealedReader(file, KEY, CONTEXT)) as reader:
        for start, length in wanted:
            reader.seek(start)
            assert reader.read(length) == plain[start : start + length]
            assert reader.seek(-3, io.SEEK_END) == len(plain) - 3


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_was_cut_is_refused_when_it_is_opened(tmp_path: Path, size: int) -> None:
    whole = sealed(tmp_path, size).read_bytes()
    piece = PIECE_BYTES + TAG_BYTES
    cuts = {0, 1, HEADER_BYTES, HEADER_BYTES + TAG_BYTES - 1, len(whole) - 1}
    cuts |= {HEADER_BYTES + number * piece for number in range(4)} | {HEADER_BYTES + 20}
    for length in sorted(cut for cut in cuts if cut < len(whole)):
        file = tmp_path / "cut"
        file.write_bytes(whole[:length])
        with pytest.raises(SealBroken):
            SealedReader(file, KEY, CONTEXT)
    file.write_bytes(whole + b"\0")
    with pytest.raises(SealBroken):
        SealedReader(file, KEY, CONTEXT)


@pytest.mark.parametrize("at", [0, 30, HEADER_BYTES, HEADER_BYTES + PIECE_BYTES + TAG_BYTES + 7, -1])
def test_a_changed_bit_anywhere_is_refused(tmp_path: Path, at: int) -> None:
    file = sealed(tmp_path, 3 * PIECE_BYTES + 5)
    changed = bytearray(file.read_bytes())
    changed[at] ^= 1
    file.write_bytes(changed)
    with pytest.raises(SealBroken):
        read(file)


def test_pieces_that_changed_places_another_key_and_another_recording_are_refused(tmp_path: Path) -> None:
    file = sealed(tmp_path, 3 * PIECE_BYTES)
    with pytest.raises(SealBroken, match="2026-12"):
        read(file, Key("2026-12", bytes(32)))
    with pytest.raises(SealBroken):
        read(file, context=b"hotline recording qufu-2.1 conversation")
    whole, piece = file.read_bytes(), PIECE_BYTES + TAG_BYTES
    first, second = whole[HEADER_BYTES:][:piece], whole[HEADER_BYTES + piece :][:piece]
    file.write_bytes(whole[:HEADER_BYTES] + second + first + whole[HEADER_BYTES + 2 * piece :])
    with pytest.raises(SealBroken):
        read(file)
