"""An agent's state and what changes it, as a table. Pure: the state and an event in, the next state out.

Rules
- An agent, or a supervisor on the agent's behalf, may get ready, pause or sign out in any state.
- All other events concern a ready agent only, and the states that follow from being ready: after-call work after a
  citizen's
  call, unreachable while the telephone is away, missed calls after two in a row.
- Wrap-up ends by itself; an unreachable agent is ready again if the telephone is back soon. After missed calls the
  agent has to get ready again.
- An event that the table does not list for a state changes nothing.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

BACK_WITHIN = dt.timedelta(minutes=10)
"""After that agents say themselves that they are ready: they may only have opened the page."""


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    ON_BREAK = "on_break"
    """Set by the agent, a supervisor or a practice run; with a reason in free words."""
    AFTER_CALL_WORK = "after_call_work"
    """Completes the form of the call that has just ended; free in a moment."""
    UNREACHABLE = "unreachable"
    """Was ready, and the telephone is away."""
    MISSED_CALLS = "missed_calls"
    """Was ready, and missed or declined two calls in a row."""

    @property
    def is_pause(self) -> bool:
        """Signed in, but not called by the queue."""
        return self not in (AgentState.OFFLINE, AgentState.READY)


class AgentEventKind(StrEnum):
    READY = "ready"
    """The agent signs in, or resumes."""
    PAUSE = "pause"
    SIGN_OUT = "sign_out"
    CALL_ENDED = "call_ended"
    """The agent has just left a citizen's call."""
    AFTER_CALL_WORK_OVER = "after_call_work_over"
    """Its time is up."""
    PHONE_LOST = "phone_lost"
    """The agent's telephone has been away long enough."""
    PHONE_BACK = "phone_back"
    CALLS_MISSED = "calls_missed"
    """Too many in a row (telephony.agents.missed_calls)."""


class AgentEvent(NamedTuple):
    kind: AgentEventKind
    reason: str = ""
    """Of a pause."""
    began_at: dt.datetime | None = None
    """Of AFTER_CALL_WORK_OVER: when that after-call work began. It ends no other."""


class AgentNow(NamedTuple):
    """An agent's state, and since when."""

    state: AgentState
    since: dt.datetime
    reason: str = ""
    """Of a break only."""


_State, _Kind = AgentState, AgentEventKind
_SAID = {_Kind.READY: _State.READY, _Kind.PAUSE: _State.ON_BREAK, _Kind.SIGN_OUT: _State.OFFLINE}
_READY = {
    _Kind.CALL_ENDED: _State.AFTER_CALL_WORK,
    _Kind.PHONE_LOST: _State.UNREACHABLE,
    _Kind.CALLS_MISSED: _State.MISSED_CALLS,
}
_AFTER_CALL_WORK = {
    # The agent talked again during after-call work, because the telephone was lost in mid-call: after-call work starts
    # again.
    _Kind.CALL_ENDED: _State.AFTER_CALL_WORK,
    _Kind.AFTER_CALL_WORK_OVER: _State.READY,
}
TABLE: Mapping[AgentState, Mapping[AgentEventKind, AgentState]] = MappingProxyType(
    {
        _State.OFFLINE: _SAID,
        _State.READY: _SAID | _READY,
        _State.ON_BREAK: _SAID,
        _State.AFTER_CALL_WORK: _SAID | _AFTER_CALL_WORK,
        _State.UNREACHABLE: _SAID | {_Kind.PHONE_BACK: _State.READY},
        _State.MISSED_CALLS: _SAID,
    }
)

WISHES: Mapping[str, AgentEventKind] = MappingProxyType(
    {"ready": _Kind.READY, "paused": _Kind.PAUSE, "offline": _Kind.SIGN_OUT}
)
"""By the API's word for the wanted state."""


def decide(now: AgentNow, event: AgentEvent, at: dt.datetime) -> AgentNow | None:
    """The agent's state from `at` on; None: the event changes nothing."""
    state = TABLE[now.state].get(event.kind)
    if state is None:
        return None
    if event.kind is AgentEventKind.AFTER_CALL_WORK_OVER and event.began_at != now.since:
        return None
    if event.kind is AgentEventKind.PHONE_BACK and at - now.since > BACK_WITHIN:
        return None
    return AgentNow(state, at, event.reason if state is AgentState.ON_BREAK else "")
