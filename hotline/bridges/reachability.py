"""Tests of reachability: the jobs that check, notify the crews' phones and ring their telephones.

All three may be run again at any moment: what has its result is left alone, and a call is a row before it rings.
"""

from dataclasses import dataclass

from procrastinate import App, RetryStrategy

from core import clock
from core.channel_ids import ChannelUse
from core.database import Sessions, transaction
from core.errors import Unavailable
from core.settings import Settings
from dispatch.notifications.web_push import Message, Told
from dispatch.orders.assignment_models import RecipientKind
from dispatch.reachability.checks import TEST_PHONE, TEST_PUSH, busy_units, end_test, get_locked
from dispatch.reachability.models import ReachTest
from dispatch.reachability.rounds import begin_due, raise_alarms, settle
from dispatch.reachability.rules import ReachResult
from hotline.bridges.crew_calls import RESULTS
from hotline.bridges.crew_push import tell_all
from hotline.runtime.parts import Parts
from ivr.dispatch_call import Attempt, CallDeps, CallResult, call_unit
from ivr.reach_flow import REACH_FLOW
from ivr.session import AgiSessions
from telephony.control.control import Control

LOOK = "reach.look"
"""Periodic job: every minute."""
CONTEXT = ChannelUse.REACH_TEST.value
"""Of the dialplan."""

_TRY_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)
"""For when the other side is away; what has no result in the city's time is ended by the round."""


def register_reach(app: App, parts: Parts) -> None:
    @app.periodic(cron="* * * * *")
    @app.task(name=LOOK, queue="notices", queueing_lock=LOOK, lock=LOOK)
    async def look_round(timestamp: int) -> None:
        await look(parts)

    @app.task(name=TEST_PUSH, queue="notices", retry=_TRY_AGAIN)
    async def push_test(test_id: int) -> None:
        await tell_phones(parts.settings, parts.sessions, test_id)


def register_reach_calls(app: App, parts: Parts, control: Control, sessions: AgiSessions) -> None:
    number = parts.settings.pbx.line_number
    deps = CallDeps(control, sessions, ReachCalls(parts), parts.bus, number, flow=REACH_FLOW, context=CONTEXT)

    @app.task(name=TEST_PHONE, queue="line", retry=_TRY_AGAIN)
    async def phone_test(test_id: int) -> None:
        await call_unit(deps, test_id)


async def look(parts: Parts) -> None:
    """One round."""
    async with transaction(parts.sessions) as session:
        await settle(session, parts.policy.reach, at=clock.now())
    async with transaction(parts.sessions) as session:
        await raise_alarms(session, parts.city, parts.policy.notices, at=clock.now())
    async with transaction(parts.sessions) as session:
        await begin_due(
            session, parts.city, parts.policy.reach, parts.policy.crews, parts.policy.notices, at=clock.now()
        )


async def tell_phones(settings: Settings, sessions: Sessions, test_id: int) -> None:
    """Raises Unavailable where push services are in trouble: let the job be tried again."""
    async with sessions() as session:
        test = await session.get_one(ReachTest, test_id)
    if test.ended_at is not None:
        return
    message = Message("联络测试", "收到即可，没有新的任务。", "reach-test")
    told = await tell_all(settings, sessions, RecipientKind.UNIT, test.code, message)
    became = [one.told for one in told]
    taken, gone = became.count(Told.SENT), became.count(Told.GONE)
    if not taken and Told.FAILED in became:
        raise Unavailable(f"no push service took test {test_id}: {told[became.index(Told.FAILED)].why}")
    said = f"{taken}部手机的推送服务已收下" if taken else "没有能收到推送的手机"
    said += f"，{gone}部已失效、不再推送" if gone else ""
    refused = [one.why for one in told if one.told is Told.REFUSED]
    said += f"，{len(refused)}部没有送到：{refused[0]}" if refused else ""
    async with transaction(sessions) as session:
        result = ReachResult.TAKEN if taken else ReachResult.FAILED
        await end_test(session, await get_locked(session, test_id), result, said, at=clock.now())


@dataclass(frozen=True)
class ReachCalls:
    """A test of a telephone as ivr.dispatch_call wants it: the push is the test, acknowledged when it is over or the
    crew is wanted for an order. One attempt: what was interrupted is called off, and falls due again."""

    parts: Parts

    async def begin_attempt(self, push_id: int) -> Attempt | None:
        async with transaction(self.parts.sessions) as session:
            test = await get_locked(session, push_id)
            if test.ended_at is not None:
                return None
            fresh, test.rung_at = test.rung_at is None, test.rung_at or clock.now()
            endpoint = self.parts.city.units[test.code].extension
            return Attempt(push_id, 1, test.channel_id, endpoint, says={}, fresh=fresh)

    async def finish_attempt(self, attempt: Attempt, result: CallResult) -> None:
        await self._end(attempt.push_id, result)

    async def note_answered(self, attempt: Attempt) -> None:
        """Nobody looks at a test while it goes on."""

    async def close_attempts(self, push_id: int) -> None:
        await self._end(push_id, CallResult.ACKNOWLEDGED_ELSEWHERE)

    async def is_acknowledged(self, push_id: int) -> bool:
        async with self.parts.sessions() as session:
            test = await session.get_one(ReachTest, push_id)
            return test.ended_at is not None or test.code in await busy_units(session)

    async def _end(self, test_id: int, result: CallResult) -> None:
        async with transaction(self.parts.sessions) as session:
            test = await get_locked(session, test_id)
            if result is CallResult.ACKNOWLEDGED:
                ending = ReachResult.CONFIRMED, "有人接听并按一确认"
            elif test.code in await busy_units(session):
                ending = ReachResult.CALLED_OFF, "直通车有派单，测试让路"
            elif result is CallResult.INTERRUPTED:
                ending = ReachResult.CALLED_OFF, "系统中断，测试没有做完"
            else:
                ending = ReachResult.FAILED, RESULTS[result]
            await end_test(session, test, *ending, at=clock.now())
