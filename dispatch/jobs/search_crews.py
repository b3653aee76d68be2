"""Does what is due in a search: job `dispatch.search_crews`. May run at any moment, any number of times.

Everything of one run is one transaction: a process that dies leaves the search as it was, and the job runs
again.
"""

import datetime as dt

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.city_words import city_words
from core.jobs import Job, defer
from dispatch.assignments.assign import CALL_UNIT, notify_browsers
from dispatch.assignments.crew_search import SAID_ELSEWHERE, note, refusal, wake
from dispatch.assignments.crew_search_rules import AskedCall, CrewSearchState, SearchAction, SearchStatus, Wait, decide
from dispatch.assignments.models import CrewSearch
from dispatch.citizens.redaction import holds_a_secret
from dispatch.city.records import City
from dispatch.orders.actors import SYSTEM
from dispatch.orders.assignment_models import Assignment, DispatchCall, DispatchCallState
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.routing.crew_ranking import Choice, as_stored
from dispatch.routing.crew_snapshot import load_scene
from dispatch.routing.route import crews_for
from dispatch.steps.notify import notify_crew_again
from dispatch.steps.take import take_step
from dispatch.workflow import ON_HAND, State, Step

log = structlog.get_logger()


async def continue_search(session: AsyncSession, policy: Policy, search_id: int, *, at: dt.datetime) -> None:
    """Do everything that is due by `at`, and have the search looked at again when the next is."""
    found = await _locked(session, search_id)
    if found is None:
        return
    search, order, assignment = found
    plan = policy.asking.crew_searches[search.urgency]
    while search.state is CrewSearchState.RUNNING:
        call = await _latest_call(session, search)
        scene = await load_scene(session, policy.city, policy.crews, order, at=at)
        choices = crews_for(policy.city, policy.asking, order.subject, order.place_town, scene)
        choice = next((one for one in choices if one.code not in search.tried), None)
        decided = decide(plan, _status_of(search, order, assignment, call, choice), at)
        if isinstance(decided, Wait):
            await wake(session, search, at=at, until=decided.until)
            return
        log.info(
            "crew_search_action", search=search.id, order=order.number, action=decided.value, unit=search.unit_code
        )
        match decided:
            case SearchAction.PUSH | SearchAction.CALL:
                again = search.step > 0
                await _tell(session, search, assignment, decided, at)
                if again and decided is SearchAction.PUSH:
                    await notify_browsers(session, assignment.id)
                    await notify_crew_again(session, policy, order, search.unit_code, at=at)
            case SearchAction.NEXT_UNIT:
                assert choice is not None
                order.unit_choice = as_stored(choices)
                assignment = await _next_unit(
                    session, policy, order, search, choice, _why(policy.city, order, search, call), at
                )
            case SearchAction.ALARM:
                search.alarmed_at, search.alarm_seen_at, search.alarm_seen_by = at, None, ""
                names = "、".join(
                    policy.city.units[code].name if code in policy.city.units else code for code in search.tried
                )
                why_now = _why(policy.city, order, search, call)
                reason = f"{why_now}已找过{len(search.tried)}支{city_words().crew}（{names}），没有人接单，请人工处理。"
                await _step(session, policy, order, Step.NOBODY_TOOK, {"reason": reason}, at)
                await note(session, search, decided, at=at, why=reason)
            case _:
                await note(session, search, decided, at=at)


async def _locked(session: AsyncSession, search_id: int) -> tuple[CrewSearch, Order, Assignment] | None:
    """The search with its order and assignment, locked in the usual order; None: there is nothing to do any more."""
    order_id = await session.scalar(
        select(CrewSearch.order_id).where(CrewSearch.id == search_id, CrewSearch.state == CrewSearchState.RUNNING)
    )
    if order_id is None:
        return None
    fresh = {"populate_existing": True}
    order = await session.scalar(select(Order).where(Order.id == order_id).with_for_update().execution_options(**fresh))
    assignment_id = await session.scalar(select(CrewSearch.assignment_id).where(CrewSearch.id == search_id))
    assignment = await session.scalar(
        select(Assignment).where(Assignment.id == assignment_id).with_for_update().execution_options(**fresh)
    )
    search = await session.scalar(
        select(CrewSearch).where(CrewSearch.id == search_id).with_for_update().execution_options(**fresh)
    )
    assert order is not None
    assert assignment is not None
    assert search is not None
    return search, order, assignment


