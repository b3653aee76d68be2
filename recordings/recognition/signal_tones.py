"""Takes keys (DTMF) and the network's tones out of a voice before it is recognised: they would be heard as words. Pure.

A carrier without telephone-event sends keys in the sound (ITU-T Q.23: one tone of the lower group, one of the upper);
dial, ring-back and busy tone in China are 450 Hz, a fax calls with 1,100 Hz. Speech is never so pure for so long.
"""

import numpy as np
import numpy.typing as npt

_A_SECOND = 40
"""Pieces of 25 ms: a key lasts at least 40 ms (Q.24)."""
_PURE = 0.85
"""This share of a piece's energy lies in one signal. No prompt and no sample call has such a piece of speech."""
_ALIKE = 10
"""The two tones of a key are within 10 dB of each other (Q.24: 8 dB)."""
_FAINT = 30.0
"""Root mean square (of 32,768) below which it does not matter."""
_LOWER, _UPPER, _SINGLE = (697, 770, 852, 941), (1209, 1336, 1477, 1633), (450, 1100)

Sound = npt.NDArray[np.int16]


def without_tones(sound: Sound, rate: int, *, goes_on: bool = False) -> tuple[Sound, bool]:
    """The same sound, with silence where nothing but such a signal is; and whether one lasts to its end. `goes_on`:
    one lasted to the end of the sound before."""
    size = rate // _A_SECOND
    pieces = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(pieces):
        return sound, False
    signal = _is_signal(pieces.astype(np.float64), rate)
    # One that begins in the last piece fills less than all of it.
    lasts = bool(signal[-1] or _is_signal(pieces[-1:, size // 2 :].astype(np.float64), rate)[0])
    if not (signal.any() or lasts or goes_on):
        return sound, False
    # Its edges too, which fill a piece in part.
    edges = np.append(signal[1:], lasts) | np.append(goes_on, signal[:-1])
    quiet = sound.copy()
    quiet[: pieces.size].reshape(-1, size)[signal | edges] = 0
    return quiet, lasts


def _is_signal(pieces: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.bool_]:
    size = pieces.shape[1]
    waves = np.exp(-2j * np.pi * np.outer(np.arange(size), (*_LOWER, *_UPPER, *_SINGLE)) / rate)
    power = 2 * np.abs(pieces @ waves) ** 2 / size
    lower, upper, single = power[:, :4].max(axis=1), power[:, 4:8].max(axis=1), power[:, 8:].max(axis=1)
    key = np.where(np.minimum(lower, upper) * _ALIKE > np.maximum(lower, upper), lower + upper, 0)
    energy = np.sum(pieces**2, axis=1)
    found: npt.NDArray[np.bool_] = (np.maximum(key, single) > _PURE * energy) & (energy > size * _FAINT**2)
    return found
