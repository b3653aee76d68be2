"""`duties.csv` of a city's folder as it is written, and the duties that it means.

A row a duty; several things in one cell stand apart by `；`, so that the table is easy to keep in Excel.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.folder.faults import FaultyFolder, Wrong
from core.folder.reading import read_csv
from core.folder.shapes import Code, Label, Strict
from dispatch.city.records import City
from dispatch.clock.rules_file import SpanText
from dispatch.duties.checks import contradictions
from dispatch.duties.rules import Duty, Exclusion
from dispatch.kinds import Kind

FILE = "duties.csv"
_FEWEST_SAYINGS = 3
_MOST_SAYINGS = 10


def _parts(cell: object) -> object:
    return [part.strip() for part in re.split("[;；]", cell) if part.strip()] if isinstance(cell, str) else cell


def _none_if_empty(cell: object) -> object:
    return None if cell == "" else cell


def _exclusions(cell: object) -> object:
    parts = _parts(cell)
    return [_exclusion(part) for part in parts] if isinstance(parts, list) else parts


def _exclusion(part: str) -> Exclusion:
    what, arrow, whose = (one.strip() for one in part.rpartition("→"))
    if not (what and arrow and whose):
        raise Wrong(f"里“{part}”没有写明归谁", "写成 什么事→归谁，归谁写事项或单位的代码、@town 或服务电话")
    return Exclusion(what, whose)


def _sayings(cell: object) -> object:
    parts = _parts(cell)
    if isinstance(parts, list) and not _FEWEST_SAYINGS <= len(parts) <= _MOST_SAYINGS:
        raise Wrong(f"有{len(parts)}句", f"写{_FEWEST_SAYINGS}到{_MOST_SAYINGS}句，用“；”隔开")
    return parts


Several = Annotated[tuple[Label, ...], BeforeValidator(_parts)]


class DutyLine(Strict):
    code: Code
    name: Label
    subject: Code
    covers: Label
    office: Label
    co_offices: Several
    trade: Annotated[Code | None, BeforeValidator(_none_if_empty)]
    kind: Kind
    limit: Annotated[SpanText | None, BeforeValidator(_none_if_empty)]
    basis: Several
    to_confirm: Annotated[Literal["yes", ""], Field(description="yes: whose it is rests on usual practice")]
    excludes: Annotated[tuple[Exclusion, ...], BeforeValidator(_exclusions)]
    sayings: Annotated[tuple[Label, ...], BeforeValidator(_sayings)]


def duty_list(folder: Path, city: City) -> Mapping[str, Duty]:
    """By code, in the order of the file; nothing for a city without the file. Raises FaultyFolder."""
    file = folder / FILE
    if not file.exists():
        return {}
    lines = read_csv(file, DutyLine)
    duties = [_duty(line) for line in lines]
    if faults := [
        *contradictions(FILE, [(duty, line.line_in_file) for duty, line in zip(duties, lines, strict=True)], city)
    ]:
        raise FaultyFolder(faults)
    return {duty.code: duty for duty in duties}


def _duty(line: DutyLine) -> Duty:
    return Duty(
        code=line.code,
        name=line.name,
        subject=line.subject,
        covers=line.covers,
        office=line.office,
        co_offices=line.co_offices,
        trade=line.trade,
        kind=line.kind,
        limit=line.limit,
        basis=line.basis,
        to_confirm=line.to_confirm == "yes",
        exclusions=line.excludes,
        sayings=line.sayings,
    )
