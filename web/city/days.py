"""A year's days off and working weekends, as the administrator copies them from the State Council's notice. Pure."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from core.errors import BadInput

_DAY = re.compile(r"(?:(\d{4})[-./年])?(?:(\d{1,2})[-./月])?(\d{1,2})日?", re.ASCII)
_REMARK = re.compile(r"\([^()]*\)|共\d+天|[一二三四五六七]、|与周末连休")
_SAID = re.compile("元旦|春节|除夕|清明节?|五一|劳动节|端午节?|中秋节?|国庆节?|放假|调休|补假|上班|[:]")
_TO = re.compile(r"\s*(?:至|到|~|—+|–)\s*")
_BETWEEN = re.compile(r"[,，、;；。\s]+")
_MOST_DAYS = 60
"""From one day to another: no holiday is longer."""
_WEEKDAYS = "一二三四五六日"


def parse_days(text: str, year: int) -> list[dt.date]:
    """2027年1月1日, 2月5日（周五）至11日（周四）, 2027-02-05 至 2027-02-10, one after another; without a year
    of this one. Raises BadInput naming what is no day."""
    plain = _SAID.sub(" ", _REMARK.sub(" ", unicodedata.normalize("NFKC", text)))
    plain = re.sub(r"(?<=[年月])\s+", "", _TO.sub("至", plain))
    days: list[dt.date] = []
    for part in filter(None, _BETWEEN.split(plain)):
        ends = part.split("至")
        first = _day(ends[0], (year, None))
        last = _day(ends[-1], (first.year, first.month))
        if len(ends) > 2 or not 0 <= (last - first).days <= _MOST_DAYS:
            raise BadInput(f"“{part}”不是一段日期，请写成 2027-02-05 至 2027-02-10。")
        days += [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return sorted(set(days))


def _day(typed: str, left_out: tuple[int, int | None]) -> dt.date:
    """`left_out`: year and month where they are not written; no month: it must be."""
    found = _DAY.fullmatch(typed)
    month = found and (int(found[2]) if found[2] else left_out[1])
    try:
        if found and month:
            return dt.date(int(found[1] or left_out[0]), month, int(found[3]))
    except ValueError:
        pass
    raise BadInput(f"“{typed}”不是日期，请写成 2027-01-01 或 1月1日。")


def refuse_what_cannot_be(rest: Sequence[dt.date], work: Sequence[dt.date], statutory: Mapping[dt.date, str]) -> None:
    """A year that is taken as arranged sets the limits of all its orders. Raises BadInput."""
    if both := sorted({*rest} & {*work}):
        raise BadInput(f"{_named(both[0])}又是放假又是上班，请留下一处。")
    if weekday := [day for day in work if day.weekday() < 5]:
        raise BadInput(f"{_named(weekday[0])}不是周末，本来就上班。请核对“上班的周六、周日”。")
    missing = [f"{_named(day)}（{name}）" for day, name in statutory.items() if day.weekday() < 5 and day not in rest]
    if missing:
        raise BadInput(f"法定节假日没有写全：{'、'.join(missing)}。请把全年的放假日子都写上。")


def with_year(text: str, year: int, rest: Sequence[dt.date], work: Sequence[dt.date], source: str) -> str:
    """calendar.toml with this year arranged; what stood there of it is replaced. Of the days off only those from Monday
    to Friday are kept: the others are so anyway."""
    blocks = re.split(r"(?m)^(?=\[\[year\]\])", text)
    kept = [block for block in blocks if not re.search(rf"(?m)^year *= *{year}\b", block)]
    block = (
        f"[[year]]\nyear = {year}\nprovisional = false\n"
        f"rest_days = [{', '.join(str(day) for day in rest if day.weekday() < 5)}]\n"
        f"work_days = [{', '.join(str(day) for day in work)}]\n"
        f"source = {quoted(source)}\n"
    )
    return "".join(kept).rstrip() + f"\n\n{block}"


def quoted(text: str) -> str:
    """A string of TOML, on one line."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _named(day: dt.date) -> str:
    return f"{day}（周{_WEEKDAYS[day.weekday()]}）"
