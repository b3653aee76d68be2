"""The steps of a chart's axis, and its numbers in words. Pure."""

import math
from collections.abc import Sequence

MOST_STEPS = 4
SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Lengths of time that people count in."""
_WAN, _YI = 10_000, 100_000_000


def count_steps(largest: float) -> list[float]:
    """0, 5, 10 … up to `largest` or a little more: whole numbers, 1, 2 or 5 of a power of ten apart."""
    wanted = max(largest, 1) / MOST_STEPS
    power = 10 ** math.floor(math.log10(wanted)) if wanted > 1 else 1
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= wanted)
    return _up_to(largest, step)


def second_steps(largest: float) -> list[float]:
    """As `count_steps`, by lengths of time that people count in; beyond a day by whole days."""
    wanted = max(largest, 1) / MOST_STEPS
    step = next((one for one in SECONDS if one >= wanted), None)
    if step is None:
        return [days * 86_400 for days in count_steps(largest / 86_400)]
    return _up_to(largest, step)


def count_words(number: float) -> str:
    """900, 1.2万, 3亿: short enough for the edge of a chart."""
    if number < _WAN:
        return f"{number:g}"
    return f"{number / _WAN:g}万" if number < _YI else f"{number / _YI:g}亿"


def strides(columns: int, hours: Sequence[int] = (1, 2, 3, 4, 6, 8, 12)) -> tuple[int, int]:
    """Every how manieth column has a label: on a wide page (30 at most), on a telephone (8 at most)."""

    def stride(most: int) -> int:
        least = math.ceil(columns / most)
        return next((one for one in hours if one >= least), least)

    wide = stride(30)
    narrow = stride(8)
    return wide, math.ceil(narrow / wide) * wide


def _up_to(largest: float, step: float) -> list[float]:
    return [step * number for number in range(max(math.ceil(largest / step), 1) + 1)]
