"""When it happened, as citizens say it."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from dispatch.chinese_time import find_times, number

NOW = dt.datetime(2026, 11, 21, 10, tzinfo=CITY_ZONE)
"""A Saturday."""


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("昨天晚上八点多灯就灭了", "2026-11-20T20:00"),
        ("今天凌晨三点半", "2026-11-21T03:30"),
        ("昨晚十一点刮大风", "2026-11-20T23:00"),
        ("前天下午两点起", "2026-11-19T14:00"),
        ("今早七点一刻", "2026-11-21T07:15"),
        ("星期三晚上七点半", "2026-11-18T19:30"),
        ("上个星期天就断网了", "2026-11-15T00:00"),
        ("这周一上午九点", "2026-11-16T09:00"),
        ("上上周五", "2026-11-06T00:00"),
        ("三天前开始", "2026-11-18T00:00"),
        ("从今年六月二十一号开始", "2026-06-21T00:00"),
        ("12月3号交的钱", "2025-12-03T00:00"),
        ("一九九六年我去外地", "1996-01-01T00:00"),
        ("去年十月份的事", "2025-10-01T00:00"),
        ("昨天中午一点", "2026-11-20T13:00"),
    ],
)
def test_a_said_time_becomes_an_instant(said: str, at: str) -> None:
    found = find_times(said, NOW)
    assert found[0].at == dt.datetime.fromisoformat(at).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    "said", ["一到晚上八点就停电", "前几天", "最近老这样", "三月没发了", "今天下午三点要开庭", "二月三十号", ""]
)
def test_a_habit_a_vague_time_and_the_future_are_no_instants(said: str) -> None:
    assert find_times(said, NOW) == []


def test_what_has_an_hour_comes_first_and_tells_where_it_was_said() -> None:
    said = "前天报的修，昨天上午十点来了一趟"
    first, second = find_times(said, NOW)
    assert first.to_the_hour
    assert said[first.start : first.end] == "昨天上午十点"
    assert not second.to_the_hour


@pytest.mark.parametrize(
    ("said", "value"), [("二十一", 21), ("十", 10), ("两", 2), ("二〇二五", 2025), ("7", 7), ("好", None)]
)
def test_numbers_are_read(said: str, value: int | None) -> None:
    assert number(said) == value
