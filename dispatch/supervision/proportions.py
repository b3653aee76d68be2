"""Shares as they may be compared: with the interval that so few or so many cases leave open. Pure."""

import math
from dataclasses import dataclass

RANKED_FROM = 10
"""Of fewer cases no share is ranked: one citizen would move it by more than ten points."""
_Z = 1.96
"""95 %."""


@dataclass(frozen=True)
class Share:
    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """0 to 1; None where there is no case."""
        return self.part / self.whole if self.whole else None

    @property
    def ranked(self) -> bool:
        return self.whole >= RANKED_FROM

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927), 95 %, which stays within 0 and 1 for small counts too."""
        if not self.whole:
            return 0.0, 1.0
        rate, square = self.part / self.whole, _Z * _Z
        middle = rate + square / (2 * self.whole)
        spread = _Z * math.sqrt(rate * (1 - rate) / self.whole + square / (4 * self.whole * self.whole))
        below = 1 + square / self.whole
        return max((middle - spread) / below, 0.0), min((middle + spread) / below, 1.0)
