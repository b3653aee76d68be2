"""Telephone sound in files: 8 kHz, mono, signed 16 bit. All of it blocks: call it off the loop."""

import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 8_000
LEVEL_DB = -20.0
"""Active speech level below full scale, the same as the recorded prompts'."""
_FRAME = RATE // 50

Samples = npt.NDArray[np.float64]
"""Between -1 and 1, at RATE unless said otherwise."""


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE))


def read_sound(path: Path) -> Samples:
    """The first channel of any sound file that libsndfile reads, at RATE. Raises soundfile.LibsndfileError."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return resample(np.ascontiguousarray(samples[:, 0]), rate)


def write_sound(path: Path, samples: Samples) -> None:
    """`samples` as a wav file, there whole or not at all: another process may look for it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.wav")
    try:
        soundfile.write(unfinished, np.clip(samples, -1, 1), RATE, subtype="PCM_16")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def mark_used(path: Path) -> bool:
    """Note on the file that it is wanted now (`ivr.voice.spoken_files`). False: there is no such file."""
    try:
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    except FileNotFoundError:
        return False
    return True


def resample(samples: Samples, rate: int) -> Samples:
    """From `rate` to RATE in one Fourier transform: nothing above the telephone's band folds back."""
    if rate == RATE or not len(samples):
        return samples
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, length) * (length / len(samples)))


def frame_levels(samples: Samples) -> Samples:
    """Level of each 20 ms in dB below full scale; digital silence is -120."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return np.asarray(20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-6))


def active_level(samples: Samples) -> float:
    """Level (dB below full scale) of what is within 30 dB of the loudest 20 ms; -120 when nothing sounds."""
    levels = frame_levels(samples)
    if not len(levels):
        return -120.0
    loud = levels[levels > levels.max() - 30]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def trim(samples: Samples, *, margin_seconds: float = 0.03) -> Samples:
    """Without the silence at both ends, but for a margin."""
    levels = frame_levels(samples)
    heard = np.flatnonzero(levels > max(float(levels.max(initial=-120.0)) - 38, -58))
    if not len(heard):
        return samples[:0]
    margin = round(margin_seconds * RATE)
    return samples[max(0, int(heard[0]) * _FRAME - margin) : (int(heard[-1]) + 1) * _FRAME + margin]


def level(samples: Samples) -> Samples:
    """At LEVEL_DB; peaks above 0.7 are bent towards 0.9, never cut."""
    if not samples.any():
        return samples
    gained = samples * 10 ** ((LEVEL_DB - active_level(samples)) / 20)
    size = np.abs(gained)
    bent = 0.7 + 0.2 * np.tanh((size - 0.7) / 0.2)
    return np.asarray(np.where(size > 0.7, np.sign(gained) * bent, gained))


def join(pieces: Sequence[Samples], *, lead_seconds: float = 0.2) -> Samples:
    """One after the other, behind a short silence: the first syllable is lost while the phone's ear opens."""
    return np.concatenate([silence(lead_seconds), *pieces])
