"""Limits in working days, natural days, hours and office hours, with a lunch break and other hours in summer.

In the tiny city: 8:30-12:00 and 14:00-17:30, from June to September 8:00-12:00 and 15:00-18:00.
"""

import datetime as dt

import pytest

from core.clock import CITY_ZONE, in_city
from dispatch.clock.deadlines import counted, due, end_of_working_day
from dispatch.clock.rules import SpanUnit, parse_span
from dispatch.kinds import Kind, Urgency
from dispatch.policy import Policy, whole_policy
from tests.support.cities import TINY


@pytest.fixture(scope="module")
def tiny() -> Policy:
    return whole_policy(TINY)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("same day", "same day"), ("当日", "same day"), ("当天", "same day"), ("1 working day", "1 working days"),
        ("3 working days", "3 working days"), ("3个工作日", "3 working days"), ("5 days", "5 days"),
        ("5个自然日", "5 days"), ("5天", "5 days"), ("2 hours", "2 hours"), ("2小时", "2 hours"),
        ("2个小时", "2 hours"),
        ("半小时", "30 minutes"), ("半个小时", "30 minutes"), ("30分钟", "30 minutes"),
        ("4个工作小时", "4 working hours"),
        ("30 working minutes", "30 working minutes"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read_as_cities_write_it_and_written_so_that_it_is_read_again(
    written: str, read: str
) -> None:
    span = parse_span(written)
    assert str(span) == read
    assert parse_span(str(span)) == span


@pytest.mark.parametrize(
    "written", ["0 days", "three days", "三天", "-1 days", "1.5 hours", "半天", "2 weeks", "99999 days"]
)
def test_what_is_no_length_of_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=written):
        parse_span(written)


@pytest.mark.parametrize(
    ("span", "since", "until"),
    [
        # 2026-11-20 is a Friday.
        ("30 minutes", "2026-11-21 23:50", "2026-11-22 00:20"),
        ("2 hours", "2026-11-20 17:00", "2026-11-20 19:00"),
        ("2 working hours", "2026-11-20 09:00", "2026-11-20 11:00"),
        ("2 working hours", "2026-11-20 11:00", "2026-11-20 15:00"),
        ("2 working hours", "2026-11-20 16:30", "2026-11-23 09:30"),
        ("2 working hours", "2026-11-21 10:00", "2026-11-23 10:30"),
        ("30 working minutes", "2026-11-20 13:00", "2026-11-20 14:30"),
        ("1 working hour", "2026-11-20 07:00", "2026-11-20 09:30"),
        ("7 working hours", "2026-11-20 08:30", "2026-11-20 17:30"),
        # In summer the lunch break is longer.
        ("2 working hours", "2026-07-17 11:00", "2026-07-17 16:00"),
        ("1 working day", "2026-07-17 11:00", "2026-07-20 18:00"),
        ("1 working day", "2026-11-20 11:00", "2026-11-23 17:30"),
        # The last day of September is still summer; National Day's holidays come after it.
        ("1 working hour", "2026-09-30 17:30", "2026-10-08 09:00"),
        # Natural days: the fifth is a Wednesday; a Saturday is moved to the Monday.
        ("5 days", "2026-11-20 10:00", "2026-11-25 17:30"),
        ("1 day", "2026-11-20 10:00", "2026-11-23 17:30"),
    ],
)
def test_a_limit_ends_when_its_span_is_over(tiny: Policy, span: str, since: str, until: str) -> None:
    limit = next(limit for limit in tiny.times.limits if not limit.every_day)
    end = counted(at(since), parse_span(span), limit, tiny.times, tiny.city.calendar)
    assert f"{in_city(end):%Y-%m-%d %H:%M}" == until


def test_an_emergencys_natural_day_is_not_moved(tiny: Policy) -> None:
    limit = next(limit for limit in tiny.times.limits if limit.every_day)
    end = counted(at("2026-11-20 10:00"), parse_span("1 day"), limit, tiny.times, tiny.city.calendar)
    assert f"{in_city(end):%m-%d %H:%M}" == "11-21 17:30"


def test_an_emergency_has_its_half_hour_at_night_and_a_complaint_its_office_hours(tiny: Policy) -> None:
    received, calendar = at("2026-11-21 23:30"), tiny.city.calendar
    urgent = due(Kind.HELP, Urgency.EMERGENCY, received, tiny.times, calendar)
    usual = due(Kind.COMPLAINT, Urgency.NORMAL, received, tiny.times, calendar)
    assert urgent.accept_at - received == dt.timedelta(minutes=30)
    assert f"{in_city(usual.accept_at):%m-%d %H:%M}" == "11-23 14:30"


def test_the_end_of_a_day_is_its_seasons(tiny: Policy) -> None:
    ends = [
        end_of_working_day(at(f"2026-{day} 10:00"), 0, tiny.times, tiny.city.calendar) for day in ("06-30", "10-30")
    ]
    assert [f"{in_city(end):%H:%M}" for end in ends] == ["18:00", "17:30"]


@pytest.mark.parametrize("unit", SpanUnit)
def test_every_unit_is_counted_forward(tiny: Policy, unit: SpanUnit) -> None:
    limit = next(limit for limit in tiny.times.limits if not limit.every_day)
    span = parse_span("same day" if unit is SpanUnit.SAME_DAY else f"3 {unit}")
    assert counted(at("2026-11-20 10:00"), span, limit, tiny.times, tiny.city.calendar) > at("2026-11-20 00:00")
