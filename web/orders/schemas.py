"""Work orders over the API: what is sent to fill one in or take a step, and what is shown of it."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from core.instants import Day, Whole
from dispatch.kinds import Channel, Kind, NoPlace, Urgency
from dispatch.orders.assignment_models import AssignmentPurpose, RecipientKind
from dispatch.orders.sorting import ListSort
from dispatch.orders.step_fields import Fields
from dispatch.orders.work_queues import WorkQueue
from dispatch.supervision.evasive import MarkKind
from dispatch.workflow import Role, State, Step
from telephony.agents.models import AgentPhone
from telephony.agents.state import AgentState
from web.agent_states import DeskState
from web.calls.schemas import CallSummary
from web.http.schemas import Code, Line, Message
from web.orders.crew_search_schemas import CrewSearchAnswer, UnitChoiceAnswer


class TakeStep(Fields):
    """Besides `version`, what the step asks for: see `open_steps` of the order."""

    version: Whole
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


class ClosedStep(Message):
    """A step of the order's state that the one who asks cannot take now."""

    step: Step
    name: str
    why: str
    """The one who takes it, or what it waits for; in Chinese."""


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
    no_place: NoPlace | None
    """Why there is none."""
    lead_office_code: str | None
    unit_code: str | None
    received_at: dt.datetime
    accept_due_at: dt.datetime | None
    contact_due_at: dt.datetime | None
    """First contact with the citizen (首次联系), since it was accepted."""
    contacted_at: dt.datetime | None
    finish_due_at: dt.datetime | None
    return_due_at: dt.datetime | None
    """By when the open return must be decided; None: none is open."""
    extension_until_at: dt.datetime | None
    """The date that the lead office asks for; None: it asks for none."""
    supervision_due_at: dt.datetime | None
    """By when the open supervision order must be answered; None: none is open."""
    closed_at: dt.datetime | None
    version: int
    step_count: int
    """How far its history goes."""


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


class AssignmentAnswer(Message):
    id: int
    recipient_kind: RecipientKind
    recipient_code: str
    purpose: AssignmentPurpose
    created_at: dt.datetime
    delivered_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    via: str | None
    withdrawn_at: dt.datetime | None
    calls: list[DispatchCallAnswer]


class MarkAnswer(Message):
    """What may be evasive in a reply; a person judges it."""

    kind: MarkKind
    name: str
    start: int
    """Of the passage in the public answer, in characters."""
    end: int
    text: str
    reason: str


class ReplyAnswer(Message):
    at: dt.datetime
    office_code: str | None
    unit_code: str | None
    actor_name: str
    done: str
    public_answer: str
    found_true: bool | None
    solved: bool | None
    marks: list[MarkAnswer]
    """Only for those who judge replies: coordinator, supervisor, leader."""


class Identity(StrEnum):
    """How much of the citizen this person is shown."""

    SHOWN = "shown"
    MASKED = "masked"
    """A stated reason shows it: POST /api/orders/{number}/identity."""
    KEPT = "kept"
    """No reason does: the citizen asked to stay unnamed, or this role needs no citizens."""
    UNSTATED = "unstated"
    """There is nothing to show."""


class InterestedAnswer(Message):
    """Another citizen who waits for the order, because their own was merged into it."""

    number: str
    """Of the follower's own order."""
    version: int
    """Of the follower's own order, which the notification must name."""
    channel: Channel
    """Of the follower's own order."""
    name: str
    phone: str
    """Mostly masked; empty: withheld or hidden."""
    hidden: bool
    received_at: dt.datetime
    notified_at: dt.datetime | None
    can_notify: bool


class PartAnswer(Message):
    """A co-handling office's share (协办)."""

    office_code: str
    task: str
    """Empty: the matter as a whole."""
    due_at: dt.datetime | None
    """Its own limit; None: the order is not dispatched."""
    answered_at: dt.datetime | None
    answered_by: str
    answer: str


