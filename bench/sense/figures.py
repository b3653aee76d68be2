"""Shares with their intervals, as the tables of the bench show them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DRAWS = 500
SEED = 20261130
Vector = npt.NDArray[Any]
Measure = Callable[[Vector], float]
"""Of some of the matters, given as their places."""


@dataclass(frozen=True)
class Interval:
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


def over_voices(voices: Vector, measure: Measure) -> Interval:
    """95 % of `DRAWS` draws of voices, each drawn with all of its matters: what another set of voices might give."""
    dice = np.random.default_rng(SEED)
    names = np.unique(voices)
    of_voice = {name: np.flatnonzero(voices == name) for name in names}
    draws = [measure(np.concatenate([of_voice[name] for name in dice.choice(names, len(names))])) for _ in range(DRAWS)]
    known = [draw for draw in draws if not np.isnan(draw)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
    return Interval(measure(np.arange(len(voices))), float(low), float(high))


def share(found: Vector, of: Vector) -> Measure:
    """How many of `of` are also `found`."""

    def measure(chosen: Vector) -> float:
        asked = of[chosen]
        return float(found[chosen][asked].mean()) if asked.any() else float("nan")

    return measure


def reliability(probabilities: Vector, right: Vector, *, steps: int = 10) -> list[list[str]]:
    """Of each tenth: how many, what was said on average, how many were right."""
    rows = [["said", "matters", "mean said", "right"]]
    for step in range(steps):
        low, high = step / steps, (step + 1) / steps
        within = (probabilities >= low) & ((probabilities < high) | (step == steps - 1))
        if within.any():
            said, true = probabilities[within].mean(), right[within].mean()
            rows.append([f"{low:.1f}–{high:.1f}", str(int(within.sum())), f"{said:.2f}", f"{true:.2f}"])
    return rows
