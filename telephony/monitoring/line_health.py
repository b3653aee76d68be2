"""What the probe has seen of the line, and whether a citizen who calls now would be answered. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telephony.agents.state import AgentState
from telephony.ami.status import ManagerState
from telephony.control.rows import AWAY, QueueMember
from telephony.monitoring.greeting import GreetingMatch
from telephony.monitoring.roster import Required
from telephony.trouble_kinds import TroubleKind

GREETING_SCORE = 0.7
"""How much of the greeting must be heard."""
STALE_SECONDS = 15.0
"""A line process says that it lives every few seconds (hotline.monitoring.heartbeat)."""
CEL_LATE_SECONDS = 60.0


INCIDENTS = frozenset(
    {
        TroubleKind.LINE_FULL,
        TroubleKind.GUESSING_PHONES,
        TroubleKind.GUESSING_SIGN_IN,
        TroubleKind.TOLL_FRAUD,
        TroubleKind.MASS_DISCLOSURES,
        TroubleKind.REPORTER_NAMED,
        TroubleKind.RECORDING_STOPPED,
        TroubleKind.FORGED_RECORDS,
        TroubleKind.STUMBLED,
    }
)
"""Moments that somebody noticed (telephony.monitoring.incidents); the others end once a round no longer meets them."""

FOUND_BY_THE_LINE = frozenset({TroubleKind.NOT_REGISTERED})
"""What the line process itself looks at every few seconds (hotline.monitoring.registration), also where no probe runs.
These end once its check no longer meets them."""


@dataclass(frozen=True)
class Trouble:
    kind: TroubleKind
    detail: str
    """A plain sentence."""


@dataclass(frozen=True)
class RingResult:
    """One call of the probe."""

    answer_seconds: float | None
    """From dialling; None: not answered, and `failure` says why."""
    failure: str = ""
    greeting: GreetingMatch | None = None


@dataclass(frozen=True)
class Heart:
    """The last sign of life of a line process."""

    manager_state: ManagerState
    detail: str
    seen_at: dt.datetime
    cel_read_at: dt.datetime | None


@dataclass(frozen=True)
class Seen:
    """All that one round saw."""

    at: dt.datetime
    ring_result: RingResult
    ready: tuple[str, ...] | None
    """Agents' extensions; None: the PBX could not be asked, and `queue_failure` says why."""
    required: Required
    heart: Heart | None
    """None: no line process has ever been there."""
    queue_failure: str = ""
    database_failure: str = ""
    """Why heart and roster could not be read."""


def ready_agents(members: Sequence[QueueMember]) -> tuple[str, ...]:
    """Agents who take calls, or will after the present one: signed in, with a phone, not on a break."""
    there = [
        member
        for member in members
        if member.state not in AWAY and (not member.paused or member.paused_reason == AgentState.AFTER_CALL_WORK)
    ]
    return tuple(sorted({member.endpoint.removesuffix("-web") for member in there}))


def judge(seen: Seen) -> tuple[Trouble, ...]:
    """What is wrong; empty: a call now is answered."""
    return (*_ringing(seen.ring_result), *_agents(seen), *_line(seen))


class HeartFault(StrEnum):
    """Why a line process does not do its work."""

    NEVER = "never"
    """None has ever been there."""
    SILENT = "silent"
    NOT_LOGGED_IN = "not_logged_in"
    """Not at the manager interface of the PBX."""
    NOT_READING = "not_reading"
    """It does not read what the PBX writes about calls, or the PBX cannot write it."""


def heart_fault(heart: Heart | None, at: dt.datetime) -> HeartFault | None:
    """None: it does its work."""
    if heart is None:
        return HeartFault.NEVER
    if (at - heart.seen_at).total_seconds() > STALE_SECONDS:
        return HeartFault.SILENT
    if heart.manager_state is not ManagerState.CONNECTED:
        return HeartFault.NOT_LOGGED_IN
    if heart.cel_read_at is None or (at - heart.cel_read_at).total_seconds() > CEL_LATE_SECONDS:
        return HeartFault.NOT_READING
    return None


def heart_trouble(heart: Heart | None, at: dt.datetime) -> str:
    """The same as a plain sentence for operators; empty: it does its work."""
    fault = heart_fault(heart, at)
    if heart is None:
        return "no line process has ever been there"
    match fault:
        case HeartFault.SILENT:
            return f"the line process has not been heard of for {(at - heart.seen_at).total_seconds():.0f} s"
        case HeartFault.NOT_LOGGED_IN:
            return f"the line process is not logged in to the PBX ({heart.manager_state}): {heart.detail}"
        case HeartFault.NOT_READING:
            return (
                "the line process does not read what the PBX writes about calls, or the PBX cannot write it "
                "(disk full?)"
            )
    return ""


def _ringing(ring_result: RingResult) -> list[Trouble]:
    if ring_result.answer_seconds is None:
        return [Trouble(TroubleKind.NOT_ANSWERED, f"the PBX did not answer: {ring_result.failure}")]
    greeting = ring_result.greeting
    if greeting is None or greeting.silent:
        return [Trouble(TroubleKind.GREETING_SILENT, "the PBX answered, but nothing was to be heard")]
    if greeting.score < GREETING_SCORE:
        detail = f"what was heard is not the greeting: {greeting.score:.0%} of it recognised"
        return [Trouble(TroubleKind.GREETING_WRONG, detail)]
    return []


def _agents(seen: Seen) -> list[Trouble]:
    if seen.ready is None:
        return [Trouble(TroubleKind.QUEUE_UNKNOWN, f"nobody knows who is in the queue: {seen.queue_failure}")]
    if not seen.ready:
        return [Trouble(TroubleKind.NO_AGENT, "no agent is ready: a citizen could only leave a message")]
    missing = [extension for extension in seen.required.extensions if extension not in seen.ready]
    if len(seen.ready) >= seen.required.ready_least and not missing:
        return []
    names = f"; not there: {', '.join(missing)}" if missing else ""
    wanted = f"{seen.required.ready_least} wanted" + (f" ({seen.required.name})" if seen.required.name else "")
    return [Trouble(TroubleKind.TOO_FEW_AGENTS, f"{len(seen.ready)} agents ready, {wanted}{names}")]


def _line(seen: Seen) -> list[Trouble]:
    if seen.database_failure:
        return [Trouble(TroubleKind.DATABASE_AWAY, f"the database does not answer: {seen.database_failure}")]
    why = heart_trouble(seen.heart, seen.at)
    return [Trouble(TroubleKind.LINE_AWAY, why)] if why else []
