"""A telephone line put on samples: noise of a known level, G.711 A-law by its table."""

from functools import cache

import numpy as np
import numpy.typing as npt

from bench.recognition.testset import Samples


def noisy(samples: Samples, noise_db: float | None, *, seed: int) -> npt.NDArray[np.float64]:
    """With white noise this far below the speech's mean power; None: as it is."""
    sound = samples.astype(np.float64)
    if noise_db is None:
        return sound
    level = np.sqrt((sound**2).mean()) * 10 ** (-noise_db / 20)
    return sound + np.random.default_rng(seed).normal(0, level, len(sound))


def telephone(samples: Samples, noise_db: float | None, *, seed: int) -> Samples:
    """Noise, then A-law."""
    levels = _alaw_levels()
    return levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, noisy(samples, noise_db, seed=seed))].astype(np.int16)


@cache
def _alaw_levels() -> npt.NDArray[np.float64]:
    """The 256 levels that a decoder gives (ITU-T G.711, table 1a), in 16-bit range, rising."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    positive = np.where(segment == 0, (2 * step + 1) * 8, (2 * step + 33) * 2.0 ** (segment + 2))
    return np.sort(np.concatenate([-positive, positive]))
