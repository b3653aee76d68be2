"""Reading the map and the calendar of a city's folder (`deploy/city/qufu`): TOML and CSV that people edit, checked as
a whole. The rules beside them are read by dispatch.policy.

A mistake raises ConfigurationError that names the file and the line or key. How the files are written is
dispatch.city.files; what the records mean is dispatch.city.records.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import holidays

from core.errors import ConfigurationError
from core.numbers.plan import use_area_code
from dispatch.city.files import (
    BoxLine,
    CalendarFile,
    CityFile,
    OfficeLine,
    PlaceLine,
    SubjectsFile,
    UnitLine,
    read_csv,
    read_toml,
)
from dispatch.city.records import TOWN_OFFICE, Calendar, City, OfficeEntry, Place, Subject, Town, UnitEntry

FIRST_YEAR = 2024
"""Working days are known from here on; older orders are nobody's here."""


def load_city(folder: Path) -> City:
    """The map and the calendar in `folder`. Raises ConfigurationError naming the file and what is wrong in it.

    From now on this process takes numbers without an area code for this city's (core.numbers.phone says why here).
    """
    city, wrong = read_city(folder)
    if wrong:
        raise ConfigurationError(f"{folder}: " + "; ".join(wrong))
    use_area_code(city.area_code)
    return city


def read_city(folder: Path) -> tuple[City, list[str]]:
    """The map and the calendar, and what in them contradicts itself. Raises ConfigurationError for a file that cannot
    be read; changes nothing in this process."""
    head = read_toml(folder / "city.toml", CityFile)
    offices = [_office(line) for line in read_csv(folder / "offices.csv", OfficeLine)]
    towns = [Town(line.code, line.name, line.kind, line.spot) for line in head.town]
    places = read_csv(folder / "places.csv", PlaceLine)
    city = City(
        code=head.code,
        name=head.name,
        number_prefix=head.number_prefix,
        area_code=head.area_code,
        sample=head.sample,
        towns=_by_code("city.toml", towns),
        trades={trade.code: trade.name for trade in head.trade},
        offices=_by_code("offices.csv", offices),
        units=_by_code("units.csv", [_unit(line, towns) for line in read_csv(folder / "units.csv", UnitLine)]),
        subjects=_by_code("subjects.toml", _subjects(read_toml(folder / "subjects.toml", SubjectsFile))),
        places=tuple(Place(line.name, line.town, line.kind, line.office or None, line.spot) for line in places),
        calendar=_calendar(read_toml(folder / "calendar.toml", CalendarFile)),
        town_offices={office.town: office.code for office in offices if office.kind == "town" and office.town},
    )
    return city, [*_contradictions(city), *_far_away(city, head.box)]


Coded = TypeVar("Coded", Town, OfficeEntry, UnitEntry, Subject)


def _by_code(file: str, entries: Iterable[Coded]) -> Mapping[str, Coded]:
    found: dict[str, Coded] = {}
    for entry in entries:
        if entry.code in found:
            raise ConfigurationError(f"{file}: the code {entry.code} is used twice")
        found[entry.code] = entry
    return found


def _office(line: OfficeLine) -> OfficeEntry:
    return OfficeEntry(**line.model_dump() | {"town": line.town or None})


def _unit(line: UnitLine, towns: list[Town]) -> UnitEntry:
    served = tuple(town.code for town in towns) if line.towns == "*" else tuple(line.towns.split())
    return UnitEntry(**line.model_dump() | {"towns": served})


def _subjects(file: SubjectsFile) -> list[Subject]:
    return [
        Subject(
            **line.model_dump()
            | {
                "group": group.name,
                "words": tuple(line.words),
                "hints": tuple(line.hints),
                "co_offices": tuple(line.co_offices),
            }
        )
        for group in file.group
        for line in group.subject
    ]


def _calendar(file: CalendarFile) -> Calendar:
    """The library's years that have their make-up days, and what the city wrote itself (which wins)."""
    written = {line.year: line for line in file.year}
    known = _library_days()
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
        statutory_days=frozenset(day for day in known if day.year not in arranged | written.keys()),
    )


@cache
def _library_days() -> holidays.HolidayBase:
    """The same for every city; counting them takes as long as reading all files."""
    return holidays.country_holidays("CN", years=range(FIRST_YEAR, FIRST_YEAR + 20))


def _contradictions(city: City) -> Iterable[str]:
    """Names in one file that another does not have."""
    for user, what, code, known in _references(city):
        if code not in known:
            yield f"{user}: no {what} {code}"
    for town in city.towns.values():
        if town.code not in city.town_offices:
            yield f"offices.csv: no office of kind town for {town.name}"


def _far_away(city: City, box: BoxLine | None) -> Iterable[str]:
    for file, located in (("city.toml", city.towns.values()), ("places.csv", city.places)):
        for one in located:
            if box is not None and one.spot is not None and not box.holds(one.spot):
                yield f"{file}: {one.name}: {one.spot} (latitude, longitude) is outside the box in city.toml"


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
