"""Limits of an order that are counted by the calendar, and the mark of each: those that rest on a year not arranged yet
(`provisional_limits`) are recounted by themselves, the others (`settled_limits`) when a calendar was corrected.

The mark says how a limit was counted: `how` (`How`) from `since` by which `span`, the result (`at`),
`not_before` where it must not end earlier, and `year`, the first year without an arranged calendar, or None. Instants
are ISO 8601. Whoever sets a limit otherwise need not care for the mark: it counts only while the limit is what it says.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.clock import in_city
from dispatch.city.records import Calendar
from dispatch.clock import deadlines
from dispatch.clock.rules import TimeRules, TimeSpan, parse_span, working_days
from dispatch.kinds import Kind
from dispatch.orders.models import CoHandlingOffice, Order

Marks = dict[str, dict[str, Any]]
"""By the name of the order's column, or `part_name`."""
_PART = "part/"


class How(StrEnum):
    AFTER = "after"
    """The span after `since`."""
    BEFORE = "before"
    """At the end of office hours, the given number of working days before `since`: a co-office's share of the order's
    limit.
    """
    SAME = "same"
    """`since` itself: a share for which no day is left."""
    NEAR = "near"
    """When the lamp of `since` turns yellow: a suspended order goes on."""


@dataclass(frozen=True)
class Recount:
    moves: Mapping[str, tuple[dt.datetime, dt.datetime]]
    """Name → (old limit, new limit)."""
    marks: Marks
    """Of all counted limits once the moves are made."""


def count(
    order: Order,
    name: str,
    since: dt.datetime,
    span: TimeSpan | None,
    rules: TimeRules,
    calendar: Calendar,
    *,
    not_before: dt.datetime | None = None,
) -> None:
    """Set the limit `name` of the order, and its mark. `span` None: the city sets no such limit."""
    mark = None if span is None else _counted(order, How.AFTER, since, span, rules, calendar, not_before)
    _keep(order, name, mark)


def count_part(order: Order, part: CoHandlingOffice, rules: TimeRules, calendar: Calendar, *, at: dt.datetime) -> None:
    """Set a co-office's limit by the order's, and its mark: the city's days before it, where they are still to come."""
    finish = order.finish_due_at
    if finish is None:
        mark = None
    else:
        mark = _counted(order, How.BEFORE, finish, working_days(rules.part_days_before), rules, calendar)
        if dt.datetime.fromisoformat(mark["at"]) <= at:
            mark = _counted(order, How.SAME, finish, working_days(0), rules, calendar)
    _keep(order, part_name(part.office_code), mark)


def count_resume(order: Order, promised: dt.datetime, rules: TimeRules, calendar: Calendar, *, at: dt.datetime) -> None:
    """Set when a suspended order goes on: near its promised date, else at that date."""
    mark = _counted(order, How.NEAR, promised, working_days(rules.yellow_days), rules, calendar)
    if dt.datetime.fromisoformat(mark["at"]) <= at:
        mark = _counted(order, How.SAME, promised, working_days(0), rules, calendar)
    _keep(order, "resume_at", mark)


def set_by_hand(order: Order, name: str, limit: dt.datetime) -> None:
    """A person's date, which no calendar moves, even where it is what was counted."""
    _keep(order, name, None)
    set_limit(order, name, limit)


def part_name(office_code: str) -> str:
    return _PART + office_code


def office_of(name: str) -> str:
    """Whose share `part_name` is; empty: it is a limit of the order itself."""
    return name.removeprefix(_PART) if name.startswith(_PART) else ""


def limit_of(order: Order, name: str) -> dt.datetime | None:
    if not (code := office_of(name)):
        limit: dt.datetime | None = getattr(order, name)
        return limit
    return next((part.due_at for part in order.co_offices if part.office_code == code), None)


def set_limit(order: Order, name: str, limit: dt.datetime | None) -> None:
    if not (code := office_of(name)):
        setattr(order, name, limit)
    for part in order.co_offices:
        if code and part.office_code == code:
            part.due_at = limit


