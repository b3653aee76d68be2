"""A city's map and calendar, read and checked: frozen records without behaviour beyond look-ups.

Read from a folder such as `deploy/city/qufu` by dispatch.city.load. The rules that each room decides by are not here
but in the room's `rules.py`; dispatch.policy holds them together.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.city_words import CityWords
from dispatch.city.posts import Tenure
from dispatch.kinds import Kind

_KIND_OF_TOWN = re.compile(
    "(?:街道办事处|街道|地区|苏木|镇|"
    "(?:(?:回|满|苗|彝|壮|藏|畲|瑶|白|傣|侗|羌|黎|土家|蒙古|朝鲜|哈尼|仡佬|布依|维吾尔|哈萨克)族)*(?:民族)?乡)$"
)


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    kind: str
    """street (街道), town (镇) or township (乡)."""
    spot: tuple[float, float] | None = None
    """Its middle: latitude and longitude, WGS 84, degrees; None: not known."""

    @property
    def short(self) -> str:
        """As people say it: 小雪 of 小雪街道. A name that would be one sign only stays whole."""
        short = _KIND_OF_TOWN.sub("", self.name)
        return short if len(short) > 1 else self.name


@dataclass(frozen=True)
class OfficeEntry:
    code: str
    name: str
    kind: str
    """department, town, enterprise, zone."""
    town: str | None
    head: str
    deputy: str
    phone: str
    duty_phone: str


@dataclass(frozen=True)
class UnitEntry:
    code: str
    name: str
    trade: str
    towns: tuple[str, ...]
    extension: str
    office: str
    leader: str
    phone: str


TOWN_OFFICE = "@town"
"""In a subject's `office`: the office of the town where it is."""


@dataclass(frozen=True)
class Subject:
    """One category of matters."""

    code: str
    name: str
    group: str
    """The branch of the tree that it hangs on, in Chinese."""
    words: tuple[str, ...]
    """What citizens say when they mean it."""
    office: str
    """Code of the responsible office, or `@town`."""
    co_offices: tuple[str, ...]
    trade: str | None
    """Of the crew that goes there; None: nobody has to go."""
    kind: Kind
    """What such a matter mostly is."""
    hints: tuple[str, ...] = ()
    """Words that say little by themselves."""


@dataclass(frozen=True)
class Place:
    name: str
    town: str
    kind: str
    """village, community, road, site, estate, zone."""
    office: str | None
    """An office that is called in for matters there, e.g. a development zone's."""
    spot: tuple[float, float] | None = None
    """As a town's."""


@dataclass(frozen=True)
class Calendar:
    """Working days as the State Council arranges them year by year."""

    years: frozenset[int]
    provisional_years: frozenset[int]
    """Of these the make-up days are not announced yet; an operator is notified."""
    rest_days: frozenset[dt.date]
    """Holidays that fall on or were moved to other days than Saturday and Sunday."""
    work_days: frozenset[dt.date]
    """Saturdays and Sundays on which people work."""

    statutory_days: frozenset[dt.date] = frozenset()
    """Holidays of coming years as the law names them, without the days that are moved for them."""

    def is_arranged(self, year: int) -> bool:
        """Whether the year's working days are as the State Council arranged them; else what is counted is 暂定."""
        return year in self.years and year not in self.provisional_years

    def arranged_years(self) -> frozenset[int]:
        return self.years - self.provisional_years

    def is_working_day(self, day: dt.date) -> bool:
        """Of a year that nobody has entered: Monday to Friday, less the statutory holidays. A missing calendar stops
        nobody; limits that rest on it are recounted when it comes.
        """
        if day.year not in self.years:
            return day.weekday() < 5 and day not in self.statutory_days
        return day in self.work_days or (day.weekday() < 5 and day not in self.rest_days)


@dataclass(frozen=True)
class City:
    """The city's people, places and working days. Its rules are in dispatch.policy."""

    code: str
    name: str
    number_prefix: str
    """First letters of its orders' numbers."""
    area_code: str
    """Of its telephone numbers, with the leading zero."""
    words: CityWords
    """What it calls its line, its crews and itself."""
    sample: bool
    """People and phones are invented: the screens say so."""
    towns: Mapping[str, Town]
    trades: Mapping[str, str]
    """Code → Chinese name."""
    offices: Mapping[str, OfficeEntry]
    units: Mapping[str, UnitEntry]
    subjects: Mapping[str, Subject]
    places: tuple[Place, ...]
    calendar: Calendar
    town_offices: Mapping[str, str] = field(default_factory=dict)
    """Town's code → code of its own office."""
    tenures: tuple[Tenure, ...] = ()
    """The holders of the offices' posts; the earliest first."""
