"""A crew's statuses, how long each may last, and when a position is too old to choose by. Pure.

The figures are the city's (`crews.toml`); the defaults hold where the file is missing.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class UnitStatus(StrEnum):
    """What a crew is doing now."""

    OFF_SHIFT = "off_shift"
    """Nobody of it has a shift."""
    FREE = "free"
    ACCEPTED = "accepted"
    """It has taken an order and has not set out."""
    ON_THE_WAY = "on_the_way"
    THERE = "there"
    """At the place, at work."""


@dataclass(frozen=True)
class Phrase:
    """What a crew mostly writes when it is done: one press instead of typing."""

    trade: str
    """Code; empty: for every trade."""
    done: str
    public_answer: str
    """Empty: the crew writes it, as it depends on the matter."""
    line: int | None = None
    """Of the city's file."""


@dataclass(frozen=True)
class CrewRules:
    position_fresh_minutes: int = 10
    """An older position is shown with its age and never chosen by."""
    position_every_seconds: int = 60
    """How often a phone on shift sends its position."""
    shift_longest_hours: int = 16
    """A shift that nobody ended counts no longer than this."""
    longest_minutes: Mapping[UnitStatus, int] = field(default_factory=dict)
    """When a status lasts longer than this, the coordinator is notified. A status that is not listed has no limit."""
    phrases: tuple[Phrase, ...] = ()
    photo_trades: frozenset[str] = frozenset()
    """Trades whose work is to be seen on a photo: the page asks for it before the answer is handed in."""
    cannot_go: tuple[str, ...] = ()
    """Reasons for 不能前往 that are chosen with one press."""


def is_fresh(taken_at: dt.datetime, rules: CrewRules, at: dt.datetime) -> bool:
    return at - taken_at <= dt.timedelta(minutes=rules.position_fresh_minutes)


def minutes_over(status: UnitStatus, since: dt.datetime, rules: CrewRules, at: dt.datetime) -> int | None:
    """By how many whole minutes the crew has exceeded the limit of this status; None: it has not."""
    longest = rules.longest_minutes.get(status)
    if longest is None:
        return None
    over = at - since - dt.timedelta(minutes=longest)
    return int(over.total_seconds() // 60) if over > dt.timedelta(0) else None
