"""What a page asks about the state of a thing: `{% if order is final %}`. Which states that means stands only here.

A thing is anything with the `state` (or `direction`, `doing`) that the test names. Pure.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from dispatch.approvals.models import ApprovalState
from dispatch.assignments.crew_search_rules import CrewSearchState
from dispatch.callbacks.rules import CallbackState
from dispatch.follow_up.rules import FollowUpState
from dispatch.former.models import WORKING, FileState
from dispatch.notifications.rules import NotificationState
from dispatch.workflow import FINAL, State
from recordings.models import RecordingState, TranscriptState
from telephony.agents.state import AgentState
from telephony.blocking.block_list import BlockState
from telephony.calls.call_state import Direction
from web.agent_states import DeskState


def _state(*states: StrEnum) -> Callable[[Any], bool]:
    return lambda one: one.state in states


TESTS: Mapping[str, Callable[[Any], bool]] = {
    # work orders
    "final": _state(*FINAL),
    "in_progress": _state(State.IN_PROGRESS),
    "in_review": _state(State.REPLIED, State.IN_REVIEW),
    "settled_before": _state(State.CLOSED, State.ANSWERED),
    # the search for a crew
    "asking_crews": _state(CrewSearchState.RUNNING),
    "with_a_crew": _state(CrewSearchState.RUNNING, CrewSearchState.TAKEN),
    "without_crew": _state(CrewSearchState.ALARMED),
    # files of a former system
    "former_working": _state(*WORKING),
    "former_reading": _state(FileState.READING),
    "unreadable": _state(FileState.UNREADABLE),
    "to_be_mapped": _state(FileState.MAPPING),
    "former_checked": _state(FileState.CHECKED),
    "being_taken_over": _state(FileState.TAKING_OVER),
    "taken_over": _state(FileState.DONE),
    # recordings and transcripts
    "failed": _state(RecordingState.FAILED, TranscriptState.FAILED),
    "destroyed": _state(RecordingState.DESTROYED),
    "transcribed": _state(TranscriptState.DONE),
    # calls and agents
    "inbound": lambda call: call.direction == Direction.INBOUND,
    "to_crew": lambda call: call.direction == Direction.DISPATCH,
    "ready": _state(AgentState.READY),
    "waiting_for_calls": lambda agent: agent.doing == DeskState.READY,
    "pausing": lambda agent: agent.doing in (DeskState.PAUSED, DeskState.AFTER_CALL_WORK),
    "on_a_call": lambda agent: agent.doing in (DeskState.TALKING, DeskState.RINGING),
    "being_dialled": _state(CallbackState.DIALLING),
    "to_be_dialled": _state(CallbackState.WAITING),
    # what two people decide, and the block list
    "undecided": _state(ApprovalState.OPEN),
    "proposed": _state(BlockState.PROPOSED),
    "in_force": _state(BlockState.IN_FORCE),
    "turned_down": _state(BlockState.REFUSED),
    # follow-up and notifications
    "planned": _state(FollowUpState.PLANNED),
    "not_delivered": _state(NotificationState.DEAD, NotificationState.UNKNOWN),
    "given_up": _state(NotificationState.DEAD),
    "maybe_delivered": _state(NotificationState.UNKNOWN),
    "to_be_decided": _state(
        NotificationState.DEAD, NotificationState.UNKNOWN, NotificationState.EXPIRED, NotificationState.HELD
    ),
}
