"""The roster: how many agents, and who, must be ready at an instant. Pure.

The city's weekly shifts (`roster.toml`) say the rule, with times of the city's zone; entries for certain spans of
time (table `roster_entries`) stand above them. Where neither says anything, one agent must be ready: the line is
open around the clock.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.clock import in_city
from core.errors import ConfigurationError
from core.texts.textfiles import read_text_file

FILE = "roster.toml"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


def load_shifts(city_folder: Path) -> tuple[RosterShift, ...]:
    """The city's weekly shifts; none where the file is missing. Raises ConfigurationError naming what cannot be
    read."""
    file = city_folder / FILE
    try:
        return parse_shifts(tomllib.loads(read_text_file(file)))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{file} cannot be used: {error!r}. Correct that line.") from error


def parse_shifts(data: Mapping[str, Any]) -> tuple[RosterShift, ...]:
    """Raises KeyError, TypeError or ValueError."""
    return tuple(_shift(row) for row in data.get("shift", []))


def _shift(row: Mapping[str, Any]) -> RosterShift:
    least = int(row["ready_least"])
    if least < 0:
        raise ValueError(f"{row['name']}: ready_least must not be below 0")
    days = frozenset(_DAYS.index(day) for day in row.get("days", _DAYS))
    return RosterShift(str(row["name"]), days, _time(row["begins"]), _time(row["ends"]), least)


def _time(value: Any) -> dt.time:
    return value if isinstance(value, dt.time) else dt.time.fromisoformat(value)
