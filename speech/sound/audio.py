"""Telephone audio: 8 kHz mono 16-bit, trimmed, at an even speech level. No synthesis, no noise."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfiltfilt

RATE = 8_000
LEVEL_DB = -20.0
"""Active speech level in dB below full scale: loud enough on a telephone, with room for peaks."""
PEAK = 0.89
"""Highest sample, 1 dB below full scale."""


def to_telephone(samples: np.ndarray, rate: int) -> np.ndarray:
    """`samples` (float, -1..1) at 8 kHz without rumble below 80 Hz."""
    slow = resample_poly(samples.astype(np.float64), RATE, rate) if rate != RATE else samples.astype(np.float64)
    if len(slow) < 100:
        return slow
    return np.asarray(sosfiltfilt(butter(2, 80, "highpass", fs=RATE, output="sos"), slow))


def frame_levels(samples: np.ndarray, seconds: float = 0.02) -> np.ndarray:
    """RMS level of each frame in dB below full scale."""
    size = int(seconds * RATE)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return np.asarray(20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-6))


def active_level(samples: np.ndarray) -> float:
    """RMS level (dB below full scale) of the frames that hold speech: those within 30 dB of the loudest."""
    levels = frame_levels(samples)
    if not len(levels):
        return -120.0
    loud = levels[levels > levels.max() - 30]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def trim(samples: np.ndarray, before: float = 0.04, after: float = 0.06, floor_db: float = 38.0) -> np.ndarray:
    """Without silence at both ends, but `before`/`after` seconds of it, with short fades so that nothing clicks."""
    levels = frame_levels(samples)
    if not len(levels):
        return samples
    heard = np.flatnonzero(levels > max(levels.max() - floor_db, -58))
    first = max(0, int(heard[0] * 0.02 * RATE - before * RATE))
    last = min(len(samples), int((heard[-1] + 1) * 0.02 * RATE + after * RATE))
    cut = samples[first:last].copy()
    fade = min(int(0.01 * RATE), len(cut) // 4)
    cut[:fade] *= np.linspace(0, 1, fade)
    cut[-fade:] *= np.linspace(1, 0, fade)
    return cut


def level(samples: np.ndarray, target_db: float = LEVEL_DB) -> np.ndarray:
    """Brought to the active speech level; rare peaks above the ceiling are bent, never cut."""
    gained = samples * 10 ** ((target_db - active_level(samples)) / 20)
    knee = 0.7
    over = np.abs(gained) > knee
    bent = knee + (PEAK - knee) * np.tanh((np.abs(gained) - knee) / (PEAK - knee))
    return np.where(over, np.sign(gained) * bent, gained)


def silence(seconds: float) -> np.ndarray:
    """Digital silence."""
    return np.zeros(int(seconds * RATE))


def write_wav(path: Path, samples: np.ndarray) -> None:
    """Float samples (-1..1) at 8 kHz into a mono 16-bit wav file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())


def read_wav(path: Path) -> np.ndarray:
    """16-bit samples (int16) of a mono 8 kHz wav file."""
    with wave.open(str(path), "rb") as source:
        if (source.getframerate(), source.getnchannels(), source.getsampwidth()) != (RATE, 1, 2):
            raise ValueError(f"{path}: not 8 kHz mono 16-bit")
        return np.frombuffer(source.readframes(source.getnframes()), "<i2")
