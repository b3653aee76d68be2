"""How long who has for what: the city's limits (limits.toml) as records. Pure."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from dispatch.kinds import Kind, Urgency


class SpanUnit(StrEnum):
    SAME_DAY = "same day"
    WORKING_DAYS = "working days"
    DAYS = "days"
    """Natural days (自然日)."""
    WORKING_HOURS = "working hours"
    """Counted in office hours alone."""
    HOURS = "hours"
    """By the clock, day and night."""
    WORKING_MINUTES = "working minutes"
    MINUTES = "minutes"


_SPAN = re.compile(r"([0-9]{1,4}) ((?:working )?(?:day|hour|minute))s?", re.ASCII)
_CHINESE_SPAN = re.compile(r"([0-9]{1,4}) ?个?(工作日|自然日|日|天|工作小时|小时|工作分钟|分钟)")
_CHINESE_UNITS = {
    "工作日": SpanUnit.WORKING_DAYS, "自然日": SpanUnit.DAYS, "日": SpanUnit.DAYS, "天": SpanUnit.DAYS,
    "工作小时": SpanUnit.WORKING_HOURS, "小时": SpanUnit.HOURS, "工作分钟": SpanUnit.WORKING_MINUTES,
    "分钟": SpanUnit.MINUTES,
}  # fmt: skip


@dataclass(frozen=True)
class TimeSpan:
    """A length of time as a city's rules say it."""

    count: int
    unit: SpanUnit

    def __str__(self) -> str:
        return str(self.unit) if self.unit is SpanUnit.SAME_DAY else f"{self.count} {self.unit}"

    @property
    def needs_office_hours(self) -> bool:
        return self.unit in (SpanUnit.WORKING_HOURS, SpanUnit.WORKING_MINUTES)


def parse_span(text: str) -> TimeSpan:
    """`same day`, `3 working days`, `5 days`, `2 hours`, `30 minutes`; 当日, 3个工作日, 5个自然日, 2小时, 半小时.

    Raises ValueError for anything else.
    """
    said = text.strip()
    if said in ("same day", "当日", "当天"):
        return TimeSpan(0, SpanUnit.SAME_DAY)
    if found := _SPAN.fullmatch(said):
        count, unit = int(found[1]), SpanUnit(found[2] + "s")
    elif found := _CHINESE_SPAN.fullmatch(said.replace("半个小时", "30分钟").replace("半小时", "30分钟")):
        count, unit = int(found[1]), _CHINESE_UNITS[found[2]]
    else:
        raise ValueError(text)
    if count < 1:
        raise ValueError(text)
    return TimeSpan(count, unit)


def working_days(count: int) -> TimeSpan:
    """That many working days; 0: the same day."""
    return TimeSpan(count, SpanUnit.WORKING_DAYS) if count else TimeSpan(0, SpanUnit.SAME_DAY)


@dataclass(frozen=True)
class OfficeHours:
    """When offices work, in a part of the year."""

    shifts: tuple[tuple[dt.time, dt.time], ...]
    """In order, with the lunch break between."""
    begins: tuple[int, int] | None = None
    """Month and day of the season; None: the rest of the year."""
    ends: tuple[int, int] | None = None

    def holds(self, day: dt.date) -> bool:
        if self.begins is None or self.ends is None:
            return True
        here = day.month, day.day
        if self.begins <= self.ends:
            return self.begins <= here <= self.ends
        return here >= self.begins or here <= self.ends


@dataclass(frozen=True)
class TimeLimit:
    """How long an office has for a matter of these kinds."""

    kinds: frozenset[Kind]
    urgency: Urgency | None
    """Only for matters of this urgency; None: for the others."""
    accept: TimeSpan
    expected: TimeSpan
    finish: TimeSpan
    every_day: bool
    """The same day counts on Sundays and holidays too, and natural days may end on one."""
    late_after: dt.time
    """A matter received later than this (or on a day that does not count) is due on the next day that counts …"""
    late_due: dt.time
    """… at this time."""
    same_day_ends: dt.time
    source: str
    contact: TimeSpan | None = None
    """From acceptance, within which the citizen is spoken with; None: no limit."""


@dataclass(frozen=True)
class TimeRules:
    limits: tuple[TimeLimit, ...]
    office_hours: tuple[OfficeHours, ...]
    """The seasons first, then the rest of the year."""
    promise_days: int
    """How many working days away a promised date may be."""
    yellow_days: int
    """How many working days before the limit the lamp turns yellow."""
    remind_share: float
    """A reminder goes out when the lamp turns yellow, but not before this share (0 to 1) of the time has
    passed."""
    accountability_days: int
    """Working days without acceptance after which the office stands on the accountability list."""
    return_days: int
    """Within how many working days an office may ask for a return."""
    return_decision_minutes: int
    """Minutes that the coordinator has to decide a return, by day and night."""
    ruling_days: int
    """Working days that the supervisor has to rule on a second return."""
    extension_days: int
    """All extensions of an order together, in working days."""
    rework_days: int
    """How many more working days an order has at least when it was answered in time and sent back."""
    supervision_days: int
    """Working days to answer a supervision order that names no instant."""
    part_days_before: int
    """How many working days before the order's limit a co-office answers, unless stated otherwise."""
    spot_check_share: float
    """Of each office's closed orders."""
    spot_check_at_least: int

    def hours_of(self, day: dt.date) -> OfficeHours:
        return next(hours for hours in self.office_hours if hours.holds(day))

    def day_ends(self, day: dt.date) -> dt.time:
        """The end of office hours."""
        return self.hours_of(day).shifts[-1][1]
