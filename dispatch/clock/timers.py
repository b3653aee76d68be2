"""What falls due on an order, and when: reminders, warnings, accountability, decisions that are waited for. Pure.

Each `DueItem` falls once: dispatch.jobs.overdue keeps one row for (order, kind, limit, office) and does what it asks
for. A limit that is moved (extension, promise, new round) is a new limit and falls due again.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol

from dispatch.city.records import Calendar
from dispatch.clock.deadlines import remind_at
from dispatch.clock.rules import TimeRules
from dispatch.workflow import ACCEPTED, ON_HAND, Role, State


class DueKind(StrEnum):
    """What was not done by its limit, or will soon have to be."""

    ACCEPT_REMINDER = "accept_reminder"
    ACCEPT_WARNING = "accept_warning"
    """超时警告: not accepted in time."""
    ACCEPT_ACCOUNTABILITY = "accept_accountability"
    """Not accepted for more than the working days that the city allows: accountability list."""
    CONTACT_REMINDER = "contact_reminder"
    CONTACT_WARNING = "contact_warning"
    """The citizen was not spoken with in time after the order was accepted."""
    FINISH_REMINDER = "finish_reminder"
    FINISH_WARNING = "finish_warning"
    """No answer within the limit: warning, and accountability list at once."""
    PART_REMINDER = "part_reminder"
    PART_WARNING = "part_warning"
    """A co-office has not answered in time."""
    RETURN_UNDECIDED = "return_undecided"
    """The coordinator did not decide a return within the hour."""
    RULING_OVERDUE = "ruling_overdue"
    """The supervisor did not rule on a second return in time."""
    SUPERVISION_UNANSWERED = "supervision_unanswered"
    RESUME = "resume"
    """A suspended order goes on."""


REMINDERS = frozenset(
    {DueKind.ACCEPT_REMINDER, DueKind.CONTACT_REMINDER, DueKind.FINISH_REMINDER, DueKind.PART_REMINDER}
)
"""Worth nothing once the limit itself has passed."""

WARNINGS = frozenset({DueKind.ACCEPT_WARNING, DueKind.CONTACT_WARNING, DueKind.FINISH_WARNING})
"""Written into the order's history as a step (超时警告)."""

ACCOUNTABLE = frozenset({DueKind.ACCEPT_ACCOUNTABILITY, DueKind.FINISH_WARNING})
"""Lead to the accountability list."""


class DueItem(NamedTuple):
    falls_at: dt.datetime
    """It has fallen when the clock is past this instant."""
    kind: DueKind
    due_at: dt.datetime
    """The limit that it is about."""
    office_code: str = ""
    """The responsible office; empty: the city's own people (coordinator, supervisor)."""


class Part(Protocol):
    """A co-office's share of an order."""

    office_code: str
    added_at: dt.datetime
    due_at: dt.datetime | None
    answered_at: dt.datetime | None


class Running(Protocol):
    """What is read of an order."""

    state: State
    set_aside_from: State | None
    lead_office_code: str | None
    responsible_office_code: str | None
    limits_from_at: dt.datetime | None
    dispatched_at: dt.datetime | None
    accept_due_at: dt.datetime | None
    accept_final_at: dt.datetime | None
    accepted_at: dt.datetime | None
    contact_due_at: dt.datetime | None
    contacted_at: dt.datetime | None
    finish_due_at: dt.datetime | None
    resume_at: dt.datetime | None
    return_before: Role | None
    return_due_at: dt.datetime | None
    supervision_due_at: dt.datetime | None

    @property
    def co_offices(self) -> Iterable[Part]: ...


_TO_BE_DISPATCHED = frozenset({State.REGISTERED, State.REOPENED})


