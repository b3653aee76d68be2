"""When the city must be asked for the calendar of a year. Pure.

The State Council announces the next year's holidays in November. Until they are entered, working days of that year are
counted by weekdays and statutory holidays alone, and limits in it are 暂定.
"""

import datetime as dt

from core.clock import in_city
from dispatch.city.records import Calendar, City
from dispatch.clock.deadlines import due
from dispatch.kinds import Urgency

ASKED_FROM = 11
"""The month in which the next year's calendar is asked for."""
ANNOUNCED_BY = 12
"""The month by which it has been announced (国办发明电; in November of each of the last years): before it nobody can
enter what is not known."""


def calendar_wanted(calendar: Calendar, at: dt.datetime) -> str:
    """What an administrator is told, in Chinese; empty: nothing is wanted."""
    today = in_city(at).date()
    years = [today.year, *([today.year + 1] if today.month >= ASKED_FROM else [])]
    wanted = [f"{year}年" for year in years if not calendar.is_arranged(year)]
    if not wanted:
        return ""
    return (
        f"还没有{'、'.join(wanted)}的放假调休安排，这期间的时限为暂定（只按周末和法定节假日计算）。"
        "国务院办公厅公布后，请在城市数据的 calendar.toml 中填写。"
    )


def is_calendar_overdue(city: City, at: dt.datetime) -> bool:
    """Whether orders get provisional limits now that need not be so: in a year that has begun, or, once the next year's
    calendar is announced, in the next year."""
    today = in_city(at).date()
    years = {today.year}
    if today.month >= ANNOUNCED_BY:
        kinds = {kind for limit in city.times.limits for kind in limit.kinds}
        ends = [due(kind, urgency, at, city.times, city.calendar) for kind in kinds for urgency in Urgency]
        years |= {in_city(end).year for each in ends for end in (each.accept_at, each.expected_at, each.finish_at)}
    return any(not city.calendar.is_arranged(year) for year in years)
