"""A leg's WAV file while Asterisk still writes it. Blocking, but only for a local file's pages.

Asterisk gives a leg's sound to the file 32,768 bytes at a time, 2.05 s, both legs at once (measured, 22.10.1), and the
header's lengths when it closes the file; so the file's size alone says what is there. The file stays open here: the
archive may remove it while the last seconds are heard.
"""

import os
from pathlib import Path
from types import TracebackType

from recordings.audio.wav import FRAME_BYTES, HEAD_BYTES, parse_wav


class GrowingLeg:
    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError."""
        self._file = path.open("rb", buffering=0)
        self._offset: int | None = None

    def frames(self) -> int:
        """How many samples are there by now. Raises BrokenAudio for what is no WAV."""
        size = os.fstat(self._file.fileno()).st_size
        if self._offset is None:
            layout = parse_wav(os.pread(self._file.fileno(), HEAD_BYTES, 0), size)
            if layout.frames == 0:
                return 0
            self._offset = layout.offset
        return (size - self._offset) // FRAME_BYTES

    def read(self, start: int, count: int) -> bytes:
        """Samples from `start` on, at most `count`; only what `frames` has announced."""
        return os.pread(self._file.fileno(), count * FRAME_BYTES, (self._offset or 0) + start * FRAME_BYTES)

    def __enter__(self) -> "GrowingLeg":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
