"""crews.toml as it is written, and the rules that it becomes."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.folder.reading import read_toml
from core.folder.shapes import Count, Name, Strict
from dispatch.crews.rules import CrewRules, Phrase, UnitStatus


class PhraseLine(Strict):
    trade: str
    done: Name
    public_answer: str = ""


class CrewsFile(Strict):
    position_fresh_minutes: Annotated[int, Field(ge=1, le=240)]
    position_every_seconds: Annotated[int, Field(ge=10, le=3600)]
    shift_longest_hours: Annotated[int, Field(ge=1, le=48)]
    longest_minutes: dict[UnitStatus, Count]
    photo_trades: list[str] = Field(default_factory=list)
    cannot_go: list[Name] = Field(default_factory=list)
    phrase: list[PhraseLine] = Field(default_factory=list)


def crew_rules(file: Path) -> CrewRules:
    if not file.exists():
        return CrewRules()
    read = read_toml(file, CrewsFile)
    phrases = tuple(Phrase(**line.model_dump(), line=line.line_in_file) for line in read.phrase)
    return CrewRules(
        **read.model_dump(exclude={"phrase", "photo_trades", "cannot_go"}),
        phrases=phrases,
        photo_trades=frozenset(read.photo_trades),
        cannot_go=tuple(read.cannot_go),
    )