def due_items(order: Running, rules: TimeRules, calendar: Calendar) -> list[DueItem]:
    """Everything that has fallen or will fall on the order as it stands, earliest first."""
    # An order that waits for a leader's instruction is still with its office, and the clock runs; a promised date
    # stands still until it comes near.
    stands = (order.set_aside_from if order.state is State.ESCALATED else None) or order.state
    found: list[DueItem] = []
    if stands is State.SUSPENDED:
        if order.resume_at is not None and order.state is State.SUSPENDED:
            found.append(DueItem(order.resume_at, DueKind.RESUME, order.resume_at))
    elif stands in ON_HAND or stands in _TO_BE_DISPATCHED:
        found += _acceptance(order, stands, rules, calendar)
        found += _contact(order, stands, rules, calendar)
        found += _answer(order, stands, rules, calendar)
        found += _parts(order, stands, rules, calendar)
    found += _decisions(order)
    return sorted(found)


def _acceptance(order: Running, stands: State, rules: TimeRules, calendar: Calendar) -> Iterator[DueItem]:
    if stands not in _TO_BE_DISPATCHED and stands is not State.DISPATCHED:
        return
    on_hand = stands is State.DISPATCHED
    whose = order.lead_office_code or "" if on_hand else ""
    since = order.dispatched_at if on_hand else order.limits_from_at
    if order.accept_due_at is not None and since is not None:
        reminder = remind_at(since, order.accept_due_at, rules, calendar)
        yield DueItem(reminder, DueKind.ACCEPT_REMINDER, order.accept_due_at, whose)
        yield DueItem(order.accept_due_at, DueKind.ACCEPT_WARNING, order.accept_due_at, whose)
    if on_hand and order.accept_final_at is not None:
        yield DueItem(order.accept_final_at, DueKind.ACCEPT_ACCOUNTABILITY, order.accept_final_at, whose)


def _contact(order: Running, stands: State, rules: TimeRules, calendar: Calendar) -> Iterator[DueItem]:
    if stands not in ACCEPTED or order.contacted_at is not None:
        return
    if order.contact_due_at is not None and order.accepted_at is not None:
        whose = order.lead_office_code or ""
        reminder = remind_at(order.accepted_at, order.contact_due_at, rules, calendar)
        yield DueItem(reminder, DueKind.CONTACT_REMINDER, order.contact_due_at, whose)
        yield DueItem(order.contact_due_at, DueKind.CONTACT_WARNING, order.contact_due_at, whose)


def _answer(order: Running, stands: State, rules: TimeRules, calendar: Calendar) -> Iterator[DueItem]:
    if order.finish_due_at is None or order.limits_from_at is None:
        return
    whose = order.responsible_office_code or "" if stands in ON_HAND else ""
    reminder = remind_at(order.limits_from_at, order.finish_due_at, rules, calendar)
    yield DueItem(reminder, DueKind.FINISH_REMINDER, order.finish_due_at, whose)
    yield DueItem(order.finish_due_at, DueKind.FINISH_WARNING, order.finish_due_at, whose)


def _parts(order: Running, stands: State, rules: TimeRules, calendar: Calendar) -> Iterator[DueItem]:
    if stands not in ON_HAND:
        return
    for part in order.co_offices:
        if part.due_at is not None and part.answered_at is None:
            reminder = remind_at(part.added_at, part.due_at, rules, calendar)
            yield DueItem(reminder, DueKind.PART_REMINDER, part.due_at, part.office_code)
            yield DueItem(part.due_at, DueKind.PART_WARNING, part.due_at, part.office_code)


def _decisions(order: Running) -> Iterator[DueItem]:
    if order.return_before is not None and order.return_due_at is not None:
        second = order.return_before is Role.SUPERVISOR
        kind = DueKind.RULING_OVERDUE if second else DueKind.RETURN_UNDECIDED
        yield DueItem(order.return_due_at, kind, order.return_due_at)
    if order.supervision_due_at is not None:
        yield DueItem(
            order.supervision_due_at,
            DueKind.SUPERVISION_UNANSWERED,
            order.supervision_due_at,
            order.lead_office_code or "",
        )
