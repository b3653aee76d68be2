"""Calls to crews: what the job `dispatch.call_unit` needs of work orders, handed to the telephone's room."""

from dataclasses import dataclass

from core import clock
from core.database import transaction
from dispatch.assignments.assign import get_assignment
from dispatch.assignments.crew_search import call_ended
from dispatch.city.organisation import Unit
from dispatch.crews.calls import (
    announcement,
    begin_call_attempt,
    close_call_attempts,
    finish_call_attempt,
    note_call_state,
)
from dispatch.jobs.search_crews import continue_search
from dispatch.orders.assignment_models import Assignment, DispatchCallState
from dispatch.reachability.checks import find_phone_check
from hotline.runtime.job_tools import LineTools
from hotline.runtime.runtime import Runtime
from ivr.dispatch_call import Attempt, CallDeps, CallResult, call_unit
from ivr.dispatch_flow import SpokenOrder, dispatch_values
from ivr.labels import CALL_RESULTS
from ivr.voice.prompts import Prompts
from ivr.voice.voices import make_voice
from telephony.control.control import Control

_STATES = {
    CallResult.ACKNOWLEDGED: DispatchCallState.ACKNOWLEDGED,
    CallResult.ACKNOWLEDGED_ELSEWHERE: DispatchCallState.NO_ANSWER,
    CallResult.DECLINED: DispatchCallState.REFUSED,
    CallResult.NO_KEY: DispatchCallState.NO_ANSWER,
    CallResult.HUNG_UP: DispatchCallState.NO_ANSWER,
    CallResult.BUSY: DispatchCallState.NO_ANSWER,
    CallResult.NO_ANSWER: DispatchCallState.NO_ANSWER,
    CallResult.UNREACHABLE: DispatchCallState.FAILED,
    CallResult.FAILED: DispatchCallState.FAILED,
    CallResult.INTERRUPTED: DispatchCallState.FAILED,
}


@dataclass(frozen=True)
class OrderAssignments:
    """The orders' side of a call to a crew; each function is a transaction of its own."""

    runtime: Runtime

    async def begin_attempt(self, assignment_id: int) -> Attempt | None:
        async with transaction(self.runtime.sessions) as session:
            begun_at = clock.now()
            call = await begin_call_attempt(session, assignment_id, at=begun_at)
            if call is None:
                return None
            assignment = await get_assignment(session, assignment_id)
            unit = await session.get_one(Unit, assignment.recipient_code)
            said = announcement(assignment.order, self.runtime.city)
            place = said.place if said.place.startswith(said.town) else said.town + said.place
            return Attempt(
                assignment_id=assignment_id,
                number=call.attempt,
                channel_id=call.channel_id,
                endpoint=unit.extension,
                says=dispatch_values(SpokenOrder(assignment.order.number, said.kind, place, said.title)),
                fresh=call.at == begun_at,
            )

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        async with transaction(self.runtime.sessions) as session:
            now = clock.now()
            await finish_call_attempt(session, attempt.channel_id, _STATES[result], at=now, result=CALL_RESULTS[result])
            if result is not CallResult.INTERRUPTED:
                await call_ended(session, attempt.assignment_id, at=now)

    async def close_attempts(self, assignment_id: int) -> None:
        async with transaction(self.runtime.sessions) as session:
            result = CALL_RESULTS[CallResult.ACKNOWLEDGED_ELSEWHERE]
            await close_call_attempts(session, assignment_id, at=clock.now(), result=result)

    async def note_answered(self, attempt: Attempt) -> None:
        async with transaction(self.runtime.sessions) as session:
            await note_call_state(session, attempt.channel_id, DispatchCallState.ANSWERED)

    async def is_acknowledged(self, assignment_id: int) -> bool:
        async with self.runtime.sessions() as session:
            assignment = await session.get_one(Assignment, assignment_id)
            return assignment.acknowledged_at is not None or assignment.withdrawn_at is not None


def make_prompts(runtime: Runtime) -> Prompts:
    made = runtime.settings.spoken
    return Prompts(runtime.settings.heard_prompts, made / "prompts", make_voice(runtime.settings))


async def search_crews(line: LineTools, search_id: int) -> None:
    """The job `dispatch.search_crews`."""
    async with transaction(line.runtime.sessions) as session:
        await continue_search(session, line.runtime.policy, search_id, at=clock.now())


async def call_crew(line: LineTools, assignment_id: int) -> None:
    """The job `dispatch.call_unit`."""
    runtime = line.runtime
    await _end_check(runtime, line.control, assignment_id)
    number = runtime.settings.pbx.line_number
    await call_unit(
        CallDeps(line.control, line.sessions, OrderAssignments(runtime), runtime.bus, caller_id=number), assignment_id
    )


async def _end_check(runtime: Runtime, control: Control, assignment_id: int) -> None:
    """The crew's telephone may be ringing for a check at this moment: the order goes first."""
    async with runtime.sessions() as session:
        check = await find_phone_check(session, assignment_id)
    if check is not None:
        await control.hang_up(check.channel_id)
