"""When the city must be asked for the calendar of a year. Pure.

The State Council announces the next year's holidays in November. Until they are entered, working days of that year are
counted by weekdays and statutory holidays alone, and limits in it are 暂定.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from core.clock import CITY_ZONE, in_city
from dispatch.city.records import Calendar
from dispatch.clock.deadlines import counted, end_of_working_day
from dispatch.clock.rules import TimeRules

ASKED_FROM = 11
"""The month in which the next year's calendar is asked for."""
ANNOUNCED_BY = 12
"""The month by which it has been announced (国办发明电; in November of each of the last years): before it nobody can
enter what is not known."""


@dataclass(frozen=True)
class CalendarWanted:
    words: str
    """What an administrator reads, in Chinese."""
    urgent: bool
    """Orders get provisional limits already that need not be so. Until then there is time: a warning, no alarm."""


def calendar_wanted(rules: TimeRules, calendar: Calendar, at: dt.datetime) -> CalendarWanted | None:
    """None: nothing is wanted."""
    today = in_city(at).date()
    years = [today.year, *([today.year + 1] if today.month >= ASKED_FROM else [])]
    wanted = [f"{year}年" for year in years if not calendar.is_arranged(year)]
    if not wanted:
        return None
    urgent = _is_overdue(rules, calendar, today)
    when = "现在登记的工单，时限已经跨入没有安排的日期，请尽快录入。" if urgent else _until_when(rules, calendar, today)
    return CalendarWanted(
        f"还没有{'、'.join(wanted)}的放假调休安排，这期间的时限为暂定（只按周末和法定节假日计算）。"
        f"国务院办公厅公布后由系统管理员录入。{when}",
        urgent,
    )


def _until_when(rules: TimeRules, calendar: Calendar, today: dt.date) -> str:
    """The day from which on it is urgent; limits reach further from day to day, so it is found by halving."""
    ahead = [today + dt.timedelta(days=days) for days in range((dt.date(today.year, 12, 31) - today).days + 1)]
    first = bisect_left(ahead, True, key=lambda day: _is_overdue(rules, calendar, day))
    return f"{ahead[first].month}月{ahead[first].day}日起，新登记工单的时限会用到它。" if first < len(ahead) else ""


def _is_overdue(rules: TimeRules, calendar: Calendar, today: dt.date) -> bool:
    """In a year that has begun, or, once the next year's calendar is announced, where a limit that is counted today
    may end in the next year."""
    years = {today.year}
    if today.month >= ANNOUNCED_BY:
        years.add(max(in_city(end).year for end in _ends(rules, calendar, today)))
    return any(not calendar.is_arranged(year) for year in years)


def _ends(rules: TimeRules, calendar: Calendar, today: dt.date) -> Iterator[dt.datetime]:
    """Of every limit that is counted for what happens in the evening, when the same day is over for most of them."""
    at = dt.datetime.combine(today, dt.time(23, 59), CITY_ZONE)
    for limit in rules.limits:
        for span in filter(None, (limit.accept, limit.expected, limit.finish, limit.contact)):
            yield counted(at, span, limit, rules, calendar)
    for days in (rules.accountability_days, rules.rework_days, rules.ruling_days, rules.supervision_days):
        yield end_of_working_day(at, days, rules, calendar)
