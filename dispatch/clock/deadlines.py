"""When an order must be accepted and finished, and which lamp shows.

Days are counted in the city's zone, from the day after receipt (Civil Code, art. 201); a limit in days ends at the end
of the last one's office hours, which may be others in summer. Hours run by the clock or in office hours alone. All
numbers are the city's data (limits.toml).
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.clock import CITY_ZONE, day_and_minute, in_city
from core.errors import BadInput, ConfigurationError
from dispatch.city.records import Calendar
from dispatch.clock.rules import SpanUnit, TimeLimit, TimeRules, TimeSpan
from dispatch.kinds import Kind, Urgency

_ONE_DAY = dt.timedelta(days=1)


class Lamp(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Deadlines:
    """Instants in UTC."""

    accept_at: dt.datetime
    expected_at: dt.datetime
    finish_at: dt.datetime


def limit_for(kind: Kind, urgency: Urgency, rules: TimeRules) -> TimeLimit:
    """The limit stated for this urgency, else the kind's ordinary one."""
    for wanted in (urgency, None):
        for limit in rules.limits:
            if limit.urgency is wanted and kind in limit.kinds:
                return limit
    raise ConfigurationError(f"limits.toml names no limit for {kind}")


def due(kind: Kind, urgency: Urgency, received_at: dt.datetime, rules: TimeRules, calendar: Calendar) -> Deadlines:
    """Limits of a matter received at an aware instant. Raises ConfigurationError for a year without a calendar."""
    limit = limit_for(kind, urgency, rules)
    spans = limit.accept, limit.expected, limit.finish
    return Deadlines(*(counted(received_at, each, limit, rules, calendar) for each in spans))


def after_working_days(day: dt.date, count: int, calendar: Calendar) -> dt.date:
    """The `count`-th working day after `day` (before it, where `count` is negative); `day` itself for 0."""
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not calendar.is_working_day(day):
            day += step
    return day


def end_of_working_day(at: dt.datetime, count: int, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """The end of office hours on the `count`-th working day after `at` (before it, where `count` is negative)."""
    day = after_working_days(in_city(at).date(), count, calendar)
    return _instant(day, rules.day_ends(day))


def latest_promise(received_at: dt.datetime, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """The last instant that an office may promise for a specially complex matter."""
    return end_of_working_day(received_at, rules.promise_days, rules, calendar)


def check_promise(
    promised_at: dt.datetime, *, received_at: dt.datetime, at: dt.datetime, rules: TimeRules, calendar: Calendar
) -> None:
    """Raises BadInput (field `promised_at`) for a date that is past or later than the city allows."""
    latest = latest_promise(received_at, rules, calendar)
    if promised_at <= at:
        wrong = "承诺办结时间必须晚于现在。"
    elif promised_at > latest:
        wrong = f"承诺办结时间最迟为{day_and_minute(latest, year=True)}（受理后{rules.promise_days}个工作日）。"
    else:
        return
    raise BadInput(wrong, fields={"promised_at": wrong})


def lamp(due_at: dt.datetime, at: dt.datetime, rules: TimeRules, calendar: Calendar) -> Lamp:
    """Red once the limit has passed, yellow from one working day before it."""
    if at > due_at:
        return Lamp.RED
    return Lamp.YELLOW if at >= yellow_from(due_at, rules, calendar) else Lamp.GREEN


def yellow_from(due_at: dt.datetime, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """When the lamp turns yellow: the same time of day, one working day (as the city says) before the
    limit."""
    end = in_city(due_at)
    return _instant(after_working_days(end.date(), -rules.yellow_days, calendar), end.time())


def remind_at(since: dt.datetime, due_at: dt.datetime, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """When a limit that runs from `since` is recalled: with the yellow lamp, of a short one when its share is gone."""
    return max(yellow_from(due_at, rules, calendar), since + (due_at - since) * rules.remind_share)


def counted(since: dt.datetime, span: TimeSpan, limit: TimeLimit, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """The end of `span` from an aware instant, as the limit says."""
    match span.unit:
        case SpanUnit.SAME_DAY:
            return _same_day(in_city(since), limit, calendar)
        case SpanUnit.WORKING_DAYS:
            return end_of_working_day(since, span.count, rules, calendar)
        case SpanUnit.DAYS:
            return _natural_days(since, span.count, limit, rules, calendar)
        case SpanUnit.HOURS:
            return (since + dt.timedelta(hours=span.count)).astimezone(dt.UTC)
        case SpanUnit.MINUTES:
            return (since + dt.timedelta(minutes=span.count)).astimezone(dt.UTC)
        case SpanUnit.WORKING_HOURS:
            return _office_time(since, dt.timedelta(hours=span.count), rules, calendar)
        case SpanUnit.WORKING_MINUTES:
            return _office_time(since, dt.timedelta(minutes=span.count), rules, calendar)


def _natural_days(
    since: dt.datetime, count: int, limit: TimeLimit, rules: TimeRules, calendar: Calendar
) -> dt.datetime:
    """The end of office hours on that day; where it is a rest day, on the next working day (Civil Code, art. 203),
    unless the limit runs on every day."""
    day = in_city(since).date() + count * _ONE_DAY
    while not limit.every_day and not calendar.is_working_day(day):
        day += _ONE_DAY
    return _instant(day, rules.day_ends(day))


def _office_time(since: dt.datetime, length: dt.timedelta, rules: TimeRules, calendar: Calendar) -> dt.datetime:
    """Counted while offices work: neither at night, nor in the lunch break, nor on rest days."""
    day, left = in_city(since).date(), length
    while True:
        if calendar.is_working_day(day):
            for begins, ends in rules.hours_of(day).shifts:
                begun, ended = max(_instant(day, begins), since), _instant(day, ends)
                if begun + left <= ended:
                    return (begun + left).astimezone(dt.UTC)
                left -= max(ended - begun, dt.timedelta())
        day += _ONE_DAY


def _same_day(received: dt.datetime, limit: TimeLimit, calendar: Calendar) -> dt.datetime:
    def counts(day: dt.date) -> bool:
        return limit.every_day or calendar.is_working_day(day)

    day = received.date()
    if counts(day) and received.time() <= limit.late_after:
        return _instant(day, limit.same_day_ends)
    day += _ONE_DAY
    while not counts(day):
        day += _ONE_DAY
    return _instant(day, limit.late_due)


def _instant(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, CITY_ZONE).astimezone(dt.UTC)
