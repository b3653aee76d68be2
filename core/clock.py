"""The one place that reads the time.

Instants are aware and in UTC everywhere inside; people are shown the city's own zone.
Pure rooms never call `now()`: they are handed the instant.
"""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one allowed reading of the clock


def in_city(instant: dt.datetime) -> dt.datetime:
    """The same instant in the city's zone; a naive one is a programming error and raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone cannot be shown")
    return instant.astimezone(CITY_ZONE)


def start_of_day(day: dt.date) -> dt.datetime:
    """Of a day of the city."""
    return dt.datetime.combine(day, dt.time(), CITY_ZONE)


def day_and_minute(instant: dt.datetime, *, year: bool = False) -> str:
    """11月4日 09:05, in the city's zone, as every message and text writes it; with `year`: 2026年11月4日 09:05."""
    local = in_city(instant)
    day = f"{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.year}年{day}" if year else day


def exact(instant: dt.datetime) -> str:
    """2026-11-21 14:03:22, in the city's zone: to the second, as papers, records and tooltips write it."""
    return f"{in_city(instant):%Y-%m-%d %H:%M:%S}"
