"""Reachability checks: the jobs that check, notify the crews' phones and ring their telephones.

All three may be run again at any moment: what has its result is left alone, and a call is a row before it rings.
"""

from dataclasses import dataclass

from core import clock
from core.channel_ids import ChannelUse
from core.city_words import city_words
from core.database import Sessions, transaction
from core.errors import Unavailable
from core.settings import Settings
from dispatch.notifications.web_push import PushMessage, PushOutcome
from dispatch.orders.assignment_models import RecipientKind
from dispatch.reachability.checks import busy_units, end_check, get_locked
from dispatch.reachability.models import ReachabilityCheck
from dispatch.reachability.rounds import begin_due, raise_alarms, settle
from dispatch.reachability.rules import ReachabilityResult
from hotline.bridges.crew_push import notify_all
from hotline.runtime.job_tools import LineTools, WorkerTools
from hotline.runtime.runtime import Runtime
from ivr.dispatch_call import Attempt, CallDeps, CallResult, call_unit
from ivr.labels import CALL_RESULTS
from ivr.reachability_flow import REACHABILITY_FLOW

CHECK_DUE = "reachability.check_due"
"""Periodic job: every minute."""
CONTEXT = ChannelUse.REACHABILITY_CHECK.value
"""Of the dialplan."""


async def push_check(worker: WorkerTools, check_id: int) -> None:
    """The job `reachability.check_push`."""
    await notify_phones(worker.runtime.settings, worker.runtime.sessions, check_id)


async def phone_check(line: LineTools, check_id: int) -> None:
    """The job `reachability.check_phone`."""
    runtime, number = line.runtime, line.runtime.settings.pbx.line_number
    checks = ReachabilityCalls(runtime)
    deps = CallDeps(line.control, line.sessions, checks, runtime.bus, number, flow=REACHABILITY_FLOW, context=CONTEXT)
    await call_unit(deps, check_id)


async def check_due(runtime: Runtime) -> None:
    """One round."""
    async with transaction(runtime.sessions) as session:
        await settle(session, runtime.policy.reachability, at=clock.now())
    async with transaction(runtime.sessions) as session:
        await raise_alarms(session, runtime.city, runtime.policy.notifications, at=clock.now())
    async with transaction(runtime.sessions) as session:
        await begin_due(
            session,
            runtime.city,
            runtime.policy.reachability,
            runtime.policy.crews,
            runtime.policy.notifications,
            at=clock.now(),
        )


async def notify_phones(settings: Settings, sessions: Sessions, check_id: int) -> None:
    """Raises Unavailable where push services are in trouble: let the job be tried again."""
    async with sessions() as session:
        check = await session.get_one(ReachabilityCheck, check_id)
    if check.ended_at is not None:
        return
    message = PushMessage("联络测试", "收到即可，没有新的任务。", "reachability-check")
    results = await notify_all(settings, sessions, RecipientKind.UNIT, check.code, message)
    became = [one.outcome for one in results]
    taken, gone = became.count(PushOutcome.SENT), became.count(PushOutcome.GONE)
    if not taken and PushOutcome.FAILED in became:
        raise Unavailable(f"no push service took check {check_id}: {results[became.index(PushOutcome.FAILED)].why}")
    said = f"{taken}部手机的推送服务已收下" if taken else "没有能收到推送的手机"
    said += f"，{gone}部已失效、不再推送" if gone else ""
    refused = [one.why for one in results if one.outcome is PushOutcome.REFUSED]
    said += f"，{len(refused)}部没有送到：{refused[0]}" if refused else ""
    async with transaction(sessions) as session:
        result = ReachabilityResult.TAKEN if taken else ReachabilityResult.FAILED
        await end_check(session, await get_locked(session, check_id), result, said, at=clock.now())


@dataclass(frozen=True)
class ReachabilityCalls:
    """A check of a telephone as ivr.dispatch_call wants it: the assignment is the check, acknowledged when it is over
    or the crew is wanted for an order. One attempt: what was interrupted is called off, and falls due again."""

    runtime: Runtime

    async def begin_attempt(self, assignment_id: int) -> Attempt | None:
        async with transaction(self.runtime.sessions) as session:
            check = await get_locked(session, assignment_id)
            if check.ended_at is not None:
                return None
            fresh, check.rang_at = check.rang_at is None, check.rang_at or clock.now()
            endpoint = self.runtime.city.units[check.code].extension
            return Attempt(assignment_id, 1, check.channel_id, endpoint, says={}, fresh=fresh)

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        await self._end(attempt.assignment_id, result)

    async def note_answered(self, attempt: Attempt) -> None:
        """Nobody looks at a check while it goes on."""

    async def close_attempts(self, assignment_id: int) -> None:
        await self._end(assignment_id, CallResult.ACKNOWLEDGED_ELSEWHERE)

    async def is_acknowledged(self, assignment_id: int) -> bool:
        async with self.runtime.sessions() as session:
            check = await session.get_one(ReachabilityCheck, assignment_id)
            return check.ended_at is not None or check.code in await busy_units(session)

    async def _end(self, check_id: int, result: CallResult) -> None:
        async with transaction(self.runtime.sessions) as session:
            check = await get_locked(session, check_id)
            if result is CallResult.ACKNOWLEDGED:
                ending = ReachabilityResult.CONFIRMED, "有人接听并按一确认"
            elif check.code in await busy_units(session):
                ending = ReachabilityResult.CALLED_OFF, f"{city_words().crew}有派单，测试让路"
            elif result is CallResult.INTERRUPTED:
                ending = ReachabilityResult.CALLED_OFF, "系统中断，测试没有做完"
            else:
                ending = ReachabilityResult.FAILED, CALL_RESULTS[result]
            await end_check(session, check, *ending, at=clock.now())
