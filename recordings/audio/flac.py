"""The archived file: one FLAC, left the far side and right the city's; lossless, and proven so sample by sample.

Blocking throughout (call it in a thread), and constant in memory whatever the recording's length.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from core.errors import NotFound
from recordings.audio.archived_sound import ArchivedSound
from recordings.audio.wav import BLOCK_FRAMES, BrokenAudio, Original, Samples


@dataclass(frozen=True)
class Archived:
    """Measured on the written file, after it was compared with the originals."""

    sha256: str
    size_bytes: int
    frames: int
    rate: int

    @property
    def duration_seconds(self) -> float:
        return self.frames / self.rate


class NotTheSame(BrokenAudio):
    """归档文件与原始录音不一致。"""

    slug = "archive_differs"


def write_flac(legs: Sequence[Original | None], target: Path, passed: Callable[[str], None]) -> None:
    """Write `legs` (None: silence) side by side to `target` and see it on the disk. Raises OSError, BrokenAudio."""
    try:
        with soundfile.SoundFile(
            target, "w", samplerate=rate_of(legs), channels=len(legs), format="FLAC", subtype="PCM_16"
        ) as file:
            for block in joined_blocks(legs):
                file.write(block)
                passed("encoding")
    except (soundfile.LibsndfileError, AssertionError) as error:
        # libsndfile reports a full disk by writing less, which soundfile notices with an assert.
        raise OSError(f"cannot write {target.name}: {error or 'short write'}") from error
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def check_flac(legs: Sequence[Original | None], target: Path) -> Archived:
    """Decode `target` and compare every sample with `legs`. Raises NotTheSame."""
    frames = 0
    try:
        with soundfile.SoundFile(target) as file:
            if (file.samplerate, file.channels) != (rate_of(legs), len(legs)):
                raise NotTheSame()
            for block in joined_blocks(legs):
                if not np.array_equal(file.read(len(block), dtype="int16", always_2d=True), block):
                    raise NotTheSame()
                frames += len(block)
            if len(file.read(1, dtype="int16")):
                raise NotTheSame()
    except soundfile.LibsndfileError as error:
        raise NotTheSame() from error
    with target.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    return Archived(sha256, target.stat().st_size, frames, rate_of(legs))


def rate_of(legs: Sequence[Original | None]) -> int:
    """The legs' common sampling rate, Hz. Raises BrokenAudio if they differ."""
    rates = {leg.layout.rate for leg in legs if leg is not None and leg.layout.frames}
    if len(rates) != 1:
        raise BrokenAudio(f"两路录音的采样率不同（{sorted(rates)}）")
    return rates.pop()


def joined_blocks(legs: Sequence[Original | None]) -> Iterator[Samples]:
    """The legs as blocks of shape (frames, legs); a leg that ends earlier goes on as silence."""
    length = max(leg.layout.frames if leg else 0 for leg in legs)
    sources = [leg.blocks() if leg else iter(()) for leg in legs]
    for start in range(0, length, BLOCK_FRAMES):
        block = np.zeros((min(BLOCK_FRAMES, length - start), len(legs)), dtype=np.int16)
        for side, source in enumerate(sources):
            # Every block but a leg's last is full, so the legs stay in step.
            samples = next(source, None)
            if samples is not None:
                block[: len(samples), side] = samples
        yield block


def same_channel(original: Original, archived: ArchivedSound, channel: int) -> bool:
    """Whether `archived`'s channel is `original`, followed by nothing but the padding's silence."""
    try:
        with archived.flac() as file:
            if channel >= file.channels:
                return False
            for block in original.blocks():
                read = file.read(len(block), dtype="int16", always_2d=True)
                if not np.array_equal(read[:, channel], block):
                    return False
            return not any(rest[:, channel].any() for rest in file.blocks(BLOCK_FRAMES, dtype="int16", always_2d=True))
    except (BrokenAudio, NotFound):
        return False
