"""The roster: how many agents, and who, must be ready at an instant. Pure.

The city's weekly shifts (`roster.toml`) say the rule, with times of the city's zone; entries for certain spans of
time (table `roster_entries`) stand above them. Where neither says anything, one agent must be ready: the line is
open around the clock.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from core.clock import CITY_ZONE, in_city
from core.folder.reading import read_optional
from core.folder.shapes import Label, Strict

FILE = "roster.toml"
_DAYS: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun",
)  # fmt: skip


@dataclass(frozen=True)
class RosterShift:
    """One line of the weekly roster."""

    name: str
    days: frozenset[int]
    """0: Monday. Of a shift over midnight, the days on which it begins."""
    begins: dt.time
    ends: dt.time
    """Not later than `begins`: on the next day."""
    ready_least: int

    def covers(self, instant: dt.datetime) -> bool:
        local = in_city(instant)
        today, time = local.weekday(), local.time()
        if self.begins < self.ends:
            return today in self.days and self.begins <= time < self.ends
        yesterday = (today - 1) % 7
        return (today in self.days and time >= self.begins) or (yesterday in self.days and time < self.ends)

    def span_on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """From when to when it lasts that begins on `day`, aware; None: none begins then."""
        if day.weekday() not in self.days:
            return None
        last = day if self.begins < self.ends else day + dt.timedelta(days=1)
        return dt.datetime.combine(day, self.begins, CITY_ZONE), dt.datetime.combine(last, self.ends, CITY_ZONE)


class SpecialEntry(Protocol):
    """What is needed of telephony.monitoring.models.RosterEntry."""

    starts_at: Any
    ends_at: Any
    ready_least: Any
    extensions: Any
    note: Any


@dataclass(frozen=True)
class Required:
    """What is wanted at one instant."""

    ready_least: int
    extensions: tuple[str, ...] = ()
    """They must be among the ready."""
    name: str = ""


EVER = Required(1, name="around the clock")


def required_at(instant: dt.datetime, shifts: Iterable[RosterShift], entries: Iterable[SpecialEntry] = ()) -> Required:
    """Entries that cover `instant` stand above shifts; of several, each one's people are wanted, and the most."""
    special = [entry for entry in entries if entry.starts_at <= instant < entry.ends_at]
    if special:
        extensions = dict.fromkeys(extension for entry in special for extension in entry.extensions)
        names = ", ".join(entry.note for entry in special if entry.note)
        return Required(max(entry.ready_least for entry in special), tuple(extensions), names)
    covering = [shift for shift in shifts if shift.covers(instant)]
    if not covering:
        return EVER
    return Required(max(shift.ready_least for shift in covering), (), ", ".join(shift.name for shift in covering))


class ShiftLine(Strict):
    name: Label
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(default_factory=lambda: list(_DAYS))
    begins: dt.time
    ends: dt.time
    ready_least: Annotated[int, Field(ge=0)]


class RosterFile(Strict):
    shift: list[ShiftLine] = Field(default_factory=list)


def load_shifts(city_folder: Path) -> tuple[RosterShift, ...]:
    """The city's weekly shifts; none where the file is missing. Raises FaultyFolder."""
    return shifts_of(read_optional(city_folder / FILE, RosterFile) or RosterFile())


def shifts_of(file: RosterFile) -> tuple[RosterShift, ...]:
    return tuple(
        RosterShift(line.name, frozenset(map(_DAYS.index, line.days)), line.begins, line.ends, line.ready_least)
        for line in file.shift
    )
