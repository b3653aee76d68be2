"""What goes over the API: bodies, queries and answers. Instants carry their zone; field names are the rows'."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dispatch.filling import Fields
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.models import CallPurpose, PushPurpose, RecipientKind
from dispatch.workflow import Role, State, Step
from recordings.models import RecordingPart, RecordingState, Speaker, TranscriptState
from telephony.picture import CallState, Direction, LegRole, Outcome

Line = Annotated[str, Field(max_length=200)]
Code = Annotated[str, Field(max_length=64)]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Message):
    """What went wrong (RFC 9457), as `application/problem+json`."""

    type: str = "about:blank"
    status: int
    title: str
    slug: str
    """Stable, for programs."""
    detail: str
    """For people, in Chinese."""
    fields: dict[str, str] = {}
    """Field → what is wrong with it."""


class Done(Message):
    ok: Literal[True] = True


# Who


class SignIn(Message):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class MeAnswer(Message):
    name: str
    display_name: str
    role: Role
    extension: str | None
    office_code: str | None
    unit_code: str | None


class SessionAnswer(Message):
    token: str
    """For `Authorization: Bearer …`; told once."""
    expires_at: dt.datetime
    me: MeAnswer


# Calls


class LegAnswer(Message):
    uniqueid: str
    endpoint: str
    role: LegRole
    started_at: dt.datetime
    connected_at: dt.datetime | None
    ended_at: dt.datetime | None
    hangup_cause: int | None


class WordAnswer(BaseModel):
    word: str
    start: float
    end: float
    confidence: float


class SegmentAnswer(Message):
    speaker: Speaker
    start_seconds: float
    end_seconds: float
    text: str
    confidence: float
    words: list[WordAnswer]


class TranscriptAnswer(Message):
    state: TranscriptState
    reason: str | None
    model: str | None
    made_at: dt.datetime | None
    text: str
    segments: list[SegmentAnswer]


class RecordingAnswer(Message):
    id: int
    part: RecordingPart
    state: RecordingState
    reason: str | None
    started_at: dt.datetime
    duration_seconds: float | None
    sha256: str | None
    size_bytes: int | None
    audio: str | None
    """Address of the sound; None while there is none."""
    transcript: TranscriptAnswer | None


class OrderLink(Message):
    number: str
    title: str
    state: State
    purpose: CallPurpose


class CallSummary(Message):
    linkedid: str
    direction: Direction
    state: CallState
    outcome: Outcome | None
    caller_number: str
    """Masked for those who need not know it; empty: withheld."""
    started_at: dt.datetime
    queued_at: dt.datetime | None
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    answered_by: str | None
    orders: list[OrderLink]


class CallAnswer(CallSummary):
    called_number: str
    hangup_cause: int | None
    legs: list[LegAnswer]
    recordings: list[RecordingAnswer]


class CallsQuery(Message):
    live: bool = False
    """Only calls that go on now."""
    outcome: Outcome | None = None
    direction: Direction | None = None
    before: AwareDatetime | None = None
    """Only calls that began before this instant: the `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CallsAnswer(Message):
    calls: list[CallSummary]
    next: dt.datetime | None
    """`before` of the next page; None: this was the last."""


# Orders


class TakeStep(Fields):
    """Besides `version`, what the step asks for: see `open_steps` of the order."""

    version: int
    """Of the order as it was read: somebody else's change meanwhile is a conflict (409)."""


class OpenStep(Message):
    step: Step
    name: str
    asks: list[str]
    """Fields that must come with it."""
    takes: list[str]
    """Fields that may come with it."""
    missing: list[str]
    """Fields of the order that are still empty and must not be."""


class OrderSummary(Message):
    number: str
    channel: Channel
    state: State
    state_name: str
    kind: Kind | None
    subject: str | None
    urgency: Urgency
    title: str
    place_town: str | None
    place: str
    lead_office_code: str | None
    unit_code: str | None
    received_at: dt.datetime
    accept_due_at: dt.datetime | None
    finish_due_at: dt.datetime | None
    closed_at: dt.datetime | None
    version: int


class HistoryAnswer(Message):
    seq: int
    at: dt.datetime
    step: Step
    from_state: State | None
    to_state: State
    actor_role: Role
    actor_name: str
    reason: str
    details: dict[str, Any]


class DispatchCallAnswer(Message):
    attempt: int
    state: str
    at: dt.datetime
    ended_at: dt.datetime | None
    result: str
    linkedid: str


class PushAnswer(Message):
    id: int
    recipient_kind: RecipientKind
    recipient_code: str
    purpose: PushPurpose
    created_at: dt.datetime
    delivered_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    via: str | None
    withdrawn_at: dt.datetime | None
    calls: list[DispatchCallAnswer]


class OrderAnswer(OrderSummary):
    matter: str
    latitude: float | None
    longitude: float | None
    citizen_name: str
    citizen_phone: str
    confidential: bool
    co_office_codes: list[str]
    public_answer: str
    finish_expected_at: dt.datetime | None
    promised_at: dt.datetime | None
    accepted_at: dt.datetime | None
    replied_at: dt.datetime | None
    registered_at: dt.datetime | None
    open_steps: list[OpenStep]
    """What the one who asks may do next."""
    history: list[HistoryAnswer]
    pushes: list[PushAnswer]
    calls: list[CallSummary]


class OrdersQuery(Message):
    q: Line = ""
    """Words to find, in Chinese or otherwise; an order's number too."""
    state: State | None = None
    open: bool = False
    """Only those that are not closed, merged or invalid."""
    kind: Kind | None = None
    urgency: Urgency | None = None
    office: Code | None = None
    """Leads or helps."""
    unit: Code | None = None
    after: Line | None = None
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class OrdersAnswer(Message):
    orders: list[OrderSummary]
    next: str | None
    """`after` of the next page; None: this was the last."""


# Inbox


class InboxItem(Message):
    id: int
    """Of the push: acknowledge this."""
    purpose: PushPurpose
    created_at: dt.datetime
    acknowledged_at: dt.datetime | None
    order: OrderSummary


class InboxQuery(Message):
    all: bool = False
    """Also what was acknowledged or withdrawn."""


class InboxAnswer(Message):
    pushes: list[InboxItem]


# Recordings, agents, desk


class SearchQuery(Message):
    q: Annotated[str, Field(min_length=1, max_length=100)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Hit(Message):
    recording_id: int
    linkedid: str
    started_at: dt.datetime
    order: str | None
    """Number of the order that the call began."""
    speaker: Speaker | None
    start_seconds: float | None
    text: str
    """The first segment with the words; the transcript's beginning when they run over two."""


class HitsAnswer(Message):
    hits: list[Hit]


class PeaksAnswer(Message):
    duration_seconds: float
    channels: list[list[float]]
    """Loudest sample of each slice, 0 to 1; far side first."""


class AgentWish(Message):
    state: Literal["ready", "paused", "offline"]
    reason: Line = ""


class DeskAnswer(Message):
    agent_state: str
    """offline, ready, paused."""
    call: CallSummary | None
    """The call on this agent's telephone now."""
    order: OrderAnswer | None
    """The order that it began."""


class Health(Message):
    status: Literal["ok"] = "ok"
    database: bool = True
    live: bool = True
    """Whether changes reach the screens at once."""
