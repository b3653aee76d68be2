"""Every field that some step takes, with its type. Which step takes which is in the steps' records (dispatch.steps)."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.instants import Instant
from core.texts.lines import MANY_LINES, ONE_LINE
from dispatch.kinds import ContactWay, Disposition, Kind, NoPlace, ReturnReason, Urgency

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
    no_place: NoPlace | None = None
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
    addition: Words | None = None
    message: Line | None = None
    separate: bool | None = None
    article: Line | None = None
    """Which version of which article the answer rests on; the knowledge base's own words."""


TEXTS = frozenset(
    {
        "reason",
        "note",
        "boundary",
        "done",
        "public_answer",
        "instruction",
        "task",
        "contact_note",
        "addition",
        "message",
    }
)
"""What is said with a step in a person's own words."""

RESPONSIBLE = frozenset({"lead_office_code", "co_office_codes", "unit_code"})
"""The handling office: a citizen never sets it."""

MATTER = frozenset(
    {
        "kind", "subject", "urgency", "title", "matter", "place_town", "place", "no_place", "happened_at", "cause",
        "latitude", "longitude", "citizen_name", "citizen_phone", "confidential",
    }
)  # fmt: skip
"""What the order says."""

ORDER_FIELDS = MATTER | RESPONSIBLE


def is_empty(value: object) -> bool:
    """Not filled in. False and 0 are answers."""
    return value is None or value == "" or value == []


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as JSON can hold them."""
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}
