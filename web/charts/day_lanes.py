"""A chart of one day: a lane for each kind of stretch, from 0 to 24 hours. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

LANE = 30
"""Pixels from one lane to the next."""
_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class DaySpan:
    lane: str
    begin: dt.datetime
    end: dt.datetime
    words: str


@dataclass(frozen=True)
class LaneBox:
    x: float
    """In percent of the day."""
    width: float
    words: str


@dataclass(frozen=True)
class Lane:
    name: str
    y: int
    boxes: tuple[LaneBox, ...]


@dataclass(frozen=True)
class DayLanes:
    id: str
    name: str
    sentence: str
    lanes: tuple[Lane, ...]
    height: int
    hours: tuple[tuple[float, str, bool], ...]
    """(x, words, shown on a telephone too)."""


def day_lanes(
    id: str, name: str, sentence: str, lanes: Sequence[str], spans: Sequence[DaySpan], midnight: dt.datetime
) -> DayLanes | None:
    """None: nothing happened on that day. A stretch of a second is still seen."""
    if not spans:
        return None

    def place(at: dt.datetime) -> float:
        return min(max((at - midnight).total_seconds() / _DAY_SECONDS, 0), 1) * 100

    return DayLanes(
        id=id,
        name=name,
        sentence=sentence,
        lanes=tuple(
            Lane(
                lane,
                number * LANE,
                tuple(
                    LaneBox(
                        round(place(one.begin), 3), round(max(place(one.end) - place(one.begin), 0.15), 3), one.words
                    )
                    for one in spans
                    if one.lane == lane
                ),
            )
            for number, lane in enumerate(lanes)
        ),
        height=len(lanes) * LANE,
        hours=tuple((round(hour / 24 * 100, 3), f"{hour}时", hour % 6 == 0) for hour in range(0, 25, 2)),
    )
