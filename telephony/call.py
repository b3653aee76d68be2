"""The life of one call, decided from Asterisk's facts: one pure machine per `linkedid`."""

from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"
    """A citizen calls the line."""
    DISPATCH = "dispatch"
    """We call a crew or an office about an order."""
    OUTBOUND = "outbound"
    """An agent calls out."""
    INTERNAL = "internal"
    """Between our own extensions."""


class CallState(StrEnum):
    ARRIVING = "arriving"
    """The PBX has it: greeting, or our call rings at the far end."""
    QUEUED = "queued"
    RINGING = "ringing"
    """In the queue, and at least one agent's phone rings."""
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
    FAILED = "failed"


class LegRole(StrEnum):
    CITIZEN = "citizen"
    AGENT = "agent"
    UNIT = "unit"
    OUTSIDE = "outside"
    """110/119/120 or another number reached through the trunk."""
    MACHINE = "machine"
    """Local channels and the like."""
