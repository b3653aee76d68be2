"""One row of the bench: ours against a floor, in turns, so that a busy machine is unfair to both alike."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict


class Row(TypedDict):
    """As it stands in var/bench/report.json."""

    name: str
    what: str
    """What ours does, and what the floor does, over the same input."""
    ours: float
    floor: float
    ratio: float
    """Ours divided by the floor: the median of the runs' own ratios."""
    unit: str
    """Of ours and floor, which are medians. More is better, unless the unit says otherwise."""
    runs: int
    note: str
    tables: NotRequired[list[list[list[str]]]]
    """Of what lies behind the figure; the first row of each is its headings."""


def make_row(*, name: str, what: str, unit: str, ours: Sequence[float], floor: Sequence[float], note: str) -> Row:
    """`ours` and `floor` are the runs, one pair a run."""
    ratios = [mine / bare for mine, bare in zip(ours, floor, strict=True)]
    spread = f"ours {_span(ours)}, floor {_span(floor)}, ratio {_span(ratios)}"
    return Row(
        name=name,
        what=what,
        ours=_rounded(statistics.median(ours)),
        floor=_rounded(statistics.median(floor)),
        ratio=round(statistics.median(ratios), 3),
        unit=unit,
        runs=len(ratios),
        note=f"{note}; min–max: {spread}",
    )


def in_turns(
    ours: Callable[[], object], floor: Callable[[], object], *, amount: float, runs: int
) -> tuple[list[float], list[float]]:
    """What each does of `amount` in a second of processor time, run by run; a round before them warms both up.

    Processor time: what other programs take of the machine meanwhile does not count.
    """
    speeds: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for work, found in zip((ours, floor), speeds, strict=True):
            started = time.process_time()
            work()
            took_seconds = time.process_time() - started
            if run:
                found.append(amount / took_seconds)
    return speeds


def _span(values: Sequence[float]) -> str:
    return f"{_rounded(min(values)):,}–{_rounded(max(values)):,}"


def _rounded(value: float) -> float:
    return round(value) if value >= 1000 else round(value, 3)
