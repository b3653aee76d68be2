"""Reading a city's folder (`deploy/city/qufu`): TOML and CSV that people edit, checked as a whole.

A mistake raises BrokenHouse that names the file and the line or key. What the records mean is dispatch.rules.
In CSV files lines that begin with # are remarks.
"""

import csv
import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import holidays
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BrokenHouse
from dispatch.kinds import Kind, Urgency
from dispatch.rules import (
    TOWN_OFFICE,
    Calendar,
    City,
    Limit,
    OfficeEntry,
    Place,
    Subject,
    TimeRules,
    Town,
    UnitEntry,
    UrgencyRules,
    UrgencySign,
)

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Name = Annotated[str, Field(min_length=1)]
Entry = TypeVar("Entry", bound=BaseModel)

FIRST_YEAR = 2024
"""Working days are known from here on; older orders are nobody's here."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _TownLine(_Strict):
    code: Code
    name: Name
    kind: Literal["street", "town"]


class _TradeLine(_Strict):
    code: Code
    name: Name


class _CityFile(_Strict):
    code: Code
    name: Name
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    sample: bool
    town: list[_TownLine]
    trade: list[_TradeLine]


class _OfficeLine(_Strict):
    code: Code
    name: Name
    kind: Literal["department", "town", "enterprise", "zone"]
    town: str
    head: Name
    deputy: Name
    phone: Name
    duty_phone: Name


class _UnitLine(_Strict):
    code: Annotated[str, Field(pattern=r"^unit-\d{2,3}$")]
    name: Name
    trade: Code
    towns: str
    extension: Code
    office: Code
    leader: Name
    phone: Name


class _SubjectLine(_Strict):
    code: Code
    name: Name
    office: str
    co_offices: list[str] = []
    trade: Code | None = None
    kind: Kind
    words: Annotated[list[Name], Field(min_length=1)]


class _GroupLine(_Strict):
    name: Name
    subject: list[_SubjectLine]


class _SubjectsFile(_Strict):
    group: list[_GroupLine]


class _PlaceLine(_Strict):
    name: Annotated[str, Field(min_length=2)]
    town: Code
    kind: Literal["village", "community", "road", "site", "estate", "zone", "water"]
    office: str


class _SignLine(_Strict):
    all: Annotated[list[Name], Field(min_length=1)]
    weight: Annotated[int, Field(gt=0)]
    advice: str = ""


class _UrgencyFile(_Strict):
    urgent_from: int
    emergency_from: int
    sign: list[_SignLine]


class _LimitLine(_Strict):
    kinds: Annotated[list[Kind], Field(min_length=1)]
    urgency: Urgency | None = None
    accept: str
    expected: str
    finish: str
    counts: Literal["every day", "working days"]
    late_after: dt.time
    late_due: dt.time
    same_day_ends: dt.time
    source: Name


class _LimitsFile(_Strict):
    working_day_ends: dt.time
    promise_working_days: Annotated[int, Field(gt=0)]
    yellow_working_days: Annotated[int, Field(gt=0)]
    limit: list[_LimitLine]


class _YearLine(_Strict):
    year: int
    provisional: bool
    rest_days: list[dt.date]
    work_days: list[dt.date]
    source: Name


class _CalendarFile(_Strict):
    year: list[_YearLine] = []


def load_city(folder: Path) -> City:
    """Everything in `folder`. Raises BrokenHouse naming the file and what is wrong in it."""
    head = _read_toml(folder / "city.toml", _CityFile)
    offices = [_office(line) for line in _read_csv(folder / "offices.csv", _OfficeLine)]
    towns = [Town(line.code, line.name, line.kind) for line in head.town]
    city = City(
        code=head.code,
        name=head.name,
        number_prefix=head.number_prefix,
        sample=head.sample,
        towns=_by_code("city.toml", towns),
        trades={trade.code: trade.name for trade in head.trade},
        offices=_by_code("offices.csv", offices),
        units=_by_code("units.csv", [_unit(line, towns) for line in _read_csv(folder / "units.csv", _UnitLine)]),
        subjects=_by_code("subjects.toml", _subjects(_read_toml(folder / "subjects.toml", _SubjectsFile))),
        places=tuple(
            Place(line.name, line.town, line.kind, line.office or None)
            for line in _read_csv(folder / "places.csv", _PlaceLine)
        ),
        urgency=_urgency(_read_toml(folder / "urgency.toml", _UrgencyFile)),
        times=_times(_read_toml(folder / "limits.toml", _LimitsFile)),
        calendar=_calendar(_read_toml(folder / "calendar.toml", _CalendarFile)),
        town_offices={office.town: office.code for office in offices if office.kind == "town" and office.town},
    )
    if wrong := list(_contradictions(city)):
        raise BrokenHouse(f"{folder}: " + "; ".join(wrong))
    return city


def _read_toml(path: Path, shape: type[Entry]) -> Entry:
    try:
        return shape.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise BrokenHouse(f"{path} is missing") from None
    except tomllib.TOMLDecodeError as error:
        raise BrokenHouse(f"{path}: {error}") from None
    except ValidationError as error:
        raise BrokenHouse(f"{path}: {_problems(error)}") from None


def _read_csv(path: Path, shape: type[Entry]) -> list[Entry]:
    if not path.exists():
        raise BrokenHouse(f"{path} is missing")
    # utf-8-sig: spreadsheet programs put a byte order mark in front.
    lines = path.read_text("utf-8-sig").splitlines()
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    rows = csv.DictReader(line for _, line in kept)
    found = []
    for (number, _), row in zip(kept[1:], rows, strict=True):
        if None in row or None in row.values():
            raise BrokenHouse(f"{path} line {number}: it must have {len(rows.fieldnames or ())} columns")
        try:
            found.append(shape.model_validate(row))
        except ValidationError as error:
            raise BrokenHouse(f"{path} line {number}: {_problems(error)}") from None
    return found


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())


Coded = TypeVar("Coded", Town, OfficeEntry, UnitEntry, Subject)


def _by_code(file: str, entries: Iterable[Coded]) -> Mapping[str, Coded]:
    found: dict[str, Coded] = {}
    for entry in entries:
        if entry.code in found:
            raise BrokenHouse(f"{file}: the code {entry.code} is used twice")
        found[entry.code] = entry
    return found


def _office(line: _OfficeLine) -> OfficeEntry:
    return OfficeEntry(**line.model_dump() | {"town": line.town or None})


def _unit(line: _UnitLine, towns: list[Town]) -> UnitEntry:
    served = tuple(town.code for town in towns) if line.towns == "*" else tuple(line.towns.split())
    return UnitEntry(**line.model_dump() | {"towns": served})


def _subjects(file: _SubjectsFile) -> list[Subject]:
    return [
        Subject(
            **line.model_dump()
            | {"group": group.name, "words": tuple(line.words), "co_offices": tuple(line.co_offices)}
        )
        for group in file.group
        for line in group.subject
    ]


def _urgency(file: _UrgencyFile) -> UrgencyRules:
    signs = tuple(
        UrgencySign(tuple(tuple(group.split("|")) for group in line.all), line.weight, line.advice)
        for line in file.sign
    )
    return UrgencyRules(signs, file.urgent_from, file.emergency_from)


def _times(file: _LimitsFile) -> TimeRules:
    limits = tuple(
        Limit(
            kinds=frozenset(line.kinds),
            urgency=line.urgency,
            accept_days=_days(line.accept),
            expected_days=_days(line.expected),
            finish_days=_days(line.finish),
            every_day=line.counts == "every day",
            late_after=line.late_after,
            late_due=line.late_due,
            same_day_ends=line.same_day_ends,
            source=line.source,
        )
        for line in file.limit
    )
    return TimeRules(limits, file.working_day_ends, file.promise_working_days, file.yellow_working_days)


def _days(words: str) -> int:
    """「same day」 → 0, 「3 working days」 → 3."""
    if words == "same day":
        return 0
    found = re.fullmatch(r"(\d{1,2}) working days?", words)
    if found is None:
        raise BrokenHouse(f"limits.toml: {words!r} should be “same day” or “3 working days”")
    return int(found[1])


def _calendar(file: _CalendarFile) -> Calendar:
    """The library's years that have their make-up days, and what the city wrote itself (which wins)."""
    written = {line.year: line for line in file.year}
    known = holidays.country_holidays("CN", years=range(FIRST_YEAR, FIRST_YEAR + 20))
    arranged = {day.year for day in known.weekend_workdays if day.year >= FIRST_YEAR}
    rest_days = {day for day in known if day.year in arranged - written.keys()}
    work_days = {day for day in known.weekend_workdays if day.year in arranged - written.keys()}
    for line in file.year:
        rest_days.update(line.rest_days)
        work_days.update(line.work_days)
    return Calendar(
        years=frozenset(arranged | written.keys()),
        provisional_years=frozenset(line.year for line in file.year if line.provisional),
        rest_days=frozenset(rest_days),
        work_days=frozenset(work_days),
    )


