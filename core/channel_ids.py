"""Unique ids that we give to channels of our own making: made and parsed here, and nowhere else. Pure.

Asterisk keeps the id that a channel is originated with, and names the call after its first channel. So a call's
`linkedid` alone says why it was made, even when the process that made it has died meanwhile.
"""

import re
from enum import StrEnum
from typing import NamedTuple
from uuid import uuid4


class ChannelUse(StrEnum):
    """What a channel of ours is for; its id begins with this word and a hyphen."""

    CREW_CALL = "dispatch"
    """`dispatch-<assignment>-<attempt>`: a crew is called about an order."""
    CALL_OUT = "out"
    """`out-<command>`: an agent, crew or office calls somebody about an order."""
    CALLBACK = "out-callback"
    """`out-callback-<callback>-<attempt>`: an agent calls back who asked for it."""
    SPY = "spy"
    """`spy-<command>`: a supervisor listens to another call."""
    PRACTICE = "practice"
    """`practice-<run>`: an agent practises."""
    REACHABILITY_CHECK = "reachability"
    """`reachability-<check>-<attempt>`: a crew's telephone is tested."""
    GUEST = "guest"
    """`guest-<command>-<linkedid>`: a third party is called into a conversation that goes on under its own linkedid."""
    QUESTION = "ask"
    """`ask-<hex>`: the exchange is asked whether a number may be dialled. Nobody's call."""

    @property
    def prefix(self) -> str:
        return f"{self}-"


class ChannelId(NamedTuple):
    """A channel's id, taken apart."""

    use: ChannelUse
    number: int
    """Of the row for which the channel was made: the assignment, command, run, test or call-back."""
    attempt: int | None = None
    """From 1; None where there is only one."""
    call: str = ""
    """Of a guest: the linkedid of the conversation."""


_NUMBERED = re.compile(r"(?P<number>[0-9]{1,18})(-(?P<attempt>[0-9]{1,6}))?")
_GUEST = re.compile(r"(?P<number>[0-9]+)-(?P<call>.+)")
_ATTEMPTED = frozenset({ChannelUse.CREW_CALL, ChannelUse.CALLBACK, ChannelUse.REACHABILITY_CHECK})
_LONGEST_FIRST = sorted(ChannelUse, key=len, reverse=True)


def crew_call_id(assignment_id: int, attempt: int) -> str:
    return f"{ChannelUse.CREW_CALL.prefix}{assignment_id}-{attempt}"


def call_out_id(command_id: int) -> str:
    return f"{ChannelUse.CALL_OUT.prefix}{command_id}"


def callback_id(callback: int, attempt: int) -> str:
    return f"{ChannelUse.CALLBACK.prefix}{callback}-{attempt}"


def spy_id(command_id: int) -> str:
    return f"{ChannelUse.SPY.prefix}{command_id}"


def practice_id(run_id: int) -> str:
    return f"{ChannelUse.PRACTICE.prefix}{run_id}"


def reachability_check_id(check_id: int, attempt: int = 1) -> str:
    return f"{ChannelUse.REACHABILITY_CHECK.prefix}{check_id}-{attempt}"


def guest_id(command_id: int, linkedid: str) -> str:
    return f"{ChannelUse.GUEST.prefix}{command_id}-{linkedid}"


def question_id() -> str:
    """A new one each time."""
    return f"{ChannelUse.QUESTION.prefix}{uuid4().hex}"


def use_of(channel_id: str) -> ChannelUse | None:
    """By the first word alone; None: a channel that the exchange named itself."""
    return next((use for use in _LONGEST_FIRST if channel_id.startswith(use.prefix)), None)


def parse_channel_id(channel_id: str) -> ChannelId | None:
    """None: not made here, or a question, which has no number."""
    use = use_of(channel_id)
    if use is None:
        return None
    rest = channel_id.removeprefix(use.prefix)
    if use is ChannelUse.GUEST:
        guest = _GUEST.fullmatch(rest)
        return ChannelId(use, int(guest["number"]), call=guest["call"]) if guest else None
    found = _NUMBERED.fullmatch(rest)
    if found is None or (found["attempt"] is not None) is not (use in _ATTEMPTED):
        return None
    return ChannelId(use, int(found["number"]), int(found["attempt"]) if found["attempt"] else None)


def call_of(linkedid: str) -> str:
    """The call that a channel's linkedid belongs to. Asterisk gives a channel that joins a room a linkedid of its own
    (its uniqueid), and never merges them: the id that we gave it says whose guest it is."""
    if not linkedid.startswith(ChannelUse.GUEST.prefix):
        return linkedid
    guest = parse_channel_id(linkedid)
    return guest.call if guest else linkedid


def is_guest(channel_id: str) -> bool:
    """Whether we called this channel into a citizen's conversation (telephony.control.conference)."""
    return channel_id.startswith(ChannelUse.GUEST.prefix)


def is_question(channel_id: str) -> bool:
    """No call: the desk asked the exchange something (telephony.control.placed_calls.PlacedCalls.ask_to_dial)."""
    return channel_id.startswith(ChannelUse.QUESTION.prefix)
