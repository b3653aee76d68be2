"""超时警告: whom we notify when a limit comes near or has passed, and what the warning in the history says. Pure.

What falls due, and when, is dispatch.clock.timers; dispatch.steps.due_events keeps each exactly once.
"""

from collections.abc import Sequence

from core.clock import day_and_minute
from dispatch.city.records import City
from dispatch.clock.timers import ACCOUNTABLE, REMINDERS, WARNINGS, DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


def to_whom_it_is_due(due_item: DueItem) -> Audience:
    """The responsible office, or the coordinator if none is assigned."""
    return Audience.OFFICE if due_item.office_code else Audience.COORDINATOR


def for_a_limit(due_item: DueItem) -> Sequence[tuple[Audience, Template]]:
    """Reminder, warning and accountability. A co-handling office is warned too, but no step is written for it."""
    late = to_whom_it_is_due(due_item)
    if due_item.kind in REMINDERS:
        return [(late, Template.REMINDER)]
    found = [(late, Template.WARNING)] if due_item.kind in WARNINGS or due_item.kind is DueKind.PART_WARNING else []
    if due_item.kind in ACCOUNTABLE and due_item.office_code:
        found += [(late, Template.ACCOUNTABILITY), (Audience.SUPERVISOR, Template.ACCOUNTABILITY)]
    return found


def reason_of(city: City, due_item: DueItem) -> str:
    """What the system writes with the warning."""
    office, until = city.offices.get(due_item.office_code), day_and_minute(due_item.due_at)
    if due_item.kind is DueKind.FINISH_WARNING:
        return f"{office.name if office else '工单'}到{until}仍未答复，超过办结时限。"
    if office is None:
        return f"到{until}仍未派单，超过签收时限。"
    if due_item.kind is DueKind.CONTACT_WARNING:
        return f"{office.name}到{until}仍未联系上诉求人，超过首次联系时限。"
    return f"{office.name}到{until}仍未签收，超过签收时限。"


SPECS = (StepSpec(step=Step.WARN, label="超时警告"),)
"""It notifies nobody itself: each due item does."""
