"""The records of a city's map and calendar as their files hold them, each checked by itself.

How files are read is core.folder.reading; whether they fit together is dispatch.city.load's question.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from core.city_words import CityWords
from core.folder.faults import Wrong
from core.folder.shapes import Code, Label, Name, Strict
from core.numbers.plan import AREA_CODE
from core.numbers.shown import CREW_ACCOUNT
from core.texts.lines import ONE_LINE
from dispatch.kinds import Kind


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class Located(Strict):
    """Where it lies, WGS 84, degrees; both or neither. An empty cell of a table is none."""

    latitude: Annotated[Annotated[float, Field(ge=-90, le=90)] | None, BeforeValidator(_none_if_empty)] = None
    longitude: Annotated[Annotated[float, Field(ge=-180, le=180)] | None, BeforeValidator(_none_if_empty)] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.latitude is None) is not (self.longitude is None):
            raise Wrong("纬度和经度只写了一个", "latitude、longitude 两项都写，或者都不写")
        return self

    @property
    def spot(self) -> tuple[float, float] | None:
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class BoxLine(Strict):
    """The city's limits, drawn widely: what lies outside is a slip of the pen."""

    south: Annotated[float, Field(ge=-90, le=90)]
    north: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    east: Annotated[float, Field(ge=-180, le=180)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise Wrong("坐标范围写反了", "south 须小于 north，west 须小于 east")
        return self

    def holds(self, spot: tuple[float, float]) -> bool:
        return self.south <= spot[0] <= self.north and self.west <= spot[1] <= self.east


class TownLine(Located):
    code: Code
    name: Label
    kind: Literal["street", "town", "township"]


class TradeLine(Strict):
    code: Code
    name: Label


class WordsLine(Strict):
    """What people read and hear: never another city's."""

    line: Label
    line_short: Label | None = None
    number: Annotated[str, Field(pattern=r"^[0-9]{3,12}$")] = "12345"
    crew: Label
    area: Annotated[str, Field(min_length=1, max_length=3), ONE_LINE]
    town: Label = "镇街"
    web: Label = CityWords.web
    mailbox: Label = CityWords.mailbox
    motto: Label = CityWords.motto
    local: tuple[Label, ...] = ()


class CityFile(Strict):
    code: Code
    name: Label
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    area_code: Annotated[str, Field(pattern=rf"^{AREA_CODE.pattern}$")]
    sample: bool
    words: WordsLine
    box: BoxLine | None = None
    town: list[TownLine]
    trade: list[TradeLine]


class OfficeLine(Strict):
    code: Code
    name: Label
    kind: Literal["department", "town", "enterprise", "zone"]
    town: str
    head: Label
    deputy: Label
    phone: Label
    duty_phone: Label


Extension = Annotated[str, Field(pattern=rf"^{CREW_ACCOUNT.pattern}$")]
"""Dialled by agents, too: a name at the exchange, which ends in a number."""


class UnitLine(Strict):
    code: Code
    name: Label
    trade: Code
    towns: str
    extension: Extension
    office: Code
    leader: Label
    phone: Label


class SubjectLine(Strict):
    code: Code
    name: Label
    office: str
    co_offices: list[str] = Field(default_factory=list)
    trade: Code | None = None
    kind: Kind
    words: Annotated[list[Name], Field(min_length=1)]
    hints: list[Name] = Field(default_factory=list)


class GroupLine(Strict):
    name: Label
    subject: list[SubjectLine]


class SubjectsFile(Strict):
    group: list[GroupLine]


class PlaceLine(Located):
    name: Annotated[str, Field(min_length=2, max_length=60), ONE_LINE]
    town: Code
    kind: Literal["village", "community", "road", "site", "estate", "zone", "water"]
    office: str


class YearLine(Strict):
    year: int
    provisional: bool
    rest_days: list[dt.date]
    work_days: list[dt.date]
    source: Name


class CalendarFile(Strict):
    year: list[YearLine] = Field(default_factory=list)
