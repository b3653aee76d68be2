"""延期 and 承诺办理: an office asks for a later limit, the coordinator decides; a suspended order goes on by itself."""

import datetime as dt

from sqlalchemy import update

from core.clock import day_and_minute
from core.errors import BadInput
from dispatch.clock import counting, deadlines
from dispatch.clock.custody import change_period, keep_limits
from dispatch.clock.models import CustodyPeriod
from dispatch.clock.timers import DueKind
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.orders.request_models import Extension, Verdict
from dispatch.policy import Policy
from dispatch.steps.context import StepContext, move_limit, original_limit, start_accept_clock
from dispatch.steps.spec import DueSpec, OrderFacts, StepSpec
from dispatch.workflow import State, Step


async def extension_asked(context: StepContext) -> None:
    """Raises BadInput for a date that is not later or too late."""
    order, until = context.order, context.given["promised_at"]
    assert order.lead_office_code is not None
    due_at = _present_limit(order, context.policy)
    _check_extension(context, until, due_at)
    order.extension_until_at = until
    context.session.add(
        Extension(
            order_id=order.id,
            office_code=order.lead_office_code,
            at=context.at,
            by=context.actor.name,
            reason=context.given["reason"],
            due_before_at=due_at,
            until_at=until,
        )
    )


async def extension_granted(context: StepContext) -> None:
    until = context.order.extension_until_at
    assert until is not None, "the guard asks for it"
    context.order.promised_at = until
    await move_limit(context, until)
    await change_period(context.session, context.order.id, extended=CustodyPeriod.extended + 1)
    await _decide(context, Verdict.GRANTED)


async def extension_declined(context: StepContext) -> None:
    await _decide(context, Verdict.DECLINED)


async def extension_lapsed(context: StepContext) -> None:
    if context.order.extension_until_at is not None:
        await _decide(context, Verdict.LAPSED)


async def suspended(context: StepContext) -> None:
    """Until it comes near its promised date: one working day before (as the yellow lamp), else at the date itself."""
    order, policy = context.order, context.policy
    promised: dt.datetime = context.given["promised_at"]
    deadlines.check_promise(
        promised, received_at=order.received_at, at=context.at, rules=policy.times, calendar=policy.city.calendar
    )
    order.promised_at = promised
    counting.count_resume(order, promised, policy.times, policy.city.calendar, at=context.at)
    await extension_lapsed(context)
    await move_limit(context, promised)


async def resumed(context: StepContext) -> None:
    order = context.order
    order.resume_at = None
    if order.state is State.SUSPENDED and order.set_aside_from is State.DISPATCHED:
        # Nobody had to accept it meanwhile.
        start_accept_clock(context)
        await keep_limits(context.session, order)


def _check_extension(context: StepContext, until: dt.datetime, due_at: dt.datetime) -> None:
    policy = context.policy
    latest = deadlines.end_of_working_day(
        original_limit(context.order, policy), policy.times.extension_days, policy.times, policy.city.calendar
    )
    wrong = None
    if until <= due_at:
        wrong = f"延期后的时间应晚于现在的时限{day_and_minute(due_at, year=True)}。"
    elif until > latest:
        wrong = f"延期合计最多{policy.times.extension_days}个工作日，最迟到{day_and_minute(latest, year=True)}。"
    if wrong is not None:
        raise BadInput(wrong, fields={"promised_at": wrong})


async def _decide(context: StepContext, verdict: Verdict) -> None:
    await context.session.execute(
        update(Extension)
        .where(Extension.order_id == context.order.id, Extension.verdict.is_(None))
        .values(
            verdict=verdict,
            decided_at=context.at,
            decided_by=context.actor.name,
            ruling=context.given.get("reason"),
        )
    )
    context.order.extension_until_at = None


def _present_limit(order: Order, policy: Policy) -> dt.datetime:
    return order.finish_due_at or original_limit(order, policy)


def _limit_has_passed(order: Order, policy: Policy, at: dt.datetime) -> str | None:
    due_at = _present_limit(order, policy)
    return f"延期须在时限之前申请，时限{day_and_minute(due_at)}已过。" if at > due_at else None


def _asked_date_has_passed(order: Order, _: Policy, at: dt.datetime) -> str | None:
    until = order.extension_until_at
    assert until is not None, "the guard asks for it"
    return f"申请延期到的时间{day_and_minute(until)}已过，请办理“不同意延期”。" if until <= at else None


def _none_is_open(order: OrderFacts, _: Actor) -> str | None:
    return "上一次延期申请还没有审批。" if order.extension_until_at is not None else None


def _one_is_open(order: OrderFacts, _: Actor) -> str | None:
    return "没有待审批的延期申请。" if order.extension_until_at is None else None


SPECS = (
    StepSpec(
        step=Step.ASK_EXTENSION,
        label="申请延期",
        guard=_none_is_open,
        too_late=_limit_has_passed,
        effect=extension_asked,
        acknowledges=False,
    ),
    StepSpec(
        step=Step.GRANT_EXTENSION,
        label="同意延期",
        guard=_one_is_open,
        too_late=_asked_date_has_passed,
        effect=extension_granted,
    ),
    StepSpec(step=Step.DECLINE_EXTENSION, label="不同意延期", guard=_one_is_open, effect=extension_declined),
    StepSpec(step=Step.SUSPEND, label="转为承诺办理", effect=suspended),
    StepSpec(step=Step.RESUME, label="恢复办理", effect=resumed),
)


DUE = (DueSpec(kinds=(DueKind.RESUME,)),)
"""A suspended order goes on by itself; nobody is late."""
