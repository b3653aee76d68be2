"""When something happened, as citizens say it (昨天晚上八点半, 上周三, 六月二十一号), as an instant. Pure.

Needs a day to be named: 晚上八点 alone is as often a habit as an event. 前几天 and 最近 are no instants. Where no year
is said it is the latest that is not in the future.
"""

import datetime as dt
import re
from dataclasses import dataclass

from core.clock import in_city

_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "天": 7, "日": 7}
_NUMBER = r"[〇零一二三四五六七八九十两\d]{1,3}"
_DAYS = {"大前天": -3, "前天": -2, "前儿": -2, "昨天": -1, "昨儿": -1, "昨": -1, "今天": 0, "今儿": 0, "今": 0}
_DAY = re.compile(
    r"(?P<named>大前天|前天|前儿|昨天|昨儿|昨(?=[晚夜早])|今天|今儿|今(?=[早晚]))"
    rf"|(?P<ago>{_NUMBER})天(?:以)?前"
    r"|(?P<week>上上个?|上个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?:(?P<year>今年|去年|前年|[一二〇零九八七两\d][〇零一二三四五六七八九\d]{3}年))?的?"
    rf"(?P<month>{_NUMBER})月(?:份)?(?:(?P<day>{_NUMBER})[号日]?)?"
    r"|(?P<only_year>[一二\d][〇零一二三四五六七八九\d]{3})年"
)
_HOUR = re.compile(
    r"[的，]?(?P<part>凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚|夜里|半夜)?"
    rf"(?:(?P<hour>{_NUMBER})(?:点|时)钟?(?P<half>半|一刻|三刻|(?P<minutes>{_NUMBER})分?)?)?"
)
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚", "夜里", "半夜"})
_PART_HOURS = {"凌晨": 3, "清晨": 6, "早上": 7, "早晨": 7, "早": 7, "上午": 9, "中午": 12, "下午": 15, "傍晚": 18}


@dataclass(frozen=True)
class Happened:
    at: dt.datetime
    """In the city's zone."""
    to_the_hour: bool
    """False: only the day was said; `at` is its begin, or what its part of the day is taken for."""
    start: int
    end: int
    """In the text, in signs."""


def find_times(text: str, now: dt.datetime) -> list[Happened]:
    """All that are not in the future, those with an hour first, then as they were said."""
    today = in_city(now).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for day in _DAY.finditer(text):
        midnight = _midnight(day, today)
        if midnight is None:
            continue
        hour = _HOUR.match(text, day.end())
        happened = _with_hour(midnight, day, hour)
        if happened.at <= in_city(now):
            found.append(happened)
    return sorted(found, key=lambda one: (not one.to_the_hour, one.start))


def number(said: str) -> int | None:
    """一百 and more is not read; 廿 neither. None: no number."""
    if said.isdecimal() and said.isascii():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    if ten:
        high = _DIGITS.get(tens, None) if tens else 1
        low = _DIGITS.get(ones, None) if ones else 0
        return None if high is None or low is None else high * 10 + low
    values = [_DIGITS.get(sign, int(sign) if sign.isdecimal() else -1) for sign in said]
    return None if not values or min(values) < 0 else int("".join(map(str, values)))


def _midnight(day: re.Match[str], today: dt.datetime) -> dt.datetime | None:
    if day["named"]:
        return today + dt.timedelta(days=_DAYS[day["named"]])
    if day["ago"]:
        ago = number(day["ago"])
        return None if ago is None else today - dt.timedelta(days=ago)
    if day["weekday"]:
        return _weekday(day["week"] or "", _DIGITS[day["weekday"]], today)
    return _date(day, today)


def _weekday(week: str, weekday: int, today: dt.datetime) -> dt.datetime:
    monday = today - dt.timedelta(days=today.weekday()) - dt.timedelta(weeks=week.count("上"))
    found = monday + dt.timedelta(days=weekday - 1)
    return found if week or found <= today else found - dt.timedelta(weeks=1)


def _date(day: re.Match[str], today: dt.datetime) -> dt.datetime | None:
    said_year = {"今年": today.year, "去年": today.year - 1, "前年": today.year - 2}.get(day["year"] or "")
    written = (day["year"] or day["only_year"] or "").removesuffix("年")
    year = said_year or (number(written) if written else None)
    month = number(day["month"]) if day["month"] else 1
    date = number(day["day"]) if day["day"] else 1
    if not day["day"] and not year:
        return None  # 三月, 两个月: how long, as often as when.
    try:
        found = today.replace(year=year or today.year, month=month or 0, day=date or 0)
    except ValueError:
        return None
    return found if year or found <= today else found.replace(year=today.year - 1)


def _with_hour(midnight: dt.datetime, day: re.Match[str], said: re.Match[str] | None) -> Happened:
    part = (said and said["part"]) or ""
    hour = number(said["hour"]) if said and said["hour"] else None
    if said is None or (hour is None and not part):
        return Happened(midnight, False, *day.span())
    if hour is None or hour > 24:
        guessed = _PART_HOURS.get(part, 20)
        return Happened(midnight + dt.timedelta(hours=guessed), False, day.start(), said.end())
    small_hours = part in ("夜里", "半夜") and hour <= 5
    if hour < 12 and not small_hours and (part in _AFTERNOON or (part == "中午" and hour < 5)):
        hour += 12
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(said["half"] or "") or number(said["minutes"] or "") or 0
    at = midnight + dt.timedelta(hours=hour, minutes=min(minutes, 59))
    return Happened(at, True, day.start(), said.end())
