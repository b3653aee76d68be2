"""When something happened, as citizens say it (昨天晚上八点半, 上周三, 农历八月十五), as an instant. Pure.

Needs a day to be named: 晚上八点 alone is as often a habit as an event. 前几天 and 最近 are no instants. Where no year
is said it is the latest that is not in the future. The night belongs to the day on which it begins: 昨天晚上十二点 is
the midnight between yesterday and today, 昨天夜里一点 an hour later. What is no date (二月三十号), and what may be one
of two (八月十五 without 号 is as often the lunar one), is left alone: a wrong date is worse than none.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from lunardate import LunarDate

from core.clock import CITY_ZONE, in_city
from core.instants import EARLIEST, LATEST

_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "天": 7, "日": 7}
_ONE = "一二三四五六七八九"
_NUMBER = rf"(?:[{_ONE}]?十[{_ONE}]?|[〇零两{_ONE}]|\d{{1,2}}(?!\d))"
"""One number. 两三天前, 八九点, 一二号 are none: each is between two."""
_NO_NUMBER_BEFORE = rf"(?<![\d〇零两几十百千万{_ONE}])"
_YEAR = r"今年|去年|(?<!大)前年|[一二〇零九八七两\d][〇零一二三四五六七八九\d]{3}年"
_NO_YEAR_BEFORE = "(?<!年)(?<!年的)"
"""明年, 每年, 大前年, 乙巳年, 九八年: a year that is not read is not this one."""
_NOT_AGAIN = "(?<![下每逢隔])(?<![下每]个)"
_DAYS = {
    "大前天": -3, "大前儿": -3, "前天": -2, "前日": -2, "前儿": -2, "前": -2, "昨天": -1, "昨日": -1, "昨儿": -1,
    "昨": -1, "夜来": -1, "今天": 0, "今日": 0, "今儿": 0, "今": 0,
}  # fmt: skip
"""夜来 is yesterday in Shandong."""
_FEASTS = {
    "春节": (1, 1), "大年初一": (1, 1), "元宵": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15),
    "重阳": (9, 9), "腊八": (12, 8), "除夕": (12, 0), "大年三十": (12, 0), "年三十": (12, 0),
}  # fmt: skip
"""Lunar month and day; 0: the year's last."""
_FEAST_OR_NOT = frozenset({(2, 2), (3, 3), (5, 5), (7, 7), (7, 15), (8, 15), (9, 9)})
"""Month and day that without 号 mean the lunar feast as often as the date."""
_PARTS = (
    "凌晨|大清早|清早|清晨|一大早|一早|早上|早晨|早|上午|头晌|头午|前晌|中午|正午|晌午头|晌午|下午|过晌|下晌|后晌|过午"
    "|傍晚|晚上|晚间|晚|后半夜|下半夜|大半夜|半夜|深夜|午夜|子夜|黑夜里|黑夜|黑家|黑里|黑天|黑间|夜里|夜间|夜晚|夜"
)
_MINUTES = rf"[〇零][{_ONE}]|[二三四五]?十[{_ONE}]?|[一二三四五][〇零{_ONE}]|[两{_ONE}]|\d{{1,2}}(?!\d)"
_NO_DAY_BEFORE = "以之从先目提眼当面天年月日周饭午"
"""以前晚上, 之前晚点: no evening before last."""
_DAY = re.compile(
    rf"{_NO_YEAR_BEFORE}(?<!月)(?<!月的)(?P<named>大?前[天儿]|前日|(?<![{_NO_DAY_BEFORE}])前(?=晚)|昨[天日儿]"
    rf"|昨(?=[晚夜早])|夜来(?=(?:{_PARTS}))|今[天日儿]|今(?=[早晚清]))(?:(?<=儿)个)?"
    rf"|{_NO_NUMBER_BEFORE}(?P<ago>{_NUMBER}|\d{{3}})天(?:以)?前"
    rf"|{_NOT_AGAIN}(?P<week>上上个?|上个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?:(?P<feast_year>{_YEAR})的?|{_NO_YEAR_BEFORE})(?P<feast>{'|'.join(_FEASTS)})节?(?!前|后|以|期间|假|那几|左右)"
    rf"|(?:(?P<year>{_YEAR})的?|{_NO_YEAR_BEFORE}{_NO_NUMBER_BEFORE})"
    rf"(?:(?P<lunar>农历|阴历|旧历|老历|古历|夏历)的?)?(?:(?P<lunar_year>{_YEAR})的?)?"
    rf"(?P<leap>闰)?(?P<month>正|腊|冬|{_NUMBER})月(?:份)?"
    rf"(?:(?P<day>初[十{_ONE}]|廿[{_ONE}]?|{_NUMBER}(?![{_ONE}][号日]))(?P<sign>[号日])?)?"
    r"|(?P<only_year>[一二\d][〇零一二三四五六七八九\d]{3})年"
)
_HOUR = re.compile(
    rf"[的，]?(?P<part>{_PARTS})?(?:大概|大约|差不多|约莫|将近|快|约)?"
    rf"(?:(?P<hour>{_NUMBER})(?:[点时]钟?(?P<half>半|一刻|三刻|(?P<minutes>{_MINUTES})分?)?"
    r"|[:：](?P<clock>[0-5]\d)(?!\d)))?"
)
_EVENING = frozenset({"傍晚", "晚上", "晚间", "晚", "夜晚"})
_NIGHT = frozenset(
    {"后半夜", "下半夜", "大半夜", "半夜", "深夜", "午夜", "子夜", "夜里", "夜间", "夜"}
    | {"黑夜里", "黑夜", "黑家", "黑里", "黑天", "黑间"}
)
"""Parts that go on beyond midnight; of today's only what lies behind us can be meant."""
_DAWN = frozenset({"清晨", "大清早", "清早", "一大早", "一早", "早上", "早晨", "早"})
_FORENOON = frozenset({"上午", "头晌", "头午", "前晌"})
_MORNING = frozenset({"凌晨"}) | _DAWN | _FORENOON
_NOON = frozenset({"中午", "正午", "晌午头", "晌午"})
_AFTERNOON = frozenset({"下午", "过晌", "下晌", "后晌", "过午"})
_PART_HOURS = {
    **dict.fromkeys(_DAWN, 7), **dict.fromkeys(_FORENOON, 9), **dict.fromkeys(_NOON, 12),
    **dict.fromkeys(_AFTERNOON, 15), "凌晨": 3, "清晨": 6, "傍晚": 18,
}  # fmt: skip
"""What a part of the day is taken for where no hour was said; 20 for the evening, 24 for the night."""