async def _latest_call(session: AsyncSession, search: CrewSearch) -> DispatchCall | None:
    """The newest call of the present step; None: none was placed yet."""
    return await session.scalar(
        select(DispatchCall)
        .where(DispatchCall.assignment_id == search.assignment_id, DispatchCall.attempt > search.calls_before)
        .order_by(DispatchCall.attempt.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _status_of(
    search: CrewSearch, order: Order, assignment: Assignment, call: DispatchCall | None, choice: Choice | None
) -> SearchStatus:
    stands = order.set_aside_from if order.state is State.ESCALATED else order.state
    return SearchStatus(
        step=search.step,
        step_at=search.step_at,
        tried=len(search.tried),
        others=choice is not None,
        call=_call_now(call),
        refused=search.refused_at is not None or (call is not None and call.state is DispatchCallState.REFUSED),
        taken=assignment.acknowledged_at is not None,
        needed=stands in ON_HAND and order.unit_code == search.unit_code and assignment.withdrawn_at is None,
    )


def _call_now(call: DispatchCall | None) -> AskedCall:
    if call is None:
        return AskedCall.NONE
    if call.state.ended:
        return AskedCall.IN_VAIN
    return AskedCall.LISTENING if call.state is DispatchCallState.ANSWERED else AskedCall.RINGING


async def _tell(
    session: AsyncSession, search: CrewSearch, assignment: Assignment, action: SearchAction, at: dt.datetime
) -> None:
    attempts = await session.scalar(select(func.count()).where(DispatchCall.assignment_id == assignment.id)) or 0
    search.step, search.step_at, search.calls_before = search.step + 1, at, attempts
    await note(session, search, action, at=at)
    if action is SearchAction.CALL:
        job = Job(
            CALL_UNIT, queue="line", arguments={"assignment_id": assignment.id}, key=f"call-assignment-{assignment.id}"
        )
        await defer(session, job)
    else:
        await bus.publish(session, "assignment", assignment.id)


async def _next_unit(
    session: AsyncSession, policy: Policy, order: Order, search: CrewSearch, choice: Choice, why: str, at: dt.datetime
) -> Assignment:
    name = policy.city.units[choice.code].name
    reason = f"{why}转派{name}：{choice.why}"
    await note(session, search, SearchAction.NEXT_UNIT, at=at, why=reason)
    search.unit_code, search.tried = choice.code, [*search.tried, choice.code]
    search.step, search.step_at, search.calls_before = 0, at, 0
    search.refused_at, search.refused_why = None, ""
    # The assignment is made by the step, and hung on this search (dispatch.assignments.crew_search.attend).
    await _step(session, policy, order, Step.HAND_ON, {"unit_code": choice.code, "reason": reason}, at)
    return await session.get_one(Assignment, search.assignment_id)


def _why(city: City, order: Order, search: CrewSearch, call: DispatchCall | None) -> str:
    name = city.units[search.unit_code].name if search.unit_code in city.units else search.unit_code
    if search.refused_at is not None:
        # Quoted in the system's words it would be covered for its own author too (decision 0029).
        return refusal(name, SAID_ELSEWHERE if holds_a_secret(order) else search.refused_why)
    if call is not None and call.state is DispatchCallState.REFUSED:
        return f"{name}在电话中按键表示不能前往。"
    return f"{name}没有人接单。"


async def _step(
    session: AsyncSession, policy: Policy, order: Order, step: Step, fields: dict[str, str], at: dt.datetime
) -> None:
    await take_step(session, policy, order.id, step, actor=SYSTEM, at=at, fields=fields)
