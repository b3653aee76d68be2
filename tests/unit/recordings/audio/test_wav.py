"""What a WAV header says, and what to believe when Asterisk was killed before it could finish it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recordings.audio.wav import BrokenAudio, WavLayout, parse_wav


def header(data_bytes: int, *, rate: int = 8000, channels: int = 1, bits: int = 16, kind: int = 1) -> bytes:
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * 2, 2, bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", min(36 + data_bytes, 0xFFFFFFFF), b"WAVE", b"fmt ", 16)
        + fmt
        + struct.pack("<4sI", b"data", data_bytes)
    )


def test_a_true_header_is_believed() -> None:
    assert parse_wav(header(16000) + bytes(100), 44 + 16000) == WavLayout(44, 8000, 8000, mended=False)


@pytest.mark.parametrize("stated", [0, 2, 4000, 0xFFFFFFFF, 20000])
def test_an_untrue_length_is_mended_by_the_files_size(stated: int) -> None:
    assert parse_wav(header(stated) + bytes(4052), 44 + 16000) == WavLayout(44, 8000, 8000, mended=True)


def test_a_cut_last_sample_is_left_out() -> None:
    assert parse_wav(header(0), 44 + 15999) == WavLayout(44, 7999, 8000, mended=True)


@pytest.mark.parametrize("length", range(45))
def test_a_file_that_ends_in_its_header_has_no_sound(length: int) -> None:
    layout = parse_wav(header(0)[:length], length)
    assert layout.frames == 0


def test_a_header_alone_is_not_believed_to_be_finished() -> None:
    assert parse_wav(header(0), 44) == WavLayout(44, 0, 8000, mended=True)


def test_chunks_before_and_after_the_sound_are_stepped_over() -> None:
    sound = bytes(1000)
    before = header(1000)[:36] + struct.pack("<4sI", b"LIST", 5) + b"hello\0" + struct.pack("<4sI", b"data", 1000)
    file = before + sound + struct.pack("<4sI", b"note", 4) + b"text"
    assert parse_wav(file, len(file)) == WavLayout(len(before), 500, 8000, mended=False)


@pytest.mark.parametrize(
    "file",
    [
        b"not a wav file at all",
        b"RIFX" + header(0)[4:],
        header(0, channels=2),
        header(0, bits=8),
        header(0, kind=7),
        header(0, rate=4),
        header(0)[:12] + header(0)[36:],
    ],
)
def test_what_is_no_16_bit_mono_wav_is_broken(file: bytes) -> None:
    with pytest.raises(BrokenAudio):
        parse_wav(file, len(file))


@given(some.binary(max_size=200), some.integers(0, 1 << 20))
def test_any_bytes_are_either_sound_within_the_file_or_broken(tail: bytes, more: int) -> None:
    for file in (tail, header(0)[:36] + tail, b"RIFF" + tail, header(0)[:12] + tail):
        file_bytes = len(file) + more
        try:
            layout = parse_wav(file, file_bytes)
        except BrokenAudio:
            continue
        assert 0 <= layout.frames * 2 <= file_bytes
        assert layout.offset + layout.frames * 2 <= max(file_bytes, layout.offset)
