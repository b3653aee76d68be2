"""A year's days off, as they are copied from the State Council's notice."""

import datetime as dt

import pytest

from core.errors import BadInput
from dispatch.city.load import load_city
from dispatch.city.statutory_days import statutory_days
from tests.support.qufu import FOLDER
from web.city.days import parse_days, refuse_what_cannot_be

DAY = dt.date


@pytest.mark.parametrize(
    "typed",
    [
        "2027-02-05 至 2027-02-07",
        "2027年2月5日至7日",
        "2月5日（周五）至7日（周日）放假，共3天。",
        "一、春节：２月５日(除夕)～２月７日放假调休",
        "2027/2/5、2027.2.6 2027-02-07",
        "2027年 2月 5日 至 2月 7日",
    ],
)
def test_days_are_read_as_people_copy_them(typed: str) -> None:
    assert parse_days(typed, 2027) == [DAY(2027, 2, 5), DAY(2027, 2, 6), DAY(2027, 2, 7)]


@pytest.mark.parametrize(
    "typed", ["2月30日", "7日", "二月五日", "2月7日至5日", "1月1日至2月1日至3日", "2027-13-01", "x" * 9999]
)
def test_what_is_no_day_is_named(typed: str) -> None:
    with pytest.raises(BadInput, match="日期"):
        parse_days(typed, 2027)


@pytest.mark.parametrize(
    ("rest", "work", "said"),
    [
        ("1月1日", "", "法定节假日没有写全：2027-02-05（周五）（农历除夕）"),
        ("1月2日", "", "2027-01-01（周五）（元旦）"),
        ("1月1日", "2月17日", "2027-02-17（周三）不是周末"),
        ("1月1日，2月14日", "2月14日", "又是放假又是上班"),
    ],
)
def test_a_year_that_cannot_be_is_refused(rest: str, work: str, said: str) -> None:
    with pytest.raises(BadInput) as told:
        refuse_what_cannot_be(parse_days(rest, 2027), parse_days(work, 2027), statutory_days(2027))
    assert said in told.value.message


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_years_that_were_arranged_have_all_statutory_days(year: int) -> None:
    calendar = load_city(FOLDER).calendar
    assert not [day for day in statutory_days(year) if calendar.is_working_day(day)]