def marks_of(order: Order) -> Marks:
    return {**(order.settled_limits or {}), **(order.provisional_limits or {})}


def set_marks(order: Order, marks: Marks) -> None:
    for column, value in mark_columns(marks).items():
        setattr(order, column, value)


def mark_columns(marks: Marks) -> dict[str, Any]:
    """The order's columns that hold these marks."""
    provisional = {name: mark for name, mark in marks.items() if mark["year"] is not None}
    return {
        "provisional_limits": provisional,
        "settled_limits": {name: mark for name, mark in marks.items() if name not in provisional},
        # Until the calendar of this year is arranged there is nothing that would be recounted by itself.
        "provisional_year": min((int(mark["year"]) for mark in provisional.values()), default=None),
    }


def recount(order: Order, rules: TimeRules, calendar: Calendar, *, at: dt.datetime) -> Recount:
    """What the counted limits are by the present calendar. Nothing is moved to an instant that has passed at `at`:
    nobody becomes late because a calendar came. Of a limit that was not provisional only another day counts: other
    office hours are no matter of the calendar. Changes nothing."""
    moves: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    marks: Marks = {}
    # The order's own first: shares are counted by its limit.
    for name, mark in sorted(marks_of(order).items(), key=lambda item: bool(office_of(item[0]))):
        old = limit_of(order, name)
        if old is None or old != dt.datetime.fromisoformat(mark["at"]) or _is_settled(order, name, old):
            continue
        since, how = dt.datetime.fromisoformat(mark["since"]), How(mark["how"])
        if office_of(name) and "finish_due_at" in moves and moves["finish_due_at"][0] == since:
            since = moves["finish_due_at"][1]
        not_before = dt.datetime.fromisoformat(mark["not_before"]) if "not_before" in mark else None
        again = _counted(order, how, since, parse_span(mark["span"]), rules, calendar, not_before)
        new = dt.datetime.fromisoformat(again["at"])
        settled = mark["year"] is None
        if settled and in_city(new).date() == in_city(old).date():
            marks[name] = mark
            continue
        if new != old and new > at:
            moves[name] = (old, new)
        if new == old or name in moves:
            marks[name] = again
        elif settled:
            marks[name] = mark
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
            code = office_of(name)
            return any(part.office_code == code and part.answered_at is not None for part in order.co_offices)


def _keep(order: Order, name: str, mark: dict[str, Any] | None) -> None:
    """The limit is what its mark says."""
    set_limit(order, name, dt.datetime.fromisoformat(mark["at"]) if mark else None)
    marks = {other: kept for other, kept in marks_of(order).items() if other != name}
    set_marks(order, marks | ({name: mark} if mark else {}))


def _counted(
    order: Order,
    how: How,
    since: dt.datetime,
    span: TimeSpan,
    rules: TimeRules,
    calendar: Calendar,
    not_before: dt.datetime | None = None,
) -> dict[str, Any]:
    """The mark of the limit; `year` None: it is not provisional."""
    match how:
        case How.AFTER:
            kind = deadlines.limit_for(order.kind or Kind.OTHER, order.urgency, rules)
            limit = deadlines.counted(since, span, kind, rules, calendar)
        case How.BEFORE:
            limit = deadlines.end_of_working_day(since, -span.count, rules, calendar)
        case How.NEAR:
            limit = deadlines.yellow_from(since, rules, calendar)
        case How.SAME:
            limit = since
    year = _first_unarranged(since, limit, calendar)
    limit = max(limit, not_before or limit)
    mark: dict[str, Any] = {
        "how": how, "since": since.isoformat(), "span": str(span), "at": limit.isoformat(), "year": year,
    }  # fmt: skip
    return mark | ({"not_before": not_before.isoformat()} if not_before else {})


def _first_unarranged(since: dt.datetime, limit: dt.datetime, calendar: Calendar) -> int | None:
    """Of the years through which was counted."""
    first, last = sorted((in_city(since).year, in_city(limit).year))
    return next((year for year in range(first, last + 1) if not calendar.is_arranged(year)), None)
