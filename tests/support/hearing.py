"""Measures what is in a recording: which tone, from when to when."""

from __future__ import annotations

import itertools
import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
WINDOW = 160
"""20 ms."""
PIECE_SECONDS = 0.3
"""How long each of an exchange's pieces is."""


def samples_of(file: Path) -> bytes:
    with wave.open(str(file), "rb") as wav:
        assert (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) == (RATE, 2, 1)
        return wav.readframes(wav.getnframes())


def seconds_of(file: Path) -> float:
    return len(samples_of(file)) / 2 / RATE


def spans(samples: bytes, hertz: float, *, gap_seconds: float = 0.1) -> list[tuple[float, float]]:
    """(from, to) in seconds wherever this tone is the greater part of the sound; shorter gaps are bridged."""
    sound = np.frombuffer(samples, dtype=np.int16).astype(np.float64)
    frames = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(WINDOW) / RATE)
    power: npt.NDArray[np.float64] = 2 * np.abs(frames @ wave_) ** 2 / WINDOW
    total = (frames**2).sum(axis=1)
    here = (power > 0.5 * total) & (total > WINDOW * 500**2)
    found: list[tuple[float, float]] = []
    for index in np.flatnonzero(here):
        start, end = index * WINDOW / RATE, (index + 1) * WINDOW / RATE
        if found and start - found[-1][1] <= gap_seconds:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def heard_seconds(samples: bytes, hertz: float) -> float:
    return sum(end - start for start, end in spans(samples, hertz))


def pieces_heard(samples: bytes, pieces: Mapping[str, float]) -> list[str]:
    """Names of the tones, of PIECE_SECONDS each, in the order in which they were heard.

    How often one was said follows from how long it was heard: an exchange that is short of processor time leaves holes
    in what it says. What was heard for less than 0.1 s is not counted.
    """
    found = sorted((start, name, end - start) for name, hertz in pieces.items() for start, end in spans(samples, hertz))
    said: list[str] = []
    for name, parts in itertools.groupby(found, key=lambda part: part[1]):
        seconds = sum(part[2] for part in parts)
        said += [name] * (max(1, round(seconds / PIECE_SECONDS)) if seconds >= 0.1 else 0)
    return said


def make_whole(recording: Path, speech: Path) -> None:
    """Lays what was said in the place of what was recorded of it, where that is torn: an exchange that is short of
    processor time loses tenths of a second, and a recogniser hears other words then."""
    said, kept = (np.frombuffer(samples_of(file), dtype=np.int16) for file in (speech, recording))
    spoken, heard = _loud(said), _loud(kept)
    if len(heard) and len(heard) > len(spoken) - 3 and abs(np.ptp(heard) - np.ptp(spoken)) < 3:
        return
    begin = heard[0] - spoken[0] if len(heard) else 0
    begin = max(0, min(int(begin) * WINDOW, len(kept) - len(said)))
    whole = np.concatenate([kept[:begin], said, np.zeros(max(0, len(kept) - begin - len(said)), dtype=np.int16)])
    with wave.open(str(recording), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(whole.tobytes())


def _loud(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    """The windows in which somebody speaks."""
    frames = np.abs(sound[: len(sound) // WINDOW * WINDOW].astype(np.int32)).reshape(-1, WINDOW)
    return np.flatnonzero(frames.max(axis=1) > 500)
