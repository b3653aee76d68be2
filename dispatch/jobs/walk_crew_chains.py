"""Does what is due in a chain: job `dispatch.walk_chain`. May run at any moment, any number of times.

Everything of one walk is one transaction: a process that dies leaves the chain as it was, and the job runs again.
"""

import datetime as dt

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.jobs import Job, defer
from dispatch.assignments.assign import CALL_UNIT, tell_browsers
from dispatch.assignments.crew_chain import note, wake
from dispatch.assignments.crew_chain_rules import CallNow, ChainState, Deed, Standing, Wait, decide
from dispatch.assignments.models import UnitChain
from dispatch.citizens.redaction import holds_a_secret
from dispatch.city.records import City
from dispatch.orders.assignment_models import DispatchCall, DispatchCallState, Push
from dispatch.orders.models import Order
from dispatch.orders.permissions import SYSTEM
from dispatch.policy import Policy
from dispatch.routing.crew_ranking import Choice, as_stored
from dispatch.routing.crew_snapshot import load_scene
from dispatch.routing.route import crews_for
from dispatch.steps.notify import tell_crew_again
from dispatch.steps.take import take_step
from dispatch.workflow import ON_HAND, State, Step

log = structlog.get_logger()


async def walk(session: AsyncSession, policy: Policy, chain_id: int, *, at: dt.datetime) -> None:
    """Do everything that is due by `at`, and have the chain looked at again when the next is."""
    found = await _locked(session, chain_id)
    if found is None:
        return
    chain, order, push = found
    plan = policy.asking.chains[chain.urgency]
    while chain.state is ChainState.RUNNING:
        call = await _latest_call(session, chain)
        scene = await load_scene(session, policy.city, policy.crews, order, at=at)
        choices = crews_for(policy.city, policy.asking, order.subject, order.place_town, scene)
        choice = next((one for one in choices if one.code not in chain.tried), None)
        decided = decide(plan, _standing(chain, order, push, call, choice), at)
        if isinstance(decided, Wait):
            await wake(session, chain, at=at, until=decided.until)
            return
        log.info("chain_deed", chain=chain.id, order=order.number, deed=decided.value, unit=chain.unit_code)
        match decided:
            case Deed.PUSH | Deed.CALL:
                again = chain.step > 0
                await _tell(session, chain, push, decided, at)
                if again and decided is Deed.PUSH:
                    await tell_browsers(session, push.id)
                    await tell_crew_again(session, policy, order, chain.unit_code, at=at)
            case Deed.NEXT_UNIT:
                assert choice is not None
                order.unit_choice = as_stored(choices)
                push = await _next_unit(
                    session, policy, order, chain, choice, _why(policy.city, order, chain, call), at
                )
            case Deed.ALARM:
                chain.alarmed_at, chain.alarm_seen_at, chain.alarm_seen_by = at, None, ""
                names = "、".join(
                    policy.city.units[code].name if code in policy.city.units else code for code in chain.tried
                )
                why_now = _why(policy.city, order, chain, call)
                reason = f"{why_now}已找过{len(chain.tried)}支直通车（{names}），没有人接单，请人工处理。"
                await _step(session, policy, order, Step.NOBODY_TOOK, {"reason": reason}, at)
                await note(session, chain, decided, at=at, why=reason)
            case _:
                await note(session, chain, decided, at=at)


async def _locked(session: AsyncSession, chain_id: int) -> tuple[UnitChain, Order, Push] | None:
    """The chain with its order and push, locked in the usual order; None: there is nothing to do any more."""
    order_id = await session.scalar(
        select(UnitChain.order_id).where(UnitChain.id == chain_id, UnitChain.state == ChainState.RUNNING)
    )
    if order_id is None:
        return None
    fresh = {"populate_existing": True}
    order = await session.scalar(select(Order).where(Order.id == order_id).with_for_update().execution_options(**fresh))
    push_id = await session.scalar(select(UnitChain.push_id).where(UnitChain.id == chain_id))
    push = await session.scalar(select(Push).where(Push.id == push_id).with_for_update().execution_options(**fresh))
    chain = await session.scalar(
        select(UnitChain).where(UnitChain.id == chain_id).with_for_update().execution_options(**fresh)
    )
    assert order is not None
    assert push is not None
    assert chain is not None
    return chain, order, push


