"""The crew's page over the API: what its phone shows and keeps, and what it sends."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from core.instants import Instant
from core.texts.lines import ONE_LINE
from dispatch.crews.models import CrewActionState
from dispatch.crews.rules import UnitStatus
from dispatch.jobs.crew_outbox import CrewActionKind
from dispatch.kinds import Urgency
from dispatch.orders.step_fields import Words
from dispatch.workflow import State
from web.http.schemas import Line, Message

ClientId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class VoiceNote(Message):
    person: str
    received_at: dt.datetime
    words: str
    """What was heard, with a warning where the model is for demonstration; or why nothing is there."""
    address: str
    """Empty: closed to this crew."""


class CrewOrder(Message):
    """One order as it is read at a glance, also without network."""

    number: str
    title: str
    matter: str
    kind: str
    urgency: Urgency
    state: State
    state_name: str
    place: str
    latitude: float | None
    longitude: float | None
    position_of: str
    """The village, road or town whose position this is, where nobody gave the order's own; empty: somebody did."""
    citizen: str
    """Masked name, or why there is none."""
    phones: list[str]
    """The citizen's numbers, masked, in their order; empty: none that this crew may call."""
    due_name: str
    due_at: dt.datetime | None
    lamp: str
    due_words: str
    assigned_at: dt.datetime
    new: bool
    """Nobody of the crew has acknowledged it."""
    trade: str
    """Of the matter; empty: nobody has to go by its subject."""
    came_back: str
    """Why the latest reply came back; empty: it did not."""
    photos: list[str]
    """Addresses."""
    photo_wanted: bool
    """The city wants to see the work on a photo, and there is none yet."""
    voices: list[VoiceNote]


class PhraseAnswer(Message):
    trade: str
    """Empty: for every matter."""
    done: str
    public_answer: str


class OwnPosition(Message):
    taken_at: dt.datetime
    accuracy_metres: float
    fresh: bool


class CrewAnswer(Message):
    at: dt.datetime
    unit: str
    person: str
    on_shift: bool
    """This person."""
    people: list[str]
    status: UnitStatus
    status_name: str
    since: dt.datetime | None
    minutes_over: int | None
    active: str | None
    """Number of the order to which this status belongs."""
    position: OwnPosition | None
    position_every_seconds: int
    orders: list[CrewOrder]
    phrases: list[PhraseAnswer]
    cannot_go: list[str]
    largest_photo_bytes: int
    """A larger photo is drawn smaller on the phone before it is sent; 0: no photo is changed there."""
    web_push_key: str
    reminder_trouble: str = ""
    """Why the latest reminder did not get to one of this account's browsers; empty: none was refused."""
    """The installation's public VAPID key; empty: there is none, and there are no notifications with the page closed.
    """


class CrewActionBody(Message):
    id: ClientId
    """Made by the phone: sent again, it is taken once."""
    action: CrewActionKind
    done_at: Instant
    order: Line | None = None
    note: Words | None = None
    done: Words | None = None
    public_answer: Words | None = None
    solved: bool | None = None


class CrewActionAnswer(Message):
    state: CrewActionState
    reason: str


class FixBody(Message):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    accuracy_metres: Annotated[float, Field(ge=0, le=1_000_000)]
    taken_at: Instant


class PositionsBody(Message):
    fixes: Annotated[list[FixBody], Field(max_length=500)]


class BrowserKeys(Message):
    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]{80,100}$")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_=-]{20,30}$")]


class SubscriptionBody(Message):
    """A browser's PushSubscription as it says it itself."""

    endpoint: Annotated[str, Field(max_length=1000, pattern=r"^https://"), ONE_LINE]
    keys: BrowserKeys
    expirationTime: float | None = None


class PositionsAnswer(Message):
    stored: int
