"""When it happened, as citizens say it."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from dispatch.intake.chinese_time import find_times, number

NOW = dt.datetime(2026, 11, 21, 10, tzinfo=CITY_ZONE)
"""A Saturday."""
NOON = dt.datetime(2026, 11, 29, 12, tzinfo=CITY_ZONE)


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


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("昨天晚上十二点", "2026-11-29T00:00"),
        ("前天晚上十二点半", "2026-11-28T00:30"),
        ("今天凌晨十二点半", "2026-11-29T00:30"),
        ("昨天凌晨零点", "2026-11-28T00:00"),
        ("昨天零点", "2026-11-28T00:00"),
        ("昨天二十四点", "2026-11-29T00:00"),
        ("昨天中午十二点", "2026-11-28T12:00"),
        ("昨天中午十一点半", "2026-11-28T11:30"),
        ("昨天下午十二点半", "2026-11-28T12:30"),
        ("昨天上午十二点", "2026-11-28T12:00"),
        ("昨天夜里一点", "2026-11-29T01:00"),
        ("今天夜里一点", "2026-11-29T01:00"),
        ("昨晚一点", "2026-11-29T01:00"),
        ("昨夜两点", "2026-11-29T02:00"),
        ("昨天夜里十一点", "2026-11-28T23:00"),
        ("昨天半夜", "2026-11-29T00:00"),
        ("今天半夜十二点", "2026-11-29T00:00"),
        ("昨天二十点", "2026-11-28T20:00"),
    ],
)
def test_midnight_noon_and_the_night_are_the_ones_that_were_meant(said: str, at: str) -> None:
    assert find_times(said, NOON)[0].at == dt.datetime.fromisoformat(at).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("农历八月十五", "2026-09-25"),
        ("阴历的七月十五", "2026-08-27"),
        ("中秋节", "2026-09-25"),
        ("去年中秋", "2025-10-06"),
        ("端午那天", "2026-06-19"),
        ("五月初五", "2026-06-19"),
        ("腊月二十三", "2026-02-10"),
        ("腊月廿三", "2026-02-10"),
        ("正月初一", "2026-02-17"),
        ("大年三十", "2026-02-16"),
        ("除夕", "2026-02-16"),
        ("二零二五年闰六月初一", "2025-07-25"),
        ("八月十五号", "2026-08-15"),
    ],
)
def test_dates_of_the_lunar_calendar_are_converted(said: str, day: str) -> None:
    assert find_times(said, NOON)[0].at == dt.datetime.fromisoformat(day).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    "said",
    [
        "八月十五", "二月二", "去年除夕", "春节期间", "中秋前", "农历八月", "农历二月三十", "闰十二月初三",
        "农历十三月初一", "今天晚上十二点", "0000年3月5号", "二〇二八年二月三十日", "九九九九年一月一号",
    ],
)  # fmt: skip
def test_what_may_be_one_of_two_days_or_is_none_is_left_alone(said: str) -> None:
    assert find_times(said, NOON) == []


@pytest.mark.parametrize("year", range(2020, 2034))
@pytest.mark.parametrize(
    "said", ["二月二十九号晚上八点停水", "四月三十一号", "十三月一号", "二月三十", "腊月三十", "闰二月初一"]
)
def test_no_sentence_is_an_error_in_any_year(said: str, year: int) -> None:
    for now in (dt.datetime(year, 1, 15, 2, tzinfo=dt.UTC), dt.datetime(year, 2, 28, 23, tzinfo=CITY_ZONE)):
        assert all(one.at <= now and one.at.year >= year - 2 for one in find_times(said, now))


def test_the_29th_of_february_is_found_where_there_was_one() -> None:
    now = dt.datetime(2028, 3, 15, 2, tzinfo=dt.UTC)
    assert find_times("二月二十九号晚上八点", now)[0].at == dt.datetime(2028, 2, 29, 20, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("昨天23:30", "2026-11-28T23:30"), ("昨晚00:30", "2026-11-29T00:30"), ("昨天24:00", "2026-11-29T00:00"),
        ("今天凌晨12：30就听见响", "2026-11-29T00:30"), ("今天凌晨24点", "2026-11-29T00:00"),
        ("昨日24时", "2026-11-29T00:00"), ("今日0时", "2026-11-29T00:00"), ("前晚十二点", "2026-11-28T00:00"),
        ("昨天正午12点", "2026-11-28T12:00"), ("昨天晌午头一点", "2026-11-28T13:00"),
        ("昨天晚上快十二点", "2026-11-29T00:00"), ("昨晚大概十一点五十", "2026-11-28T23:50"),
        ("夜来后晌三点", "2026-11-28T15:00"), ("昨儿个黑夜里十点", "2026-11-28T22:00"),
        ("今清早五点", "2026-11-29T05:00"),
        ("正月初一零点", "2026-02-17T00:00"), ("正月初一十二点", "2026-02-17T12:00"),
        ("二月初二两点", "2026-03-20T02:00"),
        ("古历八月十五", "2026-09-25T00:00"), ("昨天八点四十五", "2026-11-28T08:45"),
        ("昨天八点零五", "2026-11-28T08:05"),
    ],
)  # fmt: skip
def test_clock_times_and_the_words_of_the_country_are_read(said: str, at: str) -> None:
    assert find_times(said, NOON)[0].at == dt.datetime.fromisoformat(at).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    "said",
    [
        "下周三", "下下周三晚上八点", "下个星期三", "每周三晚上八点", "每个礼拜天", "明年三月五号", "后年五月六号",
        "每年三月五号", "大前年八月十六号", "乙巳年八月十六", "九八年三月五号", "去年的今天", "上个月今天",
        "明年春节",
        "1999天前", "几百天前", "一两天前", "两三天前", "三四天前", "十月一二号", "二三月五号",
    ],
)  # fmt: skip
def test_what_is_another_years_or_weeks_or_between_two_is_never_taken_for_this_one(said: str) -> None:
    assert find_times(said, NOON) == []
