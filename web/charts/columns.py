"""A chart of columns: where each box stands. Pure.

x is in percent of the chart's width and y in pixels, so that its text has one size on every screen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from web.charts.scale import count_steps, count_words, strides

HEIGHT = 160
"""Of the tallest column, in pixels."""
LOOKS = ("plain", "hatched", "dotted")
"""Each differs from the others without its colour; the template draws them."""
_GAP = 0.22
"""Of a column's width, left free between it and the next."""


@dataclass(frozen=True)
class Point:
    """One row of the table, or several of them added up."""

    label: str
    """Short, for below the column."""
    words: str
    """The same in full, as the table has it."""
    values: tuple[float | None, ...]
    """One for each series; None: nothing is known, and no box is drawn."""
    under: str = ""
    """A second line below the label, where a day or month begins."""
    rest: bool = False
    """A day of rest: its ground is shaded."""
    under_narrow: bool = True
    """Whether there is room for `under` on a telephone."""


@dataclass(frozen=True)
class Box:
    y: float
    height: float
    look: str


@dataclass(frozen=True)
class Column:
    x: float
    """Of its left edge, in percent."""
    width: float
    box_x: float
    box_width: float
    label: str
    under: str
    under_narrow: bool
    wide: bool
    """Its label is shown where there is room for many."""
    narrow: bool
    """Its label is shown on a telephone too."""
    rest: bool
    boxes: tuple[Box, ...]
    words: str


@dataclass(frozen=True)
class Columns:
    id: str
    name: str
    sentence: str
    """What the chart shows, for those who do not see it; the figures are in the table."""
    keys: tuple[tuple[str, str], ...]
    """(look, name) of each series."""
    steps: tuple[tuple[float, str], ...]
    """(y, words) of the lines across."""
    columns: tuple[Column, ...]
    mark: tuple[float, str] | None
    """(y, words) of a line that one should stay below."""
    two_lines: bool
    height: int = HEIGHT


def columns_of(
    id: str,
    name: str,
    series: Sequence[str],
    points: Sequence[Point],
    *,
    steps: Callable[[float], list[float]] = count_steps,
    words: Callable[[float], str] = count_words,
    full: Callable[[float], str] = lambda value: f"{value:g}",
    mark: tuple[float, str] | None = None,
) -> Columns | None:
    """None: no point has a value, there is nothing to look at. The values of a point stand on one another."""
    sums = [sum(value or 0 for value in point.values) for point in points]
    if not any(value is not None for point in points for value in point.values):
        return None
    marked = mark if mark and max(sums) >= mark[0] / 4 else None
    lines = steps(max(max(sums), marked[0] if marked else 0))
    scale = HEIGHT / lines[-1]
    width = 100 / len(points)
    wide, narrow = strides(len(points))
    return Columns(
        id=id,
        name=name,
        sentence=_sentence(name, points, sums, full),
        keys=tuple(zip(LOOKS, series, strict=False)),
        steps=tuple((round(HEIGHT - line * scale, 1), words(line)) for line in lines),
        columns=tuple(
            Column(
                x=round(index * width, 4),
                width=round(width, 4),
                box_x=round((index + _GAP / 2) * width, 4),
                box_width=round((1 - _GAP) * width, 4),
                label=point.label,
                under=point.under,
                under_narrow=point.under_narrow,
                wide=index % wide == 0,
                narrow=index % narrow == 0,
                rest=point.rest,
                boxes=_boxes(point, scale),
                words=_words(point, series, full),
            )
            for index, point in enumerate(points)
        ),
        mark=(round(HEIGHT - marked[0] * scale, 1), marked[1]) if marked else None,
        two_lines=any(point.under for point in points),
    )


def _boxes(point: Point, scale: float) -> tuple[Box, ...]:
    boxes, top = [], float(HEIGHT)
    for look, value in zip(LOOKS, point.values, strict=False):
        if value:
            # What is not nothing is seen, however small it is beside the tallest.
            height = max(value * scale, 1.0)
            top -= height
            boxes.append(Box(round(max(top, 0), 1), round(height, 1), look))
    return tuple(boxes)


def _words(point: Point, series: Sequence[str], full: Callable[[float], str]) -> str:
    said = [f"{name} {full(value)}" for name, value in zip(series, point.values, strict=True) if value is not None]
    return f"{point.words}：{'，'.join(said) or '没有'}"


def _sentence(name: str, points: Sequence[Point], sums: Sequence[float], full: Callable[[float], str]) -> str:
    known = [number for number, point in enumerate(points) if any(value is not None for value in point.values)]
    most = max(known, key=lambda number: sums[number])
    return f"{name}：最多的是{points[most].words}，{full(sums[most])}。各项数字见下面的表。"
