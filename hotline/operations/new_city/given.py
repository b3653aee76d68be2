"""What a new city must say of itself: its names, and the list of its towns, offices and crews."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pypinyin import lazy_pinyin

from core.city_words import CityWords
from core.folder.reading import read_csv
from core.folder.shapes import Strict
from hotline.runtime.city_check import TO_FILL

LEVELS = "市县区旗州"


def _blank(value: object) -> object:
    return value.strip() or TO_FILL if isinstance(value, str) else value


ToFill = Annotated[str, BeforeValidator(_blank)]


class TableLine(Strict):
    """One line of the list that a city gives: a town, an office or a crew."""

    what: Literal["镇街", "单位", "服务队"] = Field(alias="类别")
    name: Annotated[str, Field(min_length=1)] = Field(alias="名称")
    trade: str = Field(alias="行业", default="")
    towns: str = Field(alias="镇街", default="")
    """Of a crew: names, with blanks between; empty: all."""
    office: str = Field(alias="单位", default="")
    """Of a crew: the office that it belongs to."""
    head: ToFill = Field(alias="第一责任人", default=TO_FILL)
    deputy: ToFill = Field(alias="分管责任人", default=TO_FILL)
    phone: ToFill = Field(alias="电话", default=TO_FILL)
    duty_phone: ToFill = Field(alias="值班电话", default=TO_FILL)


@dataclass(frozen=True)
class NewCity:
    words: CityWords
    number_prefix: str
    area_code: str
    lines: Sequence[TableLine]
    code: str = ""

    def of(self, what: str) -> list[TableLine]:
        return [line for line in self.lines if line.what == what]


def read_table(path: Path) -> list[TableLine]:
    """A list saved from Excel as CSV; its columns are the aliases of TableLine. Raises FaultyFolder."""
    return read_csv(path, TableLine)


def table_of(towns: Iterable[str], offices: Iterable[str], crews: Iterable[str]) -> list[TableLine]:
    named = [("镇街", towns), ("单位", offices), ("服务队", crews)]
    return [TableLine.model_validate({"类别": what, "名称": name}) for what, names in named for name in names]


def pinyin_code(name: str) -> str:
    """清禾县 → qinghexian; what is no code by itself gets a letter before it."""
    said = re.sub("[^a-z0-9]+", "-", "-".join(lazy_pinyin(name)).lower()).replace("-", "")[:30]
    return said if said[:1].isalpha() else f"x{said}"


def initials(name: str) -> str:
    """清禾县 → QH."""
    letters = "".join(one[:1] for one in lazy_pinyin(name.rstrip(LEVELS + "自治") or name)).upper()
    return re.sub("[^A-Z]", "", letters)[:4] or "XX"


def area_word(name: str) -> str:
    return name[-1] if name[-1] in LEVELS else "市"


def towns_served(crew: TableLine) -> list[str]:
    return [name for name in re.split(r"[\s、，,]+", crew.towns.strip()) if name]
