"""Reading the map and the calendar of a city's folder (`deploy/city/qufu`): TOML and CSV that people edit, checked as
a whole. The rules beside them are read by dispatch.policy.

Mistakes are gathered, each with file, line and correction; one file that cannot be read does not hide those of the
others. What the files hold is dispatch.city.files; what the records mean is dispatch.city.records.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import holidays

from core.city_words import CityWords
from core.folder.faults import Faults
from core.folder.reading import read_csv, read_toml
from dispatch.city.checks import CityFiles, contradictions
from dispatch.city.files import (
    CalendarFile,
    CityFile,
    OfficeLine,
    PlaceLine,
    SubjectsFile,
    TownLine,
    UnitLine,
)
from dispatch.city.posts import FILE as POSTS
from dispatch.city.posts import TenureLine, tenures
from dispatch.city.records import Calendar, City, OfficeEntry, Place, Subject, Town, UnitEntry

FIRST_YEAR = 2024
"""Working days are known from here on; older orders are nobody's here."""


def load_city(folder: Path) -> City:
    """The map and the calendar in `folder`. Raises FaultyFolder. Changes nothing in this process."""
    faults = Faults()
    city = read_city(folder, faults)
    faults.raise_if_any()
    assert city is not None
    return city


def read_city(folder: Path, faults: Faults) -> City | None:
    """The map and the calendar; None where a file could not be read. What is wrong is added to `faults`."""
    files = CityFiles()
    for name, read in _READERS.items():
        files.unread.add(name)
        with faults.gathered():
            read(files, folder / name)
            files.unread.discard(name)
    faults.extend(contradictions(files))
    if files.head is None or files.subjects is None or files.calendar is None or files.unread:
        return None
    return _city(files, files.head, files.subjects, files.calendar)


def _read_head(files: CityFiles, path: Path) -> None:
    files.head = read_toml(path, CityFile)


def _read_offices(files: CityFiles, path: Path) -> None:
    files.offices = read_csv(path, OfficeLine)


def _read_units(files: CityFiles, path: Path) -> None:
    files.units = read_csv(path, UnitLine)


def _read_subjects(files: CityFiles, path: Path) -> None:
    files.subjects = read_toml(path, SubjectsFile)


def _read_places(files: CityFiles, path: Path) -> None:
    files.places = read_csv(path, PlaceLine)


def _read_posts(files: CityFiles, path: Path) -> None:
    files.tenures = read_csv(path, TenureLine) if path.exists() else []


def _read_calendar(files: CityFiles, path: Path) -> None:
    files.calendar = read_toml(path, CalendarFile)


_READERS: Mapping[str, Callable[[CityFiles, Path], None]] = {
    "city.toml": _read_head,
    "offices.csv": _read_offices,
    "units.csv": _read_units,
    "subjects.toml": _read_subjects,
    "places.csv": _read_places,
    "calendar.toml": _read_calendar,
    POSTS: _read_posts,
}


def _city(files: CityFiles, head: CityFile, subjects: SubjectsFile, calendar: CalendarFile) -> City:
    offices = [OfficeEntry(**line.model_dump() | {"town": line.town or None}) for line in files.offices]
    return City(
        code=head.code,
        name=head.name,
        number_prefix=head.number_prefix,
        area_code=head.area_code,
        words=CityWords(
            **head.words.model_dump() | {"city": head.name, "line_short": head.words.line_short or head.words.line}
        ),
        sample=head.sample,
        towns={line.code: Town(line.code, line.name, line.kind, line.spot) for line in head.town},
        trades={trade.code: trade.name for trade in head.trade},
        offices={office.code: office for office in offices},
        units={line.code: _unit(line, head.town) for line in files.units},
        subjects={subject.code: subject for subject in _subjects(subjects)},
        places=tuple(Place(line.name, line.town, line.kind, line.office or None, line.spot) for line in files.places),
        calendar=_calendar(calendar),
        tenures=tenures(files.tenures),
        town_offices={office.town: office.code for office in offices if office.kind == "town" and office.town},
    )


def _unit(line: UnitLine, towns: Iterable[TownLine]) -> UnitEntry:
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
