"""Whether what a phone heard is the greeting that citizens ought to hear. Pure: samples in, a measure out.

The prompt is cut into pieces of half a second; each loud one is looked for in what was heard by normalised
cross-correlation, so neither the level nor the A-law coding counts. The pieces must lie as far apart as in the
prompt, within a little: a lost packet costs one piece, not the whole. 8 kHz, 16 bits, mono.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 8000
PIECE = RATE // 2
ALIKE = 0.8
"""Of a piece's correlation. Measured: A-law leaves 0.999; another prompt of the same voice comes up to 0.69."""
SHIFT_SECONDS = 1.0
"""So far from where the others say it should be may a piece lie: a phone's clock, a lost stretch."""
QUIET_DB = -50.0
"""Below full scale; a telephone line's hiss is below, the softest speech above."""
LOUD_RMS = 300.0

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GreetingMatch:
    score: float
    """Part of the prompt's loud pieces that were heard in their places, 0 to 1."""
    begins_seconds: float | None
    """Where in what was heard the prompt begins; None: nowhere."""
    level_db: float
    """The loudest half second that was heard, in dB below full scale."""

    @property
    def silent(self) -> bool:
        return self.level_db < QUIET_DB


def match_greeting(heard: bytes, prompt: bytes) -> GreetingMatch:
    """How well `heard` holds `prompt`; both raw samples."""
    sound, wanted = _sound(heard), _sound(prompt)
    pieces = [
        (start, wanted[start : start + PIECE])
        for start in range(0, len(wanted) - PIECE + 1, PIECE)
        if _rms(wanted[start : start + PIECE]) >= LOUD_RMS
    ]
    level_db = _level_db(sound)
    if len(sound) < PIECE or not pieces:
        return GreetingMatch(0.0, None, level_db)
    energies = _energies(sound)
    shifts = []
    for start, piece in pieces:
        likeness = _likeness(sound, energies, piece)
        best = int(likeness.argmax())
        if likeness[best] >= ALIKE:
            shifts.append(best - start)
    if not shifts:
        return GreetingMatch(0.0, None, level_db)
    middle = float(np.median(shifts))
    in_place = sum(abs(shift - middle) <= SHIFT_SECONDS * RATE for shift in shifts)
    return GreetingMatch(in_place / len(pieces), middle / RATE, level_db)


def _sound(samples: bytes) -> Sound:
    return np.frombuffer(samples[: len(samples) // 2 * 2], dtype="<i2").astype(np.float64)


def _rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


def _level_db(sound: Sound) -> float:
    windows = [_rms(sound[start : start + PIECE]) for start in range(0, max(len(sound) - PIECE + 1, 1), PIECE)]
    return float(20 * np.log10(max(max(windows), 1.0) / 32768))


def _energies(sound: Sound) -> Sound:
    """Of the piece that begins at each sample."""
    sums = np.concatenate([[0.0], np.cumsum(sound**2)])
    energies: Sound = sums[PIECE:] - sums[:-PIECE]
    return energies


def _likeness(sound: Sound, energies: Sound, piece: Sound) -> Sound:
    size = 1 << (len(sound) + PIECE - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(energies)]
    # Where there is next to no sound, anything would look alike.
    floor = PIECE * (LOUD_RMS / 10) ** 2
    likeness: Sound = product / np.sqrt(np.maximum(energies, floor) * float(np.sum(piece**2)))
    return likeness
