"""Limits of an order that are counted by the calendar, and the mark of those that rest on a year not arranged yet.

The mark says how a limit was counted: `since` and `days` (working days; 0: the same day), what came out (`at`),
`not_before` where it must not end earlier, and `year`, the first year without an arranged calendar. Instants are
ISO 8601. Whoever sets a limit otherwise need not care for the mark: it counts only while the limit is what it says.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.clock import in_city
from dispatch.city.records import Calendar, City
from dispatch.clock import deadlines
from dispatch.kinds import Kind
from dispatch.orders.models import Order

Marks = dict[str, dict[str, Any]]
"""By the name of the order's column."""


@dataclass(frozen=True)
class Recount:
    moves: Mapping[str, tuple[dt.datetime, dt.datetime]]
    """Column → (old limit, new limit)."""
    marks: Marks
    """What is still provisional once the moves are made."""


def count(
    order: Order, name: str, since: dt.datetime, days: int | None, city: City, *, not_before: dt.datetime | None = None
) -> None:
    """Set the limit `name` of the order, and its mark. `days` None: the city sets no such limit."""
    limit, mark = (None, None) if days is None else _counted(order, since, days, city, not_before)
    setattr(order, name, limit)
    marks = {other: kept for other, kept in (order.provisional_limits or {}).items() if other != name}
    set_marks(order, marks | ({name: mark} if mark else {}))


def set_marks(order: Order, marks: Marks) -> None:
    order.provisional_limits = marks
    order.provisional_year = first_year(marks)


def first_year(marks: Marks) -> int | None:
    """Until its calendar is arranged there is nothing to count anew."""
    return min((int(mark["year"]) for mark in marks.values()), default=None)


def recount(order: Order, city: City, *, at: dt.datetime) -> Recount:
    """What the provisional limits are by the present calendar. Nothing is moved to an instant that has passed at
    `at`: nobody becomes late because a calendar came. Changes nothing."""
    moves: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    marks: Marks = {}
    for name, mark in order.provisional_limits.items():
        old: dt.datetime | None = getattr(order, name)
        if old is None or old != dt.datetime.fromisoformat(mark["at"]) or _is_settled(order, name, old):
            continue
        not_before = dt.datetime.fromisoformat(mark["not_before"]) if "not_before" in mark else None
        new, again = _counted(order, dt.datetime.fromisoformat(mark["since"]), int(mark["days"]), city, not_before)
        if new != old and new > at:
            moves[name] = (old, new)
        if again and (new == old or name in moves):
            marks[name] = again
    return Recount(moves, marks)


def _is_settled(order: Order, name: str, limit: dt.datetime) -> bool:
    """What was done in time or late stays so; a date that a person set is that person's."""
    match name:
        case "accept_due_at" | "accept_final_at":
            return order.accepted_at is not None
        case "contact_due_at":
            return order.contacted_at is not None
        case "finish_due_at":
            return order.promised_at == limit
        case _:
            return False


def _counted(
    order: Order, since: dt.datetime, days: int, city: City, not_before: dt.datetime | None
) -> tuple[dt.datetime, dict[str, Any] | None]:
    """The limit, and its mark where it is provisional."""
    kind = deadlines.limit_for(order.kind or Kind.OTHER, order.urgency, city.times)
    limit = deadlines.counted(since, days, kind, city.times, city.calendar)
    year = _first_unarranged(since, limit, city.calendar)
    limit = max(limit, not_before or limit)
    if year is None:
        return limit, None
    mark: dict[str, Any] = {"since": since.isoformat(), "days": days, "at": limit.isoformat(), "year": year}
    return limit, mark | ({"not_before": not_before.isoformat()} if not_before else {})


def _first_unarranged(since: dt.datetime, limit: dt.datetime, calendar: Calendar) -> int | None:
    """Of the years through which was counted."""
    years = range(in_city(since).year, in_city(limit).year + 1)
    return next((year for year in years if not calendar.is_arranged(year)), None)