def _contradictions(city: City) -> Iterable[str]:
    """Names in one file that another does not have."""
    for user, what, code, known in _references(city):
        if code not in known:
            yield f"{user}: no {what} {code}"
    for town in city.towns.values():
        if town.code not in city.town_offices:
            yield f"offices.csv: no office of kind town for {town.name}"
    for kind in Kind:
        if not any(kind in limit.kinds and limit.urgency is None for limit in city.times.limits):
            yield f"limits.toml: no limit for {kind}"


def _references(city: City) -> Iterable[tuple[str, str, str, Mapping[str, object]]]:
    """(who names, what, its code, where it should be)."""
    for office in city.offices.values():
        if office.town is not None:
            yield f"offices.csv: {office.code}", "town", office.town, city.towns
    for unit in city.units.values():
        user = f"units.csv: {unit.code}"
        yield user, "trade", unit.trade, city.trades
        yield user, "office", unit.office, city.offices
        yield from ((user, "town", code, city.towns) for code in unit.towns)
    for subject in city.subjects.values():
        user = f"subjects.toml: {subject.code}"
        codes = [code for code in (subject.office, *subject.co_offices) if code != TOWN_OFFICE]
        yield from ((user, "office", code, city.offices) for code in codes)
        if subject.trade is not None:
            yield user, "trade", subject.trade, city.trades
    for place in city.places:
        yield f"places.csv: {place.name}", "town", place.town, city.towns
        if place.office is not None:
            yield f"places.csv: {place.name}", "office", place.office, city.offices
