"""Calls to crews: what the job `dispatch.call_unit` needs of work orders, handed to the telephone's room."""

from dataclasses import dataclass

from core import clock
from core.database import transaction
from dispatch.assignments.assign import get_push
from dispatch.assignments.crew_chain import call_ended
from dispatch.city.organisation import Unit
from dispatch.crews.calls import (
    announcement,
    begin_call_attempt,
    close_call_attempts,
    finish_call_attempt,
    note_call_state,
)
from dispatch.jobs.walk_crew_chains import walk
from dispatch.orders.assignment_models import DispatchCallState, Push
from dispatch.reachability.checks import find_phone_test
from hotline.runtime.job_tools import LineTools
from hotline.runtime.parts import Parts
from ivr.dispatch_call import Attempt, CallDeps, CallResult, call_unit
from ivr.dispatch_flow import SpokenOrder, dispatch_values
from ivr.labels import CALL_RESULTS
from ivr.prompts import Prompts
from ivr.voices import make_voice
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
class OrderPushes:
    """The orders' side of a call to a crew; each function is a transaction of its own."""

    parts: Parts

    async def begin_attempt(self, push_id: int) -> Attempt | None:
        async with transaction(self.parts.sessions) as session:
            begun_at = clock.now()
            call = await begin_call_attempt(session, push_id, at=begun_at)
            if call is None:
                return None
            push = await get_push(session, push_id)
            unit = await session.get_one(Unit, push.recipient_code)
            said = announcement(push.order, self.parts.city)
            place = said.place if said.place.startswith(said.town) else said.town + said.place
            return Attempt(
                push_id=push_id,
                number=call.attempt,
                channel_id=call.channel_id,
                endpoint=unit.extension,
                says=dispatch_values(SpokenOrder(push.order.number, said.kind, place, said.title)),
                fresh=call.at == begun_at,
            )

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        async with transaction(self.parts.sessions) as session:
            now = clock.now()
            await finish_call_attempt(session, attempt.channel_id, _STATES[result], at=now, result=CALL_RESULTS[result])
            if result is not CallResult.INTERRUPTED:
                await call_ended(session, attempt.push_id, at=now)

    async def close_attempts(self, push_id: int) -> None:
        async with transaction(self.parts.sessions) as session:
            result = CALL_RESULTS[CallResult.ACKNOWLEDGED_ELSEWHERE]
            await close_call_attempts(session, push_id, at=clock.now(), result=result)

    async def note_answered(self, attempt: Attempt) -> None:
        async with transaction(self.parts.sessions) as session:
            await note_call_state(session, attempt.channel_id, DispatchCallState.ANSWERED)

    async def is_acknowledged(self, push_id: int) -> bool:
        async with self.parts.sessions() as session:
            push = await session.get_one(Push, push_id)
            return push.acknowledged_at is not None or push.withdrawn_at is not None


def make_prompts(parts: Parts) -> Prompts:
    made = parts.settings.spoken
    return Prompts(parts.settings.prompts, made / "prompts", make_voice(parts.settings))


async def walk_chain(line: LineTools, chain_id: int) -> None:
    """The job `dispatch.walk_chain`."""
    async with transaction(line.parts.sessions) as session:
        await walk(session, line.parts.policy, chain_id, at=clock.now())


async def call_crew(line: LineTools, push_id: int) -> None:
    """The job `dispatch.call_unit`."""
    parts = line.parts
    await _end_test(parts, line.control, push_id)
    number = parts.settings.pbx.line_number
    await call_unit(CallDeps(line.control, line.sessions, OrderPushes(parts), parts.bus, caller_id=number), push_id)


async def _end_test(parts: Parts, control: Control, push_id: int) -> None:
    """The crew's telephone may be rung for a test at this moment: the order goes first."""
    async with parts.sessions() as session:
        test = await find_phone_test(session, push_id)
    if test is not None:
        await control.hang_up(test.channel_id)