@dataclass(frozen=True)
class Happened:
    at: dt.datetime
    """In the city's zone."""
    to_the_hour: bool
    """False: only the day was said; `at` is its begin, or what its part of the day is taken for."""
    start: int
    end: int
    """In the text, in characters."""


def find_times(text: str, now: dt.datetime) -> list[Happened]:
    """All that are not in the future, those with an hour first, then as they were said."""
    if not EARLIEST <= now < LATEST:
        return []
    now = in_city(now)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for day in _DAY.finditer(text):
        midnight = _midnight(day, today)
        if midnight is None:
            continue
        happened = _with_hour(midnight, day, _HOUR.match(text, day.end()), now)
        if EARLIEST <= happened.at <= now:
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
    """The begin of the day that was said; None: it was none, or may be one of several."""
    if day["named"]:
        return today + dt.timedelta(days=_DAYS[day["named"]])
    if day["ago"]:
        ago = number(day["ago"])
        return None if ago is None else today - dt.timedelta(days=ago)
    if day["weekday"]:
        return _weekday(day["week"] or "", _DIGITS[day["weekday"]], today)
    if day["feast"]:
        return _feast(*_FEASTS[day["feast"]], day["feast_year"], today)
    return _date(day, today)


def _weekday(week: str, weekday: int, today: dt.datetime) -> dt.datetime:
    monday = today - dt.timedelta(days=today.weekday()) - dt.timedelta(weeks=week.count("上"))
    found = monday + dt.timedelta(days=weekday - 1)
    return found if week or found <= today else found - dt.timedelta(weeks=1)


def _feast(month: int, day: int, said_year: str | None, today: dt.datetime) -> dt.datetime | None:
    if day:
        return _lunar(said_year, month, day, today)
    # 去年除夕 may mean either of two; without a year it is the most recent one.
    return None if said_year else _latest(lambda year: _solar(year + 1, 1, 1) - dt.timedelta(days=1), None, today)