async def _latest_call(session: AsyncSession, chain: UnitChain) -> DispatchCall | None:
    """The newest call of the present step; None: none was placed yet."""
    return await session.scalar(
        select(DispatchCall)
        .where(DispatchCall.push_id == chain.push_id, DispatchCall.attempt > chain.calls_before)
        .order_by(DispatchCall.attempt.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _standing(chain: UnitChain, order: Order, push: Push, call: DispatchCall | None, choice: Choice | None) -> Standing:
    stands = order.set_aside_from if order.state is State.ESCALATED else order.state
    return Standing(
        step=chain.step,
        step_at=chain.step_at,
        tried=len(chain.tried),
        others=choice is not None,
        call=_call_now(call),
        refused=chain.refused_at is not None or (call is not None and call.state is DispatchCallState.REFUSED),
        taken=push.acknowledged_at is not None,
        needed=stands in ON_HAND and order.unit_code == chain.unit_code and push.withdrawn_at is None,
    )


def _call_now(call: DispatchCall | None) -> CallNow:
    if call is None:
        return CallNow.NONE
    if call.state.ended:
        return CallNow.IN_VAIN
    return CallNow.LISTENING if call.state is DispatchCallState.ANSWERED else CallNow.RINGING


async def _tell(session: AsyncSession, chain: UnitChain, push: Push, deed: Deed, at: dt.datetime) -> None:
    attempts = await session.scalar(select(func.count()).where(DispatchCall.push_id == push.id)) or 0
    chain.step, chain.step_at, chain.calls_before = chain.step + 1, at, attempts
    await note(session, chain, deed, at=at)
    if deed is Deed.CALL:
        job = Job(CALL_UNIT, queue="line", arguments={"push_id": push.id}, key=f"call-push-{push.id}")
        await defer(session, job)
    else:
        await bus.publish(session, "push", push.id)


async def _next_unit(
    session: AsyncSession, policy: Policy, order: Order, chain: UnitChain, choice: Choice, why: str, at: dt.datetime
) -> Push:
    name = policy.city.units[choice.code].name
    reason = f"{why}转派{name}：{choice.why}"
    await note(session, chain, Deed.NEXT_UNIT, at=at, why=reason)
    chain.unit_code, chain.tried = choice.code, [*chain.tried, choice.code]
    chain.step, chain.step_at, chain.calls_before = 0, at, 0
    chain.refused_at, chain.refused_why = None, ""
    # The push is made by the step, and hung on this chain (dispatch.assignments.crew_chain.attend).
    await _step(session, policy, order, Step.HAND_ON, {"unit_code": choice.code, "reason": reason}, at)
    return await session.get_one(Push, chain.push_id)


def _why(city: City, order: Order, chain: UnitChain, call: DispatchCall | None) -> str:
    name = city.units[chain.unit_code].name if chain.unit_code in city.units else chain.unit_code
    if chain.refused_at is not None:
        # Quoted in the system's words it would be covered for its own author too (decision 0029).
        said = "理由见其办理记录" if holds_a_secret(order) else chain.refused_why
        return f"{name}不能前往（{said}）。"
    if call is not None and call.state is DispatchCallState.REFUSED:
        return f"{name}在电话中按键表示不能前往。"
    return f"{name}没有人接单。"


async def _step(
    session: AsyncSession, policy: Policy, order: Order, step: Step, fields: dict[str, str], at: dt.datetime
) -> None:
    await take_step(session, policy, order.id, step, actor=SYSTEM, at=at, fields=fields)
