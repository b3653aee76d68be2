"""What is done next until a crew takes an order: one decision from how the search stands and the time. Pure.

Push, push again, call … crew after crew, each step with its limit, and at last the coordinator's alarm. The
search is a row (dispatch.assignments.models); dispatch.jobs.search_crews reads it, carries out the decision and writes
it, in one transaction, so that a step is neither lost nor done twice whichever process dies. Rules:
1. Whoever says no is not asked further: the next crew at once.
2. A call that ends without a yes ends its step; while the crew is listening its step goes on.
3. A crew is asked once in a search; when no other is left, or as many as the city wants were asked, it alarms.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from dispatch.assignments.rules import CrewSearchPlan, Means

LISTENING_SECONDS = 300
"""Longer than any call to a crew may last (the exchange ends it): a listener of before is a row that was lost."""


class CrewSearchState(StrEnum):
    RUNNING = "running"
    TAKEN = "taken"
    ALARMED = "alarmed"
    """Nobody took it; a crew still may."""
    CALLED_OFF = "called_off"
    """The order went elsewhere or needs no crew any more."""

    @property
    def open(self) -> bool:
        return self in (CrewSearchState.RUNNING, CrewSearchState.ALARMED)


class SearchAction(StrEnum):
    """What is done in a search; each a row."""

    PUSH = "push"
    CALL = "call"
    NEXT_UNIT = "next_unit"
    ALARM = "alarm"
    TAKEN = "taken"
    CALLED_OFF = "called_off"
    ALARM_SEEN = "alarm_seen"
    """By a person; never decided here."""


class AskedCall(StrEnum):
    """How the present step's call stands."""

    NONE = "none"
    """Not placed yet."""
    RINGING = "ringing"
    LISTENING = "listening"
    IN_VAIN = "in_vain"
    """Ended without a yes."""


@dataclass(frozen=True)
class SearchStatus:
    """How a running search stands with the crew that is being asked."""

    step: int
    """How many of the plan's steps were done for this crew."""
    step_at: dt.datetime
    """When the latest of them was done."""
    tried: int
    """Crews asked so far, with this one."""
    others: bool
    """There is a crew that was not asked."""
    call: AskedCall = AskedCall.NONE
    refused: bool = False
    taken: bool = False
    needed: bool = True
    """The order still waits for this crew."""


@dataclass(frozen=True)
class Wait:
    until: dt.datetime


def decide(plan: CrewSearchPlan, now: SearchStatus, at: dt.datetime) -> SearchAction | Wait:
    if not now.needed:
        return SearchAction.CALLED_OFF
    if not now.refused:
        if now.taken:
            return SearchAction.TAKEN
        if now.step > 0 and (until := _runs_until(plan, now)) is not None and at < until:
            return Wait(until)
        if now.step < len(plan.steps):
            return SearchAction.CALL if plan.steps[now.step].means is Means.CALL else SearchAction.PUSH
    return SearchAction.NEXT_UNIT if now.others and now.tried < plan.units else SearchAction.ALARM


def _runs_until(plan: CrewSearchPlan, now: SearchStatus) -> dt.datetime | None:
    """When the latest step is over; None: it is."""
    # A plan that was made shorter meanwhile: what was done counts as its last step.
    latest = plan.steps[min(now.step, len(plan.steps)) - 1]
    seconds = latest.seconds
    if latest.means is Means.CALL:
        if now.call is AskedCall.IN_VAIN:
            return None
        if now.call is AskedCall.LISTENING:
            seconds = max(seconds, LISTENING_SECONDS)
    return now.step_at + dt.timedelta(seconds=seconds)
