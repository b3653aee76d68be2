"""What a call looks like at one moment: the words and frozen pictures that telephony.calls.call works on."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Direction(StrEnum):
    INBOUND = "inbound"
    """A citizen calls the line."""
    DISPATCH = "dispatch"
    """We call a crew or an office about an order."""
    OUTBOUND = "outbound"
    """An agent calls out."""
    INTERNAL = "internal"
    """Between our own extensions: a colleague, a crew, an office."""
    PROBE = "probe"
    """The probe rings the line to hear whether it is answered: no order, no recording, no figure."""
    SPY = "spy"
    """A supervisor listens to another call: no order, no recording, no figure. A CallCommand records the listener and
    the call.
    """
    PRACTICE = "practice"
    """An agent practises with sentences that are played: no order, no recording, no figure. What came of it is a
    PracticeRun."""
    REACHABILITY = "reachability"
    """We ring a crew to see whether its telephone is answered: no order, no recording, no figure. What came of it is a
    ReachabilityCheck."""


APART = frozenset({Direction.PROBE, Direction.SPY, Direction.PRACTICE, Direction.REACHABILITY})
"""In no list and no figure."""


class CallState(StrEnum):
    ARRIVING = "arriving"
    """The PBX has it: greeting, or our call rings at the far end."""
    QUEUED = "queued"
    """Waits; for the second time where a transfer came to nothing."""
    RINGING = "ringing"
    """At least one agent's phone rings for the one who waits."""
    TALKING = "talking"
    LEAVING_MESSAGE = "leaving_message"
    ENDED = "ended"


class Outcome(StrEnum):
    """Disjoint, decided once at the end."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    MESSAGE_LEFT = "message_left"
    CALLBACK_ASKED = "callback_asked"
    TRANSFERRED_OUT = "transferred_out"
    BLOCKED = "blocked"
    """The caller's number is on the block list, and the key for an emergency was not pressed."""
    FAILED = "failed"


class LegRole(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    UNIT = "unit"
    OUTSIDE = "outside"
    """110/119/120 or another number reached through the trunk."""
    MACHINE = "machine"
    """Local channels and the like."""


class Happening(StrEnum):
    """What others may act on. Delivered at least once, in order; acting twice must do no harm."""

    ARRIVED = "arrived"
    QUEUED = "queued"
    RANG = "rang"
    """An agent's phone began to ring."""
    ANSWERED = "answered"
    """First connection with a person."""
    ENDED = "ended"
    DIAL_REFUSED = "dial_refused"
    """The exchange did not dial what the rule of numbers does not allow."""
    DIAL_LIMITED = "dial_limited"
    """Nor what was one call too many for one extension in a day."""
    CONTACT_REFUSED = "contact_refused"
    """Nor did it ring a telephone of ours that is registered elsewhere than at itself."""


class HappeningAt(NamedTuple):
    what: Happening
    at: dt.datetime
    detail: str = ""
    """Of rang and answered: the endpoint; of ended: the outcome; of dial_…: the extension, and digits or count."""

    @property
    def key(self) -> str:
        """One and the same happening has one key, however often it is delivered."""
        return f"{self.what}@{self.at.timestamp():.6f}:{self.detail}"


class LegPicture(NamedTuple):
    uniqueid: str
    channel: str
    endpoint: str
    role: LegRole
    started_at: dt.datetime
    answered_at: dt.datetime | None = None
    connected_at: dt.datetime | None = None
    citizen_at: dt.datetime | None = None
    """When it was first in a bridge with the citizen."""
    ended_at: dt.datetime | None = None
    hangup_cause: int | None = None
    hung_up_itself: bool = False
    number: str = ""
    """As it was dialled, of a third who was called into a room."""
    recording: "RecordingPicture | None" = None
    """Of a consultation."""


class RecordingPicture(NamedTuple):
    """Audio files that Asterisk began to write."""

    uniqueid: str
    stem: str
    """Path without `-rx.wav`, `-tx.wav`, relative to Asterisk's recording folder."""
    started_at: dt.datetime


class CallPicture(NamedTuple):
    linkedid: str
    direction: Direction
    state: CallState
    started_at: dt.datetime
    caller_number: str = ""
    caller_name: str = ""
    called_number: str = ""
    legs: Mapping[str, LegPicture] = MappingProxyType({})
    """By uniqueid, in order of appearance."""
    bridges: Mapping[str, frozenset[str]] = MappingProxyType({})
    """Uniqueids of the legs inside, by the bridge's id."""
    recording: RecordingPicture | None = None
    message_stem: str = ""
    message_started_at: dt.datetime | None = None
    message_ended_at: dt.datetime | None = None
    callback_number: str = ""
    transferred_to: str = ""
    blocked: bool = False
    """The dialplan found the caller on the block list; no longer once the key for an emergency was pressed."""
    survey_asked_at: dt.datetime | None = None
    """When the agent had hung up first and the citizen was asked how it was."""
    survey_key: str = ""
    """1 (very dissatisfied) to 5, pressed after the conversation."""
    queued_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    answered_by: str = ""
    ended_at: dt.datetime | None = None
    outcome: Outcome | None = None

    @property
    def first_leg(self) -> LegPicture:
        """The leg of the caller, or of the person called; while that is unknown, the first leg seen."""
        return self.legs.get(self.linkedid) or next(iter(self.legs.values()))

    @property
    def living(self) -> tuple[LegPicture, ...]:
        return tuple(leg for leg in self.legs.values() if leg.ended_at is None)
