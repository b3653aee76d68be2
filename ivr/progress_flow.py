"""The status of an order, for a caller who waits in the queue and has pressed `*`. Data, and its spoken parts."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from ivr.flows import AskDigits, End, Fetch, Fetched, Flow, Pause, Recorded, Say, Slot, Spelled, Spoken
from ivr.voice.saying import say_time

TRIES = 3
DIGIT_SECONDS = 5.0
MOST_DIGITS = 18
"""Eight of the day, up to nine of the sequence, one to check."""


class ProgressResult(StrEnum):
    """How the talk ended; the caller goes back to the queue after each but a hang-up."""

    SAID = "said"
    NOT_SAID = "not_said"
    HUNG_UP = "hung_up"
    FAILED = "failed"


class NoOrderFound(StrEnum):
    MISTYPED = "mistyped"
    """The check digit, or the form."""
    UNKNOWN = "unknown"


PROGRESS_FLOW = Flow(
    name="progress",
    first="ask",
    nodes={
        "ask": AskDigits(
            (Recorded("enter-order-number"),),
            name="number",
            most_digits=MOST_DIGITS,
            seconds=DIGIT_SECONDS,
            then="find",
            no_key="nothing",
            most=TRIES,
            after_most="back",
        ),
        "find": Fetch(
            "number", cases={"found": "say", NoOrderFound.MISTYPED: "mistyped", NoOrderFound.UNKNOWN: "unknown"}
        ),
        "mistyped": Say((Recorded("order-number-wrong"), Pause(0.2)), then="ask"),
        "unknown": Say((Recorded("order-not-found"), Pause(0.2)), then="ask"),
        "nothing": Say((Recorded("not-understood"), Pause(0.2)), then="ask"),
        "say": Say((Slot("progress"), Pause(0.5)), then="back", result=ProgressResult.SAID),
        "back": Say((Recorded("back-to-queue"),), then="end", result=ProgressResult.NOT_SAID),
        "end": End(),
    },
)


@dataclass(frozen=True)
class OrderProgress:
    """All that a caller who knows the number hears. Never a name, a place or the matter."""

    number: str
    state: str
    """Of the recorded piece `state-…`, e.g. `in-progress`."""
    due_at: dt.datetime | None
    """The limit; None: there is none any more."""


FindProgress = Callable[[str], Awaitable[OrderProgress | NoOrderFound]]
"""From the keys as they were pressed. Raises HotlineError when it cannot be known now."""


def say_progress(found: OrderProgress | NoOrderFound, now: dt.datetime) -> Fetched:
    """What was found, as the flow's event."""
    if isinstance(found, NoOrderFound):
        return Fetched(found)
    said: list[Spoken] = [Recorded("order-number"), Pause(0.15), Spelled(found.number), Pause(0.4)]
    said += [Recorded("order-status"), Pause(0.15), Recorded(f"state-{found.state}")]
    if found.due_at is not None:
        said += [Pause(0.4), Recorded("deadline"), Pause(0.15), *say_time(found.due_at, now), Recorded("before")]
    return Fetched("found", {"progress": tuple(said)})
