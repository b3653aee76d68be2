"""An instant as every message and text writes it."""

import datetime as dt

from core.clock import day_and_minute


def test_a_day_has_no_leading_nought_and_a_minute_has() -> None:
    instant = dt.datetime(2026, 11, 4, 1, 5, tzinfo=dt.UTC)
    assert day_and_minute(instant) == "11月4日 09:05"
    assert day_and_minute(instant, year=True) == "2026年11月4日 09:05"


def test_the_day_is_the_citys() -> None:
    assert day_and_minute(dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC), year=True) == "2027年1月1日 00:00"
