"""How long who has for what: the city's limits (limits.toml) as records. Pure."""

import datetime as dt
from dataclasses import dataclass

from dispatch.kinds import Kind, Urgency


@dataclass(frozen=True)
class TimeLimit:
    """How long an office has for a matter of these kinds."""

    kinds: frozenset[Kind]
    urgency: Urgency | None
    """Only for matters of this urgency; None: for the others."""
    accept_days: int
    """Working days; 0: the same day."""
    expected_days: int
    finish_days: int
    every_day: bool
    """The same day counts on Sundays and holidays too."""
    late_after: dt.time
    """A matter received later than this (or on a day that does not count) is due on the next day that counts …"""
    late_due: dt.time
    """… at this time."""
    same_day_ends: dt.time
    source: str
    contact_days: int | None = None
    """Working days from acceptance within which the citizen is spoken with; 0: the same day, None: no limit."""


@dataclass(frozen=True)
class TimeRules:
    limits: tuple[TimeLimit, ...]
    working_day_ends: dt.time
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
