"""Recounted provisional limits are what they would have been, had the calendar been there from the beginning."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.clock import CITY_ZONE
from dispatch.city.records import City
from dispatch.clock import counting
from dispatch.clock.rules import OfficeHours, working_days
from dispatch.kinds import Kind, Urgency
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy

DAYS = st.dates(dt.date(2028, 1, 1), dt.date(2028, 3, 31))


def unknown(city: City) -> City:
    return replace(city, calendar=replace(city.calendar, provisional_years=frozenset()))


def arranged(city: City, rest: frozenset[dt.date], work: frozenset[dt.date]) -> City:
    calendar = city.calendar
    days = {"rest_days": calendar.rest_days | rest, "work_days": calendar.work_days | work}
    return replace(city, calendar=replace(calendar, years=calendar.years | {2028}, **days))


def counted(order: Order, policy: Policy, at: dt.datetime, promised: dt.datetime) -> dict[str, dt.datetime | None]:
    """As the steps do it."""
    counting.count(order, "accept_due_at", at, working_days(3), policy.times, policy.city.calendar)
    counting.count(order, "finish_due_at", at, working_days(5), policy.times, policy.city.calendar)
    counting.count(order, "contact_due_at", at, working_days(0), policy.times, policy.city.calendar)
    counting.count(order, "supervision_due_at", at, working_days(1), policy.times, policy.city.calendar)
    counting.count_resume(order, promised, policy.times, policy.city.calendar, at=at)
    for part in order.co_offices:
        counting.count_part(order, part, policy.times, policy.city.calendar, at=at)
    names = ["accept_due_at", "finish_due_at", "contact_due_at", "supervision_due_at", "resume_at", "part/housing"]
    return {name: counting.limit_of(order, name) for name in names}


def made(kind: Kind, urgency: Urgency) -> Order:
    order = Order(kind=kind, urgency=urgency, provisional_limits={}, settled_limits={})
    order.co_offices = [CoHandlingOffice(office_code="housing")]
    return order


@given(
    minutes=st.integers(0, 72 * 24 * 60),
    rest=st.frozensets(DAYS, max_size=20),
    work=st.frozensets(DAYS, max_size=10),
    kind=st.sampled_from(Kind),
    urgency=st.sampled_from(Urgency),
    ahead=st.integers(1, 30),
)
def test_what_is_counted_anew_is_what_the_calendar_says_and_once_is_enough(
    policy: Policy,
    minutes: int,
    rest: frozenset[dt.date],
    work: frozenset[dt.date],
    kind: Kind,
    urgency: Urgency,
    ahead: int,
) -> None:
    now = dt.datetime(2027, 12, 20, tzinfo=CITY_ZONE).astimezone(dt.UTC) + dt.timedelta(minutes=minutes)
    promised = now + dt.timedelta(days=ahead)
    before = replace(policy, city=unknown(policy.city))
    after = replace(policy, city=arranged(before.city, rest, work - rest))
    order, wanted = made(kind, urgency), counted(made(kind, urgency), after, now, promised)
    counted(order, before, now, promised)
    for _ in range(2):
        found = counting.recount(order, after.times, after.city.calendar, at=now)
        for name, (old, new) in found.moves.items():
            assert counting.limit_of(order, name) == old
            assert new > now
            counting.set_limit(order, name, new)
        counting.set_marks(order, found.marks)
        for name, limit in wanted.items():
            assert limit is not None
            if order.provisional_year is None and limit > now and name not in ("resume_at", "part/housing"):
                assert counting.limit_of(order, name) == limit
    assert order.provisional_limits == {} or order.provisional_year not in {2027, 2028}


@given(
    minutes=st.integers(0, 50 * 24 * 60),
    wrong=st.frozensets(DAYS, max_size=20),
    right=st.frozensets(DAYS, max_size=20),
    kind=st.sampled_from(Kind),
    urgency=st.sampled_from(Urgency),
)
def test_after_a_correction_each_limit_is_what_it_had_been_with_the_right_calendar(
    policy: Policy, minutes: int, wrong: frozenset[dt.date], right: frozenset[dt.date], kind: Kind, urgency: Urgency
) -> None:
    now = dt.datetime(2028, 1, 3, tzinfo=CITY_ZONE).astimezone(dt.UTC) + dt.timedelta(minutes=minutes)
    promised = now + dt.timedelta(days=9)
    mistaken, corrected = (
        replace(policy, city=arranged(unknown(policy.city), days, frozenset())) for days in (wrong, right)
    )
    order, wanted = made(kind, urgency), counted(made(kind, urgency), corrected, now, promised)
    before = counted(order, mistaken, now, promised)
    assert order.provisional_year is None
    for _ in range(2):
        found = counting.recount(order, corrected.times, corrected.city.calendar, at=now)
        for name, (_, new) in found.moves.items():
            counting.set_limit(order, name, new)
        counting.set_marks(order, found.marks)
        assert order.settled_limits.keys() == before.keys(), "it may be corrected once more"
    for name, limit in wanted.items():
        if limit is not None and limit > now and name not in ("resume_at", "part/housing"):
            assert counting.limit_of(order, name) == limit
    again = counting.recount(order, corrected.times, corrected.city.calendar, at=now)
    assert not {name for name, (_, new) in again.moves.items() if new > now}, "once is enough"


def test_other_office_hours_are_no_correction_of_the_calendar(policy: Policy) -> None:
    now = dt.datetime(2026, 11, 23, 10, tzinfo=CITY_ZONE).astimezone(dt.UTC)
    order = made(Kind.COMPLAINT, Urgency.NORMAL)
    counted(order, policy, now, now + dt.timedelta(days=9))
    later = replace(policy.times, office_hours=(OfficeHours(((dt.time(9), dt.time(18)),)),))
    assert counting.recount(order, later, policy.city.calendar, at=now).moves == {}
