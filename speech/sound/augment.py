"""Makes telephone speech of clean speech: another throat, a room, noise, the band, gain, silence, and a real codec.

Samples are floats in the range of 16-bit integers at 8 kHz. All chance comes from the `random.Random` handed in.
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

RATE = 8_000
FULL = 32_767.0
CODECS = {"alaw": 0.62, "gsm": 0.2, "none": 0.18}
"""Clean files without any codec stay in the mix: a model that never saw them lost words in clean recordings."""


@cache
def alaw_levels() -> np.ndarray:
    """G.711's 256 A-law output levels in 16-bit range, sorted (ITU-T G.711, table 1a: 13-bit values times 8)."""
    levels = []
    for code in range(128):
        segment, step = code >> 4, code & 15
        low = (step * 2 + 1) * 8 if segment == 0 else ((step * 2 + 33) << (segment - 1)) * 8
        levels.append(low)
    return np.array(sorted([-level for level in levels] + levels), np.float64)


def alaw(samples: np.ndarray) -> np.ndarray:
    """To A-law and back: each sample becomes the nearest of G.711's levels."""
    levels = alaw_levels()
    edges = (levels[1:] + levels[:-1]) / 2
    return np.asarray(levels[np.searchsorted(edges, samples)])


def gsm(samples: np.ndarray) -> np.ndarray:
    """To GSM 06.10 and back by sox; the same length."""
    raw = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-"]
    data = np.clip(samples, -FULL, FULL).astype("<i2").tobytes()
    small = subprocess.run(["sox", *raw, "-t", "gsm", "-"], input=data, capture_output=True, check=True).stdout
    back = subprocess.run(["sox", "-t", "gsm", "-r", "8000", "-", *raw], input=small, capture_output=True, check=True)
    made = np.frombuffer(back.stdout, "<i2").astype(np.float64)
    return np.asarray(np.pad(made, (0, max(0, len(samples) - len(made))))[: len(samples)])


def room(samples: np.ndarray, rng: random.Random) -> np.ndarray:
    """A small room: a decaying tail of noise (60 dB in 0.1 to 0.45 s) under the direct sound."""
    seconds = rng.uniform(0.1, 0.45)
    t = np.arange(int(seconds * RATE)) / RATE
    tail = np.random.default_rng(rng.randrange(1 << 30)).standard_normal(len(t)) * 10 ** (-3 * t / seconds)
    tail[: int(0.002 * RATE)] = 0
    tail *= rng.uniform(0.15, 0.6) / np.sqrt((tail**2).sum())
    tail[0] = 1
    return np.asarray(fftconvolve(samples, tail)[: len(samples)])


def noise(count: int, rng: random.Random, babble: np.ndarray | None = None) -> np.ndarray:
    """White, pink-like, street (low rumble that swells), mains hum with hiss, or other people talking; any level."""
    white = np.random.default_rng(rng.randrange(1 << 30)).standard_normal(count)
    sort = rng.choice(("white", "pink", "street", "hum", "babble"))
    t = np.arange(count) / RATE
    if sort == "pink":
        return np.asarray(lfilter([1], [1, -0.85], white))
    if sort == "street":
        swell = 1 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * t + rng.uniform(0, 6))
        return np.asarray(lfilter([1], [1, -0.95], white)) * swell + 0.3 * white
    if sort == "hum":
        return np.asarray(white + 2 * np.sin(2 * np.pi * 50 * t) + np.sin(2 * np.pi * 150 * t))
    if sort == "babble" and babble is not None and len(babble) > count:
        start = rng.randrange(len(babble) - count)
        return np.asarray(babble[start : start + count] + 1e-3 * white)
    return white


def add_noise(samples: np.ndarray, rng: random.Random, decibels: float, babble: np.ndarray | None) -> np.ndarray:
    """`samples` with noise `decibels` below the whole's mean power."""
    extra = noise(len(samples), rng, babble)
    rms = np.sqrt((samples**2).mean()) + 1e-6
    return np.asarray(samples + extra * (rms * 10 ** (-decibels / 20) / (np.sqrt((extra**2).mean()) + 1e-9)))


def band(samples: np.ndarray, rng: random.Random) -> np.ndarray:
    """A telephone's band, its edges a little different each time."""
    edges = [rng.uniform(120, 330), rng.uniform(3000, 3800)]
    return np.asarray(sosfilt(butter(2, edges, "bandpass", fs=RATE, output="sos"), samples))


@dataclass(frozen=True)
class TelephoneLine:
    """How one telephone line treats speech. None means: not at all."""

    warp: bool = True
    """Resampling by a few per cent: faster with a higher, smaller throat, or slower with a larger one."""
    room_share: float = 0.3
    noise_db: tuple[float, float] | None = (8, 35)
    noise_share: float = 0.72
    gain_db: tuple[float, float] = (-14, 5)
    codec: str | None = None
    """`alaw`, `gsm`, `none`, or None for chance by CODECS."""


TRAINING = TelephoneLine()


def phone(
    clean: np.ndarray, rng: random.Random, line: TelephoneLine = TRAINING, babble: np.ndarray | None = None
) -> np.ndarray:
    """16-bit samples of `clean` (floats in 16-bit range) after such a line."""
    heard = clean.astype(np.float64)
    if line.warp and rng.random() < 0.65:
        heard = resample_poly(heard, *rng.choice(((17, 20), (9, 10), (19, 20), (21, 20), (11, 10), (23, 20), (6, 5))))
    if rng.random() < line.room_share:
        heard = room(heard, rng)
    pads = [np.zeros(int(rng.uniform(0, 0.5) * RATE)) for _ in range(2)]
    digital = rng.random() < 0.5
    if not digital:
        heard = np.concatenate([pads[0], heard, pads[1]])
    if rng.random() < 0.75:
        heard = band(heard, rng)
    if line.noise_db and rng.random() < line.noise_share:
        heard = add_noise(heard, rng, rng.uniform(*line.noise_db), babble)
    heard = np.clip(heard * 10 ** (rng.uniform(*line.gain_db) / 20), -FULL, FULL)
    if digital:
        heard = np.concatenate([pads[0], heard, pads[1]])
    codec = line.codec or rng.choices(list(CODECS), list(CODECS.values()))[0]
    coded = alaw(heard) if codec == "alaw" else gsm(heard) if codec == "gsm" else heard
    return np.asarray(np.clip(coded.round(), -32768, 32767).astype(np.int16))
