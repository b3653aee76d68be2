"""The line's figures as charts: calls and waits by hour, by day or by week, from the rows of the table. Pure.

A period of many days by the hour shows each hour of the day once, all days added up; one of many days by the day shows
weeks. Every column is a row of the table, or several of them added up.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.clock import CITY_ZONE, in_city
from telephony.figures.counting import Period
from telephony.figures.figures import ANSWER_SECONDS
from web.charts.columns import Columns, Point, columns_of
from web.charts.scale import second_steps
from web.labels import lasted
from web.supervision.figures import By, CallFigures, FiguresAnswer

CALLS = ("已接听", "放弃", "其他（留言、要求回电、转接、未接通、已屏蔽）")
MOST_DAYS_BY_HOUR = 2
MOST_DAYS = 62
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class TimeSlot:
    """One column's stretch of time."""

    label: str
    words: str
    key: object
    """What `_Layout.key_of` says of each row in it."""
    under: str = ""
    under_narrow: bool = True
    rest: bool = False
    counted: bool = True
    """False: it lies ahead or outside the period, and nothing is known of it."""


@dataclass(frozen=True)
class _Layout:
    slots: Sequence[TimeSlot]
    key_of: Callable[[dt.datetime], object]
    """Of a row's beginning, in the city's zone."""
    names: tuple[str, str]


def line_charts(
    answer: FiguresAnswer, now: dt.datetime, is_working_day: Callable[[dt.date], bool]
) -> tuple[Columns | None, Columns | None]:
    """Calls by what became of them, and how long those who were reached had waited; None where there were none."""
    if answer.by is By.AGENT or not answer.calls:
        return None, None
    layout = _layout(answer, now, is_working_day)
    rows: dict[object, list[CallFigures]] = {}
    for row in answer.calls:
        assert row.starts_at is not None
        rows.setdefault(layout.key_of(in_city(row.starts_at)), []).append(row)
    calls = [_point(slot, _calls(rows.get(slot.key, ())) if slot.counted else (None,) * 3) for slot in layout.slots]
    waits = [_point(slot, (_mean_wait(rows.get(slot.key, ())),)) for slot in layout.slots]
    return (
        columns_of("chart-calls", layout.names[0], CALLS, calls),
        columns_of(
            "chart-waits", layout.names[1], ("平均应答",), waits, steps=second_steps, words=lasted, full=lasted,
            mark=(ANSWER_SECONDS, f"标准{ANSWER_SECONDS}秒"),
        ),
    )  # fmt: skip


def board_chart(hours: Sequence[CallFigures], at: dt.datetime) -> Columns | None:
    """Today's calls by the hour, for the big screen; None: there were none."""
    day = in_city(at).date()
    midnight = dt.datetime.combine(day, dt.time(), CITY_ZONE)
    rows = {in_city(row.starts_at).hour: row for row in hours if row.starts_at is not None}
    points = [
        _point(slot, _calls([row] if (row := rows.get(hour)) else ()) if slot.counted else (None,) * 3)
        for hour, slot in enumerate(_hours([day], (midnight, at)))
    ]
    return columns_of("chart-board", "今天每小时来电", CALLS, points) if rows else None


def _point(slot: TimeSlot, values: tuple[float | None, ...]) -> Point:
    return Point(slot.label, slot.words, values, slot.under, slot.rest, slot.under_narrow)


def _calls(rows: Sequence[CallFigures]) -> tuple[float | None, ...]:
    answered = sum(row.answered for row in rows)
    abandoned = sum(row.abandoned for row in rows)
    return answered, abandoned, sum(row.calls for row in rows) - answered - abandoned


def _mean_wait(rows: Iterable[CallFigures]) -> float | None:
    """Of all who were reached in these rows."""
    known = [(row.mean_wait_seconds, row.reached) for row in rows if row.mean_wait_seconds is not None]
    reached = sum(number for _, number in known)
    return sum(mean * number for mean, number in known) / reached if reached else None


def _layout(answer: FiguresAnswer, now: dt.datetime, is_working_day: Callable[[dt.date], bool]) -> _Layout:
    first = in_city(answer.since).date()
    last = in_city(answer.until - dt.timedelta(microseconds=1)).date()
    days = [first + _DAY * number for number in range((last - first).days + 1)]
    if answer.by is By.HOUR and len(days) <= MOST_DAYS_BY_HOUR:
        return _Layout(
            _hours(days, (answer.since, min(answer.until, now))),
            lambda at: (at.date(), at.hour),
            ("每小时来电", "每小时平均应答"),
        )
    if answer.by is By.HOUR:
        slots = [TimeSlot(f"{hour}时", f"{hour}时到{hour + 1}时", hour) for hour in range(24)]
        return _Layout(slots, lambda at: at.hour, (f"各钟点来电（{len(days)}天合计）", "各钟点平均应答"))
    if len(days) <= MOST_DAYS:
        return _Layout(
            _days(days, in_city(now).date(), is_working_day), lambda at: at.date(), ("每天来电", "每天平均应答")
        )
    return _Layout(_weeks(days), lambda at: _monday(at.date()), ("每周来电", "每周平均应答"))


def _hours(days: Sequence[dt.date], period: Period) -> list[TimeSlot]:
    def counted(begin: dt.datetime) -> bool:
        return begin < period[1] and begin + dt.timedelta(hours=1) > period[0]

    return [
        TimeSlot(
            f"{hour}时", f"{_day(day)} {hour}时到{hour + 1}时", (day, hour),
            under=_day(day) if hour == 0 and len(days) > 1 else "",
            counted=counted(dt.datetime.combine(day, dt.time(hour), CITY_ZONE)),
        )
        for day in days
        for hour in range(24)
    ]  # fmt: skip


def _days(days: Sequence[dt.date], today: dt.date, is_working_day: Callable[[dt.date], bool]) -> list[TimeSlot]:
    months = [day for day in days if day.day == 1]
    return [
        TimeSlot(
            f"{day.day}日", _day(day), day, under=f"{day.month}月" if day in _named(days, months, 7) else "",
            rest=not is_working_day(day), counted=day <= today,
        )
        for day in days
    ]  # fmt: skip


def _weeks(days: Sequence[dt.date]) -> list[TimeSlot]:
    mondays = sorted({_monday(day) for day in days})
    months = [one for one in mondays if one.day <= 7]
    return [
        TimeSlot(
            f"{one.day}日", f"{_day(one)}到{_day(one + 6 * _DAY)}", one,
            under=f"{one.month}月" if one in _named(mondays, months, 21) else "",
            under_narrow=one.month % 3 == 1,
        )
        for one in mondays
    ]  # fmt: skip


def _named(days: Sequence[dt.date], months: Sequence[dt.date], near_days: int) -> Sequence[dt.date]:
    """Where a month's name stands: at its beginning, and at the first day unless the next name would touch it."""
    touches = bool(months) and months[0] - days[0] <= near_days * _DAY
    return months if touches else [days[0], *months]


def _monday(day: dt.date) -> dt.date:
    return day - _DAY * day.weekday()


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
