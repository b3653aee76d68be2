"""What may be given with a step: fields checked, typed, and complained about in Chinese.

A step takes only its own fields, so that accepting an order can never change who leads it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from core.errors import BadInput
from core.instants import Instant
from core.lines import MANY_LINES, ONE_LINE
from core.phone import plain_number
from dispatch.city.records import City
from dispatch.kinds import ContactWay, Disposition, Kind, ReturnReason, Urgency
from dispatch.orders.labels import FIELDS, STEPS
from dispatch.workflow import ON_HAND, TRANSITIONS, Role, State, Step

_NO_NUL = r"^[^\x00]*$"
# PostgreSQL's text cannot hold NUL.
Line = Annotated[str, Field(max_length=200, pattern=_NO_NUL), ONE_LINE]
Words = Annotated[str, Field(max_length=10_000, pattern=_NO_NUL), MANY_LINES]


class Fields(BaseModel):
    """Every field that some step takes. None or absent: not given."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    kind: Kind | None = None
    subject: Line | None = None
    urgency: Urgency | None = None
    title: Line | None = None
    matter: Words | None = None
    place_town: Line | None = None
    place: Line | None = None
    happened_at: Instant | None = None
    cause: Line | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    citizen_name: Line | None = None
    citizen_phone: Annotated[str, Field(max_length=40, pattern=_NO_NUL), ONE_LINE] | None = None
    confidential: bool | None = None
    lead_office_code: Line | None = None
    co_office_codes: list[Line] | None = None
    unit_code: Line | None = None
    reason: Words | None = None
    note: Words | None = None
    reason_code: ReturnReason | None = None
    boundary: Words | None = None
    suggested_office_code: Line | None = None
    done: Words | None = None
    public_answer: Words | None = None
    found_true: bool | None = None
    solved: bool | None = None
    citizen_answered: bool | None = None
    citizen_solved: bool | None = None
    citizen_satisfied: bool | None = None
    promised_at: Instant | None = None
    merged_into: Line | None = None
    instruction: Words | None = None
    task: Words | None = None
    due_at: Instant | None = None
    disposition: Disposition | None = None
    contact_way: ContactWay | None = None
    reached: bool | None = None
    contact_note: Words | None = None
    article: Line | None = None
    """Which version of which article the answer rests on; the knowledge base's own words."""


RESPONSIBLE = frozenset({"lead_office_code", "co_office_codes", "unit_code"})
"""The handling office: a citizen never sets it."""

MATTER = frozenset(
    {
        "kind", "subject", "urgency", "title", "matter", "place_town", "place", "happened_at", "cause", "latitude",
        "longitude", "citizen_name", "citizen_phone", "confidential",
    }
)  # fmt: skip
"""What the order says."""

ORDER_FIELDS = MATTER | RESPONSIBLE

_TAKES: dict[Step, frozenset[str]] = {
    Step.FILL_IN: ORDER_FIELDS,
    Step.ANSWER: MATTER | {"article"},
    Step.INVALIDATE: frozenset({"disposition"}),
    Step.REGISTER: ORDER_FIELDS,
    Step.DISPATCH: RESPONSIBLE | {"urgency"},
    Step.REDISPATCH: RESPONSIBLE | {"urgency"},
    Step.ADD_CO_OFFICES: frozenset({"task", "due_at"}),
    Step.REPLY: frozenset({"found_true", "solved"}),
    Step.SPLIT: frozenset({"urgency", "place_town", "place", "lead_office_code"}),
    Step.URGE: frozenset({"due_at"}),
    Step.CONTACT: frozenset({"contact_note"}),
    Step.LIFT_SECRECY: frozenset({"confidential"}),
}
"""Beside what the step asks for, and a reason."""


def fields_of(state: State, step: Step, role: Role) -> frozenset[str]:
    """The names that may come with `step`."""
    names = _TAKES.get(step, frozenset()) | {*TRANSITIONS[state][step].asks, "reason"}
    if step is Step.FILL_IN and state in ON_HAND:
        # The handling office of an order in progress is changed by redispatch, which notifies the offices.
        names -= RESPONSIBLE
    return names - RESPONSIBLE if role is Role.CITIZEN else names


def parse_fields(city: City, state: State, step: Step, role: Role, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, typed. A field that is None or "" is kept: it empties the order's.

    Raises BadInput naming each wrong field.
    """
    wrong = {
        name: f"“{STEPS[step]}”时不能填写{FIELDS.get(name, name)}。"
        for name in given.keys() - fields_of(state, step, role)
    }
    try:
        parsed = Fields.model_validate({name: value for name, value in given.items() if name not in wrong})
    except ValidationError as error:
        wrong |= {str(problem["loc"][0]): _complaint(problem) for problem in error.errors()}
        raise BadInput(fields=wrong) from None
    values = {name: getattr(parsed, name) for name in parsed.model_fields_set}
    if values.get("citizen_phone"):
        values["citizen_phone"] = plain_number(values["citizen_phone"])
    wrong |= _unknown_codes(city, values)
    wrong |= {name: f"请填写{FIELDS[name]}。" for name in TRANSITIONS[state][step].asks if is_empty(values.get(name))}
    if wrong:
        raise BadInput(fields=wrong)
    return values


def is_empty(value: object) -> bool:
    """Not filled in. False and 0 are answers."""
    return value is None or value == "" or value == []


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as JSON can hold them."""
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}


def _unknown_codes(city: City, values: Mapping[str, Any]) -> dict[str, str]:
    known: dict[str, Mapping[str, object]] = {
        "subject": city.subjects,
        "place_town": city.towns,
        "lead_office_code": city.offices,
        "suggested_office_code": city.offices,
        "unit_code": city.units,
    }
    wrong = {
        name: f"没有这个{FIELDS[name]}：{values[name]}。"
        for name, codes in known.items()
        if not is_empty(values.get(name)) and values[name] not in codes
    }
    for code in values.get("co_office_codes") or ():
        if code not in city.offices:
            wrong["co_office_codes"] = f"没有这个协办单位：{code}。"
    return wrong


def _complaint(problem: ErrorDetails) -> str:
    name = FIELDS.get(str(problem["loc"][0]), str(problem["loc"][0]))
    match problem["type"]:
        case "string_too_long":
            return f"{name}最多{problem['ctx']['max_length']}个字。"
        case "enum":
            return f"{name}只能从列出的选项中选择。"
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing":
            return f"{name}应为带时区的日期和时间。"
        case "out_of_bounds":
            return f"{name}应在{problem['ctx']['first']}年至{problem['ctx']['last']}年之间。"
        case "greater_than_equal" | "less_than_equal":
            return f"{name}超出了范围。"
        case _:
            return f"{name}的格式不对。"
