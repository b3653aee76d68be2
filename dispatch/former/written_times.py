"""Times as people and programs write them into tables, in the city's zone. Pure."""

import datetime as dt
import re
import unicodedata

from core.clock import CITY_ZONE
from core.instants import EARLIEST, LATEST

_DAY = r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?"
_HALF = r"(?P<half>上午|早上|凌晨|清晨|中午|下午|傍晚|晚上|晚|am|pm)"
_TIME = (
    r"(?P<hour>\d{1,2})\s*[:时点]\s*(?:(?P<minute>\d{1,2})\s*(?:[:分]\s*(?:(?P<second>\d{1,2})(?:\.\d+)?\s*秒?)?)?)?"
)
_ZONE = r"(?P<zone>z|[+-]\d{2}:?\d{2})"
_WRITTEN = re.compile(rf"{_DAY}\s*t?\s*(?:{_HALF}\s*)?(?:{_TIME})?\s*(?P<after>am|pm)?\s*(?:{_ZONE})?", re.ASCII)
_RUN = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})\s*(?:(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?)?",
    re.ASCII,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_EXCEL_BEGINS = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone
_FORENOON = frozenset({"上午", "早上", "凌晨", "清晨", "am"})
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚", "pm"})
_NOON_HOURS = (11, 12)
"""中午11点 is before noon, 中午1点 after it."""


def parse_written(text: str) -> dt.datetime | None:
    """`2023/1/5 8:00`, `2023年1月5日 下午3时`, `20230105083000`, 44931.5 (Excel's days), 1672876800 (seconds): an
    aware instant in UTC. None: it is none of these, or no such day. A day alone is its midnight."""
    tidy = _WEEKDAY.sub(" ", unicodedata.normalize("NFKC", text).strip().lower())
    tidy = " ".join(tidy.split())
    try:
        return _bounded(_parsed(tidy))
    except (ValueError, OverflowError):
        return None


def _parsed(text: str) -> dt.datetime | None:
    if found := _WRITTEN.fullmatch(text) or _RUN.fullmatch(text):
        return _instant(found.groupdict())
    if _SERIAL.fullmatch(text):
        local = _EXCEL_BEGINS + dt.timedelta(seconds=round(float(text) * 86_400))
        return local.replace(tzinfo=CITY_ZONE)
    if _SECONDS.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text[:10]), dt.UTC)
    return None


def _instant(said: dict[str, str | None]) -> dt.datetime:
    hour = _hour(int(said["hour"] or 0), said.get("half") or said.get("after"))
    day = dt.datetime(int(said["year"] or 0), int(said["month"] or 0), int(said["day"] or 0), tzinfo=CITY_ZONE)
    if hour > 24:
        raise ValueError(hour)
    clock = dt.timedelta(hours=hour, minutes=_sixty(said["minute"]), seconds=_sixty(said["second"]))
    at = day + clock
    if zone := said.get("zone"):
        offset = dt.UTC if zone == "z" else dt.datetime.strptime(zone.replace(":", ""), "%z").tzinfo
        at = at.replace(tzinfo=offset)
    return at


def _hour(hour: int, half: str | None) -> int:
    if half in _AFTERNOON:
        return hour + 12 if hour < 12 else hour
    if half in _FORENOON:
        return 0 if hour == 12 else hour
    if half == "中午" and hour not in _NOON_HOURS and hour < 11:
        return hour + 12
    return hour


def _sixty(text: str | None) -> int:
    value = int(text or 0)
    if value > 59:
        raise ValueError(value)
    return value


def _bounded(at: dt.datetime | None) -> dt.datetime | None:
    if at is None or not EARLIEST <= at < LATEST:
        return None
    return at.astimezone(dt.UTC)
