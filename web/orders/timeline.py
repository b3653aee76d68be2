"""One order's story in order of time: its calls, its steps, what was pushed to whom. Pure."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from core.clock import day_and_minute
from dispatch.assignments.crew_search_rules import SearchAction
from dispatch.city.records import City
from dispatch.orders.assignment_models import DispatchCallState, RecipientKind
from dispatch.orders.labels import (
    CONTACT_WAYS,
    DISPATCH_CALLS,
    FIELDS,
    KINDS,
    NO_PLACES,
    PURPOSES,
    RETURN_REASONS,
    ROLES,
    URGENCIES,
)
from dispatch.orders.step_fields import is_empty
from dispatch.steps.labels import STEPS
from dispatch.supervision.labels import MARKS
from dispatch.workflow import Role
from telephony.calls.call_state import Direction
from telephony.labels import OUTCOMES
from web.calls.schemas import CallSummary
from web.labels import endpoint_words, lasted
from web.orders.crew_search_schemas import CrewSearchAnswer
from web.orders.schemas import AssignmentAnswer, DispatchCallAnswer, HistoryAnswer, OrderAnswer
from web.orders.steps.step_views import STEP_VIEWS

VIAS: dict[str, str] = {"inbox": "网页", "phone": "电话按键"}

_TOLD = (
    "note", "done", "public_answer", "instruction", "reason_code", "boundary", "suggested_office_code", "promised_at",
    "task", "due_at", "article", "contact_way", "reached", "contact_note",
)  # fmt: skip
"""Details of a step that are part of the story."""


@dataclass(frozen=True)
class TimelineEntry:
    at: dt.datetime
    kind: str
    """call, dispatch, step, assignment, seen, attached, notification, status, internal: the mark beside it."""
    title: str
    who: str = ""
    text: str = ""
    linkedid: str = ""
    """The call to open."""
    sound: str = ""
    """Address of what is played in place, like the next two."""
    picture: str = ""
    file: str = ""
    gap: str = ""
    """How long after the entry before."""
    author: str = ""
    """Whose words `text` holds (access.visibility.rules.wrote)."""


def timeline(order: OrderAnswer, city: City, beside: Iterable[TimelineEntry] = ()) -> list[TimelineEntry]:
    """Oldest first. `beside`: what else belongs to the order (web.orders.timeline_sources)."""
    entries = [*_steps(order.history, city)]
    entries += [_call(call, city) for call in order.calls if call.direction is not Direction.DISPATCH]
    entries += _crew_searches(order.crew_searches, city)
    for assignment in order.assignments:
        entries += _assignment(assignment, city)
    entries += beside
    entries.sort(key=lambda entry: entry.at)
    return _with_gaps(entries)


def recipient_name(assignment: AssignmentAnswer, city: City) -> str:
    names: Any = city.offices if assignment.recipient_kind is RecipientKind.OFFICE else city.units
    return names[assignment.recipient_code].name if assignment.recipient_code in names else assignment.recipient_code


def value_words(name: str, value: Any, city: City) -> str:
    """A stored value of an order's field as people read it."""
    if value in (None, "", []):
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_words(name.removesuffix("s"), one, city) for one in value)
    tables: dict[str, Any] = {
        "kind": KINDS,
        "urgency": URGENCIES,
        "lead_office_code": city.offices,
        "suggested_office_code": city.offices,
        "co_office_code": city.offices,
        "unit_code": city.units,
        "subject": city.subjects,
        "place_town": city.towns,
        "no_place": NO_PLACES,
        "reason_code": RETURN_REASONS,
        "contact_way": CONTACT_WAYS,
    }
    known = tables.get(name, {}).get(value)
    if name in ("promised_at", "due_at"):
        return day_and_minute(dt.datetime.fromisoformat(value), year=True)
    return str(getattr(known, "name", known or value))


def change_words(details: dict[str, Any], city: City) -> list[str]:
    """Which fields a step changed, e.g. 标题：空 → 路灯不亮."""
    changes = details.get("changes", {})
    return [
        f"{FIELDS.get(name, name)}：{value_words(name, change['from'], city)} → {value_words(name, change['to'], city)}"
        for name, change in changes.items()
    ]


