"""When the city must be asked for the calendar of a year. Pure.

The State Council announces the next year's holidays in November. Until they are entered, working days of that year are
counted by weekdays and statutory holidays alone, and limits in it are 暂定.
"""

import datetime as dt

from core.clock import in_city
from dispatch.rules import Calendar

ASKED_FROM = 11
"""The month in which the next year's calendar is asked for."""


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
