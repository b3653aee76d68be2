"""The files of a city's folder as they are written: TOML and CSV, each line checked by itself.

A mistake raises ConfigurationError that names the file and the line or key. Whether the files fit together is
dispatch.city.load's question. In CSV files lines that begin with # are remarks.
"""

import csv
import datetime as dt
import re
import tomllib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from core.errors import ConfigurationError
from core.numbers.plan import AREA_CODE
from core.texts.lines import ONE_LINE
from core.texts.textfiles import read_text_file
from dispatch.kinds import Kind

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Name = Annotated[str, Field(min_length=1)]
Label = Annotated[str, Field(min_length=1), ONE_LINE]
Count = Annotated[int, Field(gt=0)]
Entry = TypeVar("Entry", bound=BaseModel)
_SEPARATORS = ",\t;，；"
"""As spreadsheet programs write tables in one country or another, and people by hand."""
_SEPARATOR_TOLD = re.compile(r'"?sep=.?"?,*', re.IGNORECASE)
"""A line for Excel alone."""
_SHORTENED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E[+-]?[0-9]+", re.ASCII | re.IGNORECASE)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class Located(Strict):
    """Where it lies, WGS 84, degrees; both or neither. An empty cell of a table is none."""

    latitude: Annotated[Annotated[float, Field(ge=-90, le=90)] | None, BeforeValidator(_none_if_empty)] = None
    longitude: Annotated[Annotated[float, Field(ge=-180, le=180)] | None, BeforeValidator(_none_if_empty)] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.latitude is None) is not (self.longitude is None):
            raise ValueError("latitude and longitude must both be given, or neither")
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
            raise ValueError("south must be less than north, and west less than east")
        return self

    def holds(self, spot: tuple[float, float]) -> bool:
        return self.south <= spot[0] <= self.north and self.west <= spot[1] <= self.east


class TownLine(Located):
    code: Code
    name: Label
    kind: Literal["street", "town"]


class TradeLine(Strict):
    code: Code
    name: Label


class CityFile(Strict):
    code: Code
    name: Label
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    area_code: Annotated[str, Field(pattern=rf"^{AREA_CODE.pattern}$")]
    sample: bool
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


class UnitLine(Strict):
    code: Annotated[str, Field(pattern=r"^unit-\d{2,3}$")]
    name: Label
    trade: Code
    towns: str
    extension: Code
    office: Code
    leader: Label
    phone: Label


class SubjectLine(Strict):
    code: Code
    name: Label
    office: str
    co_offices: list[str] = []
    trade: Code | None = None
    kind: Kind
    words: Annotated[list[Name], Field(min_length=1)]
    hints: list[Name] = []


class GroupLine(Strict):
    name: Label
    subject: list[SubjectLine]


class SubjectsFile(Strict):
    group: list[GroupLine]


class PlaceLine(Located):
    name: Annotated[str, Field(min_length=2)]
    town: Code
    kind: Literal["village", "community", "road", "site", "estate", "zone", "water"]
    office: str


Share = Annotated[float, Field(gt=0, le=1)]


class YearLine(Strict):
    year: int
    provisional: bool
    rest_days: list[dt.date]
    work_days: list[dt.date]
    source: Name


class CalendarFile(Strict):
    year: list[YearLine] = []


def read_toml(path: Path, shape: type[Entry]) -> Entry:
    try:
        return shape.model_validate(tomllib.loads(read_text_file(path)))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_problems(error)}") from None


def read_csv(path: Path, shape: type[Entry]) -> list[Entry]:
    try:
        lines = read_text_file(path).splitlines()
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing") from None
    kept = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith(("#", '"#')) and not _SEPARATOR_TOLD.fullmatch(line)
    ]
    if not kept:
        raise ConfigurationError(
            f"{path}: it is empty. Fix: its first line names the columns {', '.join(shape.model_fields)}"
        )
    heads, *rows = _rows(path, kept, shape.model_fields)
    columns = [head.lower() for head in heads[1]]
    while columns and not columns[-1]:
        columns.pop()
    found = []
    for number, cells in rows:
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            raise ConfigurationError(f"{path} line {number}: it must have {len(columns)} columns")
        row = dict(zip(columns, cells, strict=False))
        for column, cell in row.items():
            if _SHORTENED.fullmatch(cell):
                raise ConfigurationError(
                    f"{path} line {number}: {column}: {cell}: a spreadsheet program has shortened the number. "
                    "Fix: format the column as text (Excel: 设置单元格格式 → 文本), write the number again and save"
                )
        try:
            found.append(shape.model_validate(row))
        except ValidationError as error:
            raise ConfigurationError(f"{path} line {number}: {_problems(error)}") from None
    return found


def _rows(path: Path, kept: list[tuple[int, str]], columns: Container[str]) -> Iterator[tuple[int, list[str]]]:
    """Each with the number of its first line; rows of empty cells, as spreadsheets leave them behind, are left out."""

    def known(separator: str) -> int:
        return sum(head.strip(' "').lower() in columns for head in kept[0][1].split(separator))

    reader = csv.reader((f"{line}\n" for _, line in kept), delimiter=max(_SEPARATORS, key=known), strict=True)
    begun = 0
    try:
        for cells in reader:
            number, begun = kept[begun][0], reader.line_num
            tidy = ["".join(cell.splitlines()).strip() for cell in cells]
            if any(tidy):
                yield number, tidy
    except csv.Error as error:
        raise ConfigurationError(f"{path} line {kept[min(begun, len(kept) - 1)][0]}: {error}") from None


def _problems(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
