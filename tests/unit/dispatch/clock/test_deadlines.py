"""Limits over weekends, holidays and make-up workdays; all instants written in the city's time."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import CITY_ZONE, in_city
from core.errors import BadInput, ConfigurationError
from dispatch.city.records import City
from dispatch.clock import counting, deadlines
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.clock.deadlines import Lamp, after_working_days, check_promise, due, lamp, latest_promise
from dispatch.kinds import Kind, Urgency
from dispatch.orders.models import Order
from dispatch.policy import Policy


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


def shown(instant: dt.datetime) -> str:
    return f"{in_city(instant):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("kind", "urgency", "received", "accept", "expected", "finish"),
    [
        # an ordinary Friday
        ("complaint", "normal", "2026-11-20 10:00", "2026-11-25 17:30", "2026-11-25 17:30", "2026-11-27 17:30"),
        ("help", "normal", "2026-11-20 23:30", "2026-11-25 17:30", "2026-11-25 17:30", "2026-11-27 17:30"),
        ("consultation", "normal", "2026-11-20 10:00", "2026-11-20 17:30", "2026-11-20 17:30", "2026-11-20 17:30"),
        # too late for the same day: noon of the next working day, over the weekend
        ("consultation", "urgent", "2026-11-20 16:01", "2026-11-23 12:00", "2026-11-23 12:00", "2026-11-23 12:00"),
        ("suggestion", "normal", "2026-11-21 09:00", "2026-11-23 12:00", "2026-11-23 12:00", "2026-11-23 12:00"),
        # an emergency does not wait for Monday
        ("help", "emergency", "2026-11-21 09:00", "2026-11-21 23:59", "2026-11-21 23:59", "2026-11-21 23:59"),
        ("help", "emergency", "2026-11-21 23:30", "2026-11-22 12:00", "2026-11-22 12:00", "2026-11-22 12:00"),
        # National Day week, with Saturday the 10th made a working day
        ("report", "normal", "2026-09-30 10:00", "2026-10-10 17:30", "2026-10-10 17:30", "2026-10-13 17:30"),
        ("consultation", "normal", "2026-10-10 10:00", "2026-10-10 17:30", "2026-10-10 17:30", "2026-10-10 17:30"),
        ("consultation", "normal", "2026-10-02 10:00", "2026-10-08 12:00", "2026-10-08 12:00", "2026-10-08 12:00"),
        # Spring Festival: from Saturday the 14th (worked) to Tuesday the 24th
        ("other", "normal", "2026-02-13 10:00", "2026-02-25 17:30", "2026-02-25 17:30", "2026-02-27 17:30"),
        # the last day before it, and its evening
        ("complaint", "normal", "2026-02-14 17:00", "2026-02-26 17:30", "2026-02-26 17:30", "2026-02-28 17:30"),
        ("consultation", "normal", "2026-02-14 15:59", "2026-02-14 17:30", "2026-02-14 17:30", "2026-02-14 17:30"),
        ("consultation", "normal", "2026-02-14 23:30", "2026-02-24 12:00", "2026-02-24 12:00", "2026-02-24 12:00"),
        ("help", "emergency", "2026-02-16 23:30", "2026-02-17 12:00", "2026-02-17 12:00", "2026-02-17 12:00"),
        # over New Year, into a year whose make-up days are not announced
        ("other", "normal", "2026-12-30 10:00", "2027-01-05 17:30", "2027-01-05 17:30", "2027-01-07 17:30"),
    ],
)
def test_limits_follow_the_working_days(
    policy: Policy, kind: str, urgency: str, received: str, accept: str, expected: str, finish: str
) -> None:
    found = due(Kind(kind), Urgency(urgency), at(received), policy.times, policy.city.calendar)
    assert [shown(found.accept_at), shown(found.expected_at), shown(found.finish_at)] == [accept, expected, finish]


@pytest.mark.parametrize(
    ("kind", "urgency", "accepted", "shown_as"),
    [
        ("complaint", "normal", "2026-11-20 10:00", "2026-11-23 17:30"),
        ("help", "emergency", "2026-11-21 23:30", "2026-11-22 12:00"),
        ("consultation", "normal", "2026-02-14 16:30", "2026-02-24 12:00"),
    ],
)
def test_the_citizen_is_spoken_with_by_the_same_calendar(
    policy: Policy, kind: str, urgency: str, accepted: str, shown_as: str
) -> None:
    order = Order(kind=Kind(kind), urgency=Urgency(urgency))
    days = deadlines.limit_for(Kind(kind), Urgency(urgency), policy.times).contact
    counting.count(order, "contact_due_at", at(accepted), days, policy.times, policy.city.calendar)
    assert order.contact_due_at is not None
    assert shown(order.contact_due_at) == shown_as
    without = replace(policy.times, limits=tuple(replace(limit, contact=None) for limit in policy.times.limits))
    no_days = deadlines.limit_for(Kind(kind), Urgency(urgency), without).contact
    counting.count(order, "contact_due_at", at(accepted), no_days, policy.times, policy.city.calendar)
    assert order.contact_due_at is None


@given(kind=st.sampled_from(Kind), urgency=st.sampled_from(Urgency), minutes=st.integers(0, 2 * 365 * 1440))
def test_a_limit_is_never_before_the_matter_nor_on_a_day_off(
    policy: Policy, kind: Kind, urgency: Urgency, minutes: int
) -> None:
    received = at("2025-01-01 00:00") + dt.timedelta(minutes=minutes)
    found = due(kind, urgency, received, policy.times, policy.city.calendar)
    assert received < found.accept_at <= found.expected_at <= found.finish_at
    if urgency is not Urgency.EMERGENCY:
        assert policy.city.calendar.is_working_day(in_city(found.finish_at).date())
    assert found.finish_at - received < dt.timedelta(days=18)


@given(day=st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)), count=st.integers(1, 20))
def test_counting_working_days_forth_and_back_meets(city: City, day: dt.date, count: int) -> None:
    after = after_working_days(day, count, city.calendar)
    between = [day + dt.timedelta(days=n) for n in range(1, (after - day).days + 1)]
    assert sum(city.calendar.is_working_day(each) for each in between) == count
    if city.calendar.is_working_day(day):
        assert after_working_days(after, -count, city.calendar) == day


def test_a_year_without_a_calendar_stops_nobody_and_is_counted_by_weekdays_and_statutory_holidays(
    policy: Policy,
) -> None:
    """5 working days from Monday the 27th: the 1st of January is a Saturday, and what is moved for it is not known."""
    found = due(Kind.COMPLAINT, Urgency.NORMAL, at("2027-12-27 10:00"), policy.times, policy.city.calendar)
    assert found.finish_at > at("2028-01-01 00:00")
    assert not policy.city.calendar.is_arranged(2028)
    assert not policy.city.calendar.is_working_day(dt.date(2028, 1, 26)), "Spring Festival"
    assert policy.city.calendar.is_working_day(dt.date(2028, 2, 1))
    assert due(Kind.COMPLAINT, Urgency.NORMAL, at("2090-03-03 10:00"), policy.times, policy.city.calendar).finish_at


@pytest.mark.parametrize(
    ("when", "named"),
    [("2026-10-31 12:00", []), ("2026-11-01 00:00", ["2027年"]), ("2027-10-01 12:00", ["2027年"]),
     ("2027-12-01 12:00", ["2027年", "2028年"]), ("2030-01-05 12:00", ["2030年"])],
)  # fmt: skip
def test_the_next_years_calendar_is_asked_for_from_november_on(policy: Policy, when: str, named: list[str]) -> None:
    wanted = calendar_wanted(policy.times, policy.city.calendar, at(when))
    result = wanted.words if wanted else ""
    assert [year for year in ("2026年", "2027年", "2028年", "2030年", "2031年") if year in result] == named


@pytest.mark.parametrize(
    ("when", "overdue"),
    [("2026-11-30 12:00", False), ("2026-12-28 12:00", True), ("2027-01-02 12:00", True), ("2028-03-01 12:00", True),
     ("2025-12-31 12:00", False), ("2026-03-01 12:00", False)],
)  # fmt: skip
def test_a_calendar_is_overdue_once_it_is_announced_and_orders_get_limits_in_its_year(
    policy: Policy, when: str, overdue: bool
) -> None:
    wanted = calendar_wanted(policy.times, policy.city.calendar, at(when))
    assert bool(wanted and wanted.urgent) is overdue


@pytest.mark.parametrize("when", ["2026-11-01 00:00", "2026-11-30 23:59", "2026-12-20 12:00"])
def test_the_day_from_which_a_missing_calendar_is_urgent_is_said_and_is_the_day(policy: Policy, when: str) -> None:
    """5 working days (Qufu's longest) from the 25th of December end on the 1st of January at the earliest."""
    wanted = calendar_wanted(policy.times, policy.city.calendar, at(when))
    assert wanted is not None
    assert not wanted.urgent
    assert "12月25日起，新登记工单的时限会用到它。" in wanted.words
    before, on = (calendar_wanted(policy.times, policy.city.calendar, at(f"2026-12-{day} 12:00")) for day in (24, 25))
    assert before is not None
    assert on is not None
    assert (before.urgent, on.urgent) == (False, True)


def test_a_kind_without_a_limit_is_said_plainly(policy: Policy) -> None:
    with pytest.raises(ConfigurationError, match="no limit for help"):
        deadlines.limit_for(Kind.HELP, Urgency.NORMAL, replace(policy.times, limits=()))


def test_the_lamp_turns_yellow_one_working_day_before_and_red_after(policy: Policy) -> None:
    limit = at("2026-11-23 17:30")  # a Monday
    for instant, colour in [
        ("2026-11-20 17:29", Lamp.GREEN),
        ("2026-11-20 17:30", Lamp.YELLOW),
        ("2026-11-22 09:00", Lamp.YELLOW),
        ("2026-11-23 17:30", Lamp.YELLOW),
        ("2026-11-23 17:31", Lamp.RED),
    ]:
        assert lamp(limit, at(instant), policy.times, policy.city.calendar) is colour


def test_a_promise_lies_ahead_and_within_fifteen_working_days(policy: Policy) -> None:
    received, now = at("2026-11-20 10:00"), at("2026-11-24 10:00")
    assert shown(latest_promise(received, policy.times, policy.city.calendar)) == "2026-12-11 17:30"

    def check(promised: str) -> None:
        check_promise(at(promised), received_at=received, at=now, rules=policy.times, calendar=policy.city.calendar)

    check("2026-12-11 17:30")
    with pytest.raises(BadInput, match="最迟为2026年12月11日 17:30"):
        check("2026-12-11 17:31")
    with pytest.raises(BadInput, match="晚于现在"):
        check("2026-11-24 10:00")
