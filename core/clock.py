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
