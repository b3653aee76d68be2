"""Whether the files of the map and the calendar fit together: doubles, codes that nobody has, places far away. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from core.folder.faults import Fault, meant, twice
from core.folder.shapes import Strict
from dispatch.city.files import (
    BoxLine,
    CalendarFile,
    CityFile,
    OfficeLine,
    PlaceLine,
    SubjectLine,
    SubjectsFile,
    UnitLine,
)
from dispatch.city.posts import FILE as POSTS
from dispatch.city.posts import TenureLine, contradictory_tenures
from dispatch.city.records import TOWN_OFFICE

_RESERVED = ("trunk", "probe", "hotline", "anonymous", "citizen-", "emergency-")
"""Names that the exchange itself uses; ending in a hyphen: all that begin so."""


@dataclass
class CityFiles:
    """The files as read; None and empty for those that could not be."""

    head: CityFile | None = None
    offices: Sequence[OfficeLine] = ()
    units: Sequence[UnitLine] = ()
    subjects: SubjectsFile | None = None
    places: Sequence[PlaceLine] = ()
    calendar: CalendarFile | None = None
    tenures: Sequence[TenureLine] = ()
    unread: set[str] = field(default_factory=set)


def contradictions(files: CityFiles) -> Iterator[Fault]:
    """What contradicts itself in one file, or in two that could both be read."""
    yield from _doubles(files)
    yield from twice(POSTS, "code", [(one.code, one.line_in_file) for one in files.tenures])
    yield from contradictory_tenures(files.tenures)
    yield from _references(files)
    yield from _towns_without_office(files)
    yield from _crews_telephones(files.units)
    yield from _far_away(files)
    yield from _wrong_years(files.calendar)


def _doubles(files: CityFiles) -> Iterator[Fault]:
    tables: tuple[tuple[str, str, Sequence[Strict]], ...] = (
        ("city.toml", "[[town]] 的", files.head.town if files.head else ()),
        ("city.toml", "[[trade]] 的", files.head.trade if files.head else ()),
        ("offices.csv", "", files.offices),
        ("units.csv", "", files.units),
        ("subjects.toml", "", subjects_in(files)),
    )
    for file, which, lines in tables:
        for column in ("code", "name"):
            yield from twice(file, f"{which}{column}", [(getattr(one, column), one.line_in_file) for one in lines])
    yield from twice("units.csv", "extension", [(one.extension, one.line_in_file) for one in files.units])
    if files.subjects:
        yield from twice("subjects.toml", "[[group]] 的 name", [(g.name, g.line_in_file) for g in files.subjects.group])
    yield from twice("places.csv", "地名", [(f"{one.name}（{one.town}）", one.line_in_file) for one in files.places])
    heads = [(one.town, one.line_in_file) for one in files.offices if one.kind == "town" and one.town]
    yield from twice("offices.csv", "kind 是 town 的单位所在的", heads)


def _references(files: CityFiles) -> Iterator[Fault]:
    """Codes in one file that another does not have."""
    for file, line, what, code, source, known in _named(files):
        if source not in files.unread and code not in known:
            near = meant(code, known)
            yield Fault(
                file, f"{source} 里没有这个{what} {code}{near}", f"改成 {source} 里有的代码，或在那里补上", line
            )


Named = tuple[str, int | None, str, str, str, Iterable[str]]
"""(file, line, what is named, its code, file where it should be, codes there)."""


def _named(files: CityFiles) -> Iterator[Named]:
    towns = [town.code for town in files.head.town] if files.head else []
    trades = [trade.code for trade in files.head.trade] if files.head else []
    offices = [office.code for office in files.offices]
    for office in files.offices:
        if office.town:
            yield "offices.csv", office.line_in_file, "镇街", office.town, "city.toml", towns
    for unit in files.units:
        line = unit.line_in_file
        yield "units.csv", line, "行业", unit.trade, "city.toml", trades
        yield "units.csv", line, "单位", unit.office, "offices.csv", offices
        served = unit.towns.split() if unit.towns != "*" else ()
        yield from (("units.csv", line, "镇街", code, "city.toml", towns) for code in served)
    for subject in subjects_in(files):
        line = subject.line_in_file
        codes = [code for code in (subject.office, *subject.co_offices) if code != TOWN_OFFICE]
        yield from (("subjects.toml", line, "单位", code, "offices.csv", offices) for code in codes)
        if subject.trade is not None:
            yield "subjects.toml", line, "行业", subject.trade, "city.toml", trades
    for place in files.places:
        yield "places.csv", place.line_in_file, "镇街", place.town, "city.toml", towns
        if place.office:
            yield "places.csv", place.line_in_file, "单位", place.office, "offices.csv", offices
    for tenure in files.tenures:
        # Whoever left keeps their row, also when the office is gone.
        if tenure.last_day is None:
            yield POSTS, tenure.line_in_file, "单位", tenure.office, "offices.csv", offices


def subjects_in(files: CityFiles) -> list[SubjectLine]:
    return [line for group in files.subjects.group for line in group.subject] if files.subjects else []


def _towns_without_office(files: CityFiles) -> Iterator[Fault]:
    if files.head is None:
        return
    if not files.head.town:
        yield Fault("city.toml", "一个 [[town]] 也没有", "每个镇街写一段 [[town]]")
    governed = {office.town for office in files.offices if office.kind == "town"}
    for town in files.head.town if "offices.csv" not in files.unread else ():
        if town.code not in governed:
            yield Fault(
                "offices.csv", f"{town.name}没有自己的单位", f"加一行 kind 为 town、town 为 {town.code} 的单位",
            )  # fmt: skip
    for office in files.offices:
        if office.kind == "town" and not office.town:
            yield Fault(
                "offices.csv", f"{office.name}的 kind 是 town，town 是空的", "填上镇街的代码", office.line_in_file
            )


def _crews_telephones(units: Sequence[UnitLine]) -> Iterator[Fault]:
    for unit in units:
        taken = (unit.extension.startswith(name) if name[-1] == "-" else unit.extension == name for name in _RESERVED)
        if any(taken):
            yield Fault("units.csv", f"extension {unit.extension} 是交换机自己用的名称", "换一个", unit.line_in_file)
        if not unit.towns.split():
            yield Fault(
                "units.csv", f"{unit.name}的 towns 是空的", "写镇街的代码，用空格隔开；全部都去写 *", unit.line_in_file
            )


def _far_away(files: CityFiles) -> Iterator[Fault]:
    box: BoxLine | None = files.head.box if files.head else None
    for file, located in (("city.toml", files.head.town if files.head else ()), ("places.csv", files.places)):
        for one in located:
            if box is not None and one.spot is not None and not box.holds(one.spot):
                where = f"纬度 {one.spot[0]:g}、经度 {one.spot[1]:g}"
                yield Fault(
                    file, f"{one.name}的坐标（{where}）在 city.toml 的 [box] 以外", "改正坐标或范围", one.line_in_file
                )


def _wrong_years(calendar: CalendarFile | None) -> Iterator[Fault]:
    lines = calendar.year if calendar else []
    yield from twice("calendar.toml", "year", [(str(line.year), line.line_in_file) for line in lines])
    for line in lines:
        for day in sorted({*line.rest_days, *line.work_days}):
            if not (day.year == line.year or (day.year == line.year - 1 and day.month == 12)):
                yield Fault("calendar.toml", f"{line.year}年里写了 {day}", "改成这一年的日期", line.line_in_file)
        for day in sorted(set(line.rest_days) & set(line.work_days)):
            yield Fault("calendar.toml", f"{day} 又是休息日又是工作日", "留下一个", line.line_in_file)