def _date(day: re.Match[str], today: dt.datetime) -> dt.datetime | None:
    if day["only_year"]:
        return _latest(lambda year: today.replace(year=year, month=1, day=1), number(day["only_year"]), today)
    said_year = day["year"] or day["lunar_year"]
    month = {"正": 1, "冬": 11, "腊": 12}.get(day["month"]) or number(day["month"])
    said_day = (day["day"] or "").removeprefix("初").replace("廿", "二十")
    date = number(said_day) if said_day else 1
    if month is None or date is None or (not said_day and not said_year):
        return None  # 三月, 两个月: how long, as often as when.
    if day["lunar"] or day["leap"] or day["month"] in ("正", "冬", "腊") or (day["day"] or "")[:1] in ("初", "廿"):
        return _lunar(said_year, month, date, today, leap=bool(day["leap"])) if said_day else None
    if (month, date) in _FEAST_OR_NOT and said_day and not day["sign"] and not said_day.isdecimal():
        return None
    return _latest(lambda year: today.replace(year=year, month=month, day=date), _year(said_year, today.year), today)


def _lunar(
    said_year: str | None, month: int, date: int, today: dt.datetime, *, leap: bool = False
) -> dt.datetime | None:
    this_year = LunarDate.from_solar_date(today.year, today.month, today.day).year
    return _latest(lambda year: _solar(year, month, date, leap=leap), _year(said_year, this_year), today)


def _solar(year: int, month: int, date: int, *, leap: bool = False) -> dt.datetime:
    """Raises ValueError for what the lunar calendar does not have."""
    solar = LunarDate(year, month, date, leap).to_solar_date()
    return dt.datetime(solar.year, solar.month, solar.day, tzinfo=CITY_ZONE)


def _year(said: str | None, this_year: int) -> int | None:
    if not said:
        return None
    return {"今年": this_year, "去年": this_year - 1, "前年": this_year - 2}.get(said) or number(
        said.removesuffix("年")
    )


def _latest(make: Callable[[int], dt.datetime], year: int | None, today: dt.datetime) -> dt.datetime | None:
    """Of the year that was said; else of this one, or of the last one where this one's is still to come."""
    for tried in (year,) if year is not None else (today.year, today.year - 1):
        try:
            found = make(tried)
        except (ValueError, OverflowError):
            continue  # 二月三十号, 二月二十九号 of a common year: no date.
        if year is not None or found <= today:
            return found
    return None


def _with_hour(midnight: dt.datetime, day: re.Match[str], said: re.Match[str] | None, now: dt.datetime) -> Happened:
    part = (said and said["part"]) or ""
    hour = number(said["hour"]) if said and said["hour"] else None
    if said is None or (not part and (hour is None or hour > 24)):
        return Happened(midnight, False, *day.span())
    sure = hour is not None and hour <= 24
    minutes = _minutes(said) if sure else 0
    at = midnight + dt.timedelta(hours=_of_day(part, hour if sure else None), minutes=minutes)
    if part in _NIGHT and at > now and at - midnight >= dt.timedelta(hours=24):
        at -= dt.timedelta(days=1)
    return Happened(at, sure, day.start(), said.end())


def _of_day(part: str, hour: int | None) -> int:
    """Hours from the day's begin; 24 and more: after the midnight that follows."""
    if hour is None:
        return 24 if part in _NIGHT else _PART_HOURS.get(part, 20)
    if part in _MORNING:
        return 0 if hour in (12, 24) and part in ("凌晨", "清晨") else hour
    if part in _EVENING or part in _NIGHT:
        return 24 + hour % 12 if hour in (0, 12, 24) or hour <= 5 else hour + 12 if hour < 12 else hour
    if part in _NOON:
        return hour + 12 if hour < 5 else hour
    return hour + 12 if part in _AFTERNOON and hour < 12 else hour


def _minutes(said: re.Match[str]) -> int:
    spoken = said["minutes"] or said["clock"] or ""
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(said["half"] or "") or number(spoken) or 0
    return minutes if minutes < 60 else 0
