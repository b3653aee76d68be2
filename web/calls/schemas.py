"""Calls over the API, with their legs, recordings and transcripts."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field

from core.instants import Day, Instant
from core.texts.lines import ONE_LINE
from dispatch.orders.models import CallPurpose
from dispatch.workflow import State
from recordings.models import RecordingPart, RecordingState, Speaker, TranscriptState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from web.http.schemas import Line, Message


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


class RepairAnswer(BaseModel):
    heard: str
    name: str
    first_word: int
    words: int
    cost: float


class SegmentAnswer(Message):
    speaker: Speaker
    start_seconds: float
    end_seconds: float
    text: str
    confidence: float
    words: list[WordAnswer]
    """As heard."""
    repairs: list[RepairAnswer]
    """Local names in `text` that were heard as other words."""


class TranscriptAnswer(Message):
    state: TranscriptState
    reason: str | None
    model: str | None
    demo_model: bool
    """Made by a model that learnt from synthetic voices: for demonstration only."""
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
    survey_key: str | None
    """What the citizen pressed at the end, 1 to 5."""
    legs: list[LegAnswer]
    recordings: list[RecordingAnswer]


class CallsQuery(Message):
    q: Line = ""
    """A telephone number or its last four digits, an order's number, an agent's name or extension, or what was
    said."""
    first: Day | None = None
    """Began on this day of the city or later."""
    last: Day | None = None
    live: bool = False
    """Only calls that go on now."""
    outcome: Outcome | None = None
    direction: Direction | None = None
    before: Instant | None = None
    """Only calls that began before this instant."""
    after: Annotated[str, Field(max_length=200), ONE_LINE] = ""
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CallsAnswer(Message):
    calls: list[CallSummary]
    next: str | None
    """`after` of the next page; None: this was the last."""