def _steps(history: Iterable[HistoryAnswer], city: City) -> Iterator[TimelineEntry]:
    before: HistoryAnswer | None = None
    for row in history:
        # Somebody who types for minutes stores many times: the timeline shows it once.
        again = (
            before is not None
            and STEP_VIEWS[row.step].as_typed
            and (before.actor_name, before.step) == (row.actor_name, row.step)
        )
        before = row
        if again:
            continue
        said = [row.reason] if row.reason else []
        said += [
            f"{FIELDS[name]}：{value_words(name, row.details[name], city)}"
            for name in _TOLD
            if not is_empty(row.details.get(name))
        ]
        if "split_off" in row.details:
            said.append(f"分出工单：{row.details['split_off']}")
        said += [
            f"系统提醒过而未采纳：{MARKS[mark['kind']]}（“{mark['text']}”）"
            for mark in row.details.get("overruled_marks", ())
        ]
        # Why it goes where it goes, with the precedents on whose matter it is.
        said += row.details.get("route", {}).get("why", [])
        who = row.actor_name if row.actor_role is Role.SYSTEM else f"{row.actor_name}（{ROLES[row.actor_role]}）"
        yield TimelineEntry(row.at, "step", STEPS[row.step], who, "\n".join(said))


def _call(call: CallSummary, city: City) -> TimelineEntry:
    title = "来电" if call.direction is Direction.INBOUND else "通话"
    if call.answered_at:
        waited = lasted((call.answered_at - call.started_at).total_seconds())
        talked = lasted((call.ended_at - call.answered_at).total_seconds()) if call.ended_at else "进行中"
        by = endpoint_words(call.answered_by or "", city)
        return TimelineEntry(call.started_at, "call", title, by, f"等候{waited}，通话{talked}", call.linkedid)
    text = OUTCOMES[call.outcome] if call.outcome else "进行中"
    return TimelineEntry(call.started_at, "call", title, "", text, call.linkedid)


def seen_by(assignment: AssignmentAnswer, city: City) -> str:
    """The one who acknowledged: a person by name; a crew's telephone needs no second name."""
    by = endpoint_words(assignment.acknowledged_by or "", city)
    return "" if by == recipient_name(assignment, city) else by


def _assignment(assignment: AssignmentAnswer, city: City) -> Iterator[TimelineEntry]:
    name = recipient_name(assignment, city)
    yield TimelineEntry(assignment.created_at, "assignment", f"推送给{name}", PURPOSES[assignment.purpose])
    for call in assignment.calls:
        yield _dispatch_call(call, name)
    if assignment.acknowledged_at:
        took = lasted((assignment.acknowledged_at - assignment.created_at).total_seconds())
        how = VIAS.get(assignment.via or "", assignment.via or "")
        yield TimelineEntry(
            assignment.acknowledged_at, "seen", f"{name}确认收到", seen_by(assignment, city), f"{how}确认，推送后{took}"
        )
    elif assignment.withdrawn_at:
        yield TimelineEntry(assignment.withdrawn_at, "assignment", f"撤回给{name}的推送")


def _dispatch_call(call: DispatchCallAnswer, name: str) -> TimelineEntry:
    state = DISPATCH_CALLS[DispatchCallState(call.state)]
    text = f"{state}，历时{lasted((call.ended_at - call.at).total_seconds())}" if call.ended_at else state
    if call.result and call.result != state:
        text += f"（{call.result}）"
    return TimelineEntry(call.at, "dispatch", f"派单电话打给{name}", f"第{call.attempt}次", text, call.linkedid)


def _crew_searches(crew_searches: Iterable[CrewSearchAnswer], city: City) -> Iterator[TimelineEntry]:
    """What the assignments, calls and steps do not show already."""
    for search in crew_searches:
        pushed: set[str] = set()
        for action in search.actions:
            if action.action is SearchAction.PUSH and action.unit_code in pushed:
                name = city.units[action.unit_code].name if action.unit_code in city.units else action.unit_code
                yield TimelineEntry(action.at, "assignment", f"再次推送给{name}", "系统")
            elif action.action is SearchAction.ALARM_SEEN:
                yield TimelineEntry(action.at, "step", "已知悉无人接单告警", action.why)
            pushed.add(action.unit_code)


def _with_gaps(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    shown = []
    before: dt.datetime | None = None
    for entry in entries:
        seconds = (entry.at - before).total_seconds() if before else 0
        shown.append(replace(entry, gap=f"{lasted(seconds)}后" if seconds >= 1 else ""))
        before = entry.at
    return shown