class OrderAnswer(OrderSummary):
    former_system: str | None
    """The system that finished it before this one; None: our own order."""
    former_number: str | None
    """Its number there."""
    matter: str
    happened_at: dt.datetime | None
    cause: str
    latitude: float | None
    longitude: float | None
    citizen_name: str
    citizen_phone: str
    """Both masked, unless `identity` is `shown`."""
    identity: Identity
    covered: list[str]
    """Fields that are not shown as they are stored: sent back as they were read, they would overwrite it."""
    confidential: bool
    co_office_codes: list[str]
    parts: list[PartAnswer]
    public_answer: str
    finish_expected_at: dt.datetime | None
    promised_at: dt.datetime | None
    accepted_at: dt.datetime | None
    replied_at: dt.datetime | None
    registered_at: dt.datetime | None
    open_steps: list[OpenStep]
    """What the one who asks may do next."""
    closed_steps: list[ClosedStep]
    """What else may be done with the order as it stands, and why not by this person."""
    replies: list[ReplyAnswer]
    """Oldest first."""
    history: list[HistoryAnswer]
    assignments: list[AssignmentAnswer]
    calls: list[CallSummary]
    unit_choice: list[UnitChoiceAnswer]
    """How the crews stood when one was chosen; only for those who see the whole line, like the next."""
    crew_searches: list[CrewSearchAnswer]
    """Until somebody took it: oldest first."""
    interested: list[InterestedAnswer]
    """Oldest first."""
    merged_into: str | None
    split_from: str | None
    split_off: list[str]
    """Oldest first."""


class OrdersQuery(Message):
    q: Line = ""
    """Words to find, in Chinese or otherwise; an order's number too."""
    state: State | None = None
    open: bool = False
    """Only those that are not closed, merged or invalid."""
    waiting: WorkQueue | None = None
    """Only those that wait for this."""
    kind: Kind | None = None
    urgency: Urgency | None = None
    channel: Channel | None = None
    subject: Code | None = None
    town: Code | None = None
    first: Day | None = None
    """Received on this day of the city or later."""
    last: Day | None = None
    """Received on this day of the city or before."""
    office: Code | None = None
    """Leads or helps."""
    unit: Code | None = None
    sort: ListSort | None = None
    """None: what waits for something by its limit, all else newest first."""
    after: Line | None = None
    """The `next` of the page before."""
    before: Line | None = None
    """The `previous` of the page after; `after` goes first."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as it stands in an address, without the place in the list."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"after", "before", "limit"})


class OrdersAnswer(Message):
    orders: list[OrderSummary]
    next: str | None
    """`after` of the next page; None: this was the last."""
    previous: str | None
    """`before` of the page before; None: this was the first."""


class InboxItem(Message):
    id: int
    """Of the assignment: acknowledge this."""
    purpose: AssignmentPurpose
    created_at: dt.datetime
    acknowledged_at: dt.datetime | None
    order: OrderSummary


class InboxQuery(Message):
    all: bool = False
    """Also what was acknowledged or withdrawn."""


class InboxAnswer(Message):
    assignments: list[InboxItem]


class DeskAnswer(Message):
    agent_state: AgentState
    call: CallSummary | None
    """The call on this agent's telephone now."""
    order: OrderAnswer | None
    """The order that it began."""
    state: DeskState
    """The agent's activity: the state that the agent set, or the call at the telephone."""
    reason: str
    since: dt.datetime | None
    until: dt.datetime | None
    """When after-call work ends by itself."""
    phone: AgentPhone
    phone_away: bool
    """The pause is ours: the telephone is not there, and the agent is ready again when it is."""
    linkedid: str | None
    """The call at the telephone; in after-call work the one that it is about."""


class DeskPhoneAnswer(Message):
    extension: str
    account: str
    """The SIP account of the agent's telephone in the browser."""
    domain: str
    socket: str
    """Path of the WebSocket that speaks SIP with the exchange, for this session's account only."""
    display_name: str
