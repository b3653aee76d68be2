"""Asterisk's originals: 16-bit mono WAV, also those that a killed Asterisk left without a true length.

Asterisk writes the header first and its lengths last, so after a kill they are 0 or too small while the sound
is there: then the file's size decides. Anything that is no such WAV is BrokenAudio.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import HotlineError

Samples = npt.NDArray[np.int16]

BLOCK_FRAMES = 1 << 16
"""8 seconds of telephone sound: hours-long files need no more memory than short ones."""
HEAD_BYTES = 4096
FRAME_BYTES = 2
TELEPHONE_RATE = 8000
_PCM = 1


class BrokenAudio(HotlineError):
    """录音文件已损坏。"""

    slug = "broken_audio"


@dataclass(frozen=True)
class WavLayout:
    """Where the sound lies in a WAV file."""

    offset: int
    """Bytes before the first sample."""
    frames: int
    rate: int
    """Samples per second."""
    mended: bool
    """The header's length was not true; the file's size was taken."""


def parse_wav(head: bytes, file_bytes: int) -> WavLayout:
    """The layout given by the file's first bytes (`HEAD_BYTES` of them) and its size. Raises BrokenAudio.

    A file that ends within its header has no sound yet: 0 frames, repaired.
    """
    if not (head.startswith(b"RIFF") and head[8:12] == b"WAVE"):
        if file_bytes < 12 and b"RIFF".startswith(head[:4]):
            return WavLayout(file_bytes, 0, TELEPHONE_RATE, mended=True)
        raise BrokenAudio("不是 WAV 文件")
    rate = TELEPHONE_RATE
    seen_format = False
    position = 12
    while position + 8 <= min(len(head), file_bytes):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"data":
            if not seen_format:
                raise BrokenAudio("WAV 文件缺少格式说明")
            return _data_layout(head, position, length, file_bytes, rate)
        if name == b"fmt " and position + 16 <= len(head):
            rate = _parse_format(head, position)
            seen_format = True
        position += length + length % 2
    if position > len(head) and len(head) < file_bytes:
        raise BrokenAudio("WAV 文件头过长")
    return WavLayout(file_bytes, 0, rate, mended=True)


def _parse_format(head: bytes, position: int) -> int:
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, position)
    if (kind, channels, bits) != (_PCM, 1, 16) or not 8000 <= rate <= 48000:
        raise BrokenAudio(f"不是16位单声道 PCM（格式 {kind}，{channels}声道，{bits}位，{rate} Hz）")
    return int(rate)


def _data_layout(head: bytes, offset: int, stated_bytes: int, file_bytes: int, rate: int) -> WavLayout:
    there_bytes = file_bytes - offset
    rest_bytes = there_bytes - stated_bytes
    # Bytes after the stated end are a further chunk (a program's notes) only if one begins there. Where it lies
    # beyond our head we cannot see it; Asterisk writes none, so it is sound that the header does not know of.
    after = head[offset + stated_bytes + stated_bytes % 2 :][:8]
    chunk_follows = len(after) == 8 and after[:4].strip().isalnum() and after[:4].isascii()
    # A stated 0 is what Asterisk begins with, so it never proves that the file is finished.
    if stated_bytes and (0 <= rest_bytes <= 1 or (rest_bytes > 0 and chunk_follows)):
        return WavLayout(offset, stated_bytes // FRAME_BYTES, rate, mended=False)
    return WavLayout(offset, there_bytes // FRAME_BYTES, rate, mended=True)


@dataclass(frozen=True)
class Original:
    """One file of Asterisk's, as it was when we looked."""

    path: Path
    layout: WavLayout
    size_bytes: int
    changed_at_ns: int
    """The file's mtime, nanoseconds since 1970."""

    @property
    def seconds(self) -> float:
        return self.layout.frames / self.layout.rate

    def unchanged(self) -> bool:
        """Whether nobody has written to it since."""
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size_bytes, self.changed_at_ns)

    def blocks(self) -> Iterator[Samples]:
        """Its samples in order, `BLOCK_FRAMES` at a time. Raises BrokenAudio if the file became shorter."""
        left = self.layout.frames
        with self.path.open("rb") as file:
            file.seek(self.layout.offset)
            while left:
                wanted = min(left, BLOCK_FRAMES)
                data = file.read(wanted * FRAME_BYTES)
                if len(data) != wanted * FRAME_BYTES:
                    raise BrokenAudio("文件在读取时变短")
                yield np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)
                left -= wanted


def load_original(path: Path) -> Original:
    """What is in the file at `path`. Raises BrokenAudio, and OSError where it cannot be read."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    stat = path.stat()
    return Original(path, parse_wav(head, stat.st_size), stat.st_size, stat.st_mtime_ns)
