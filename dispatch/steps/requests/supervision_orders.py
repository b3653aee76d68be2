"""督办: the supervisor asks the office that leads an order; an answer is due. One is open at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from core.errors import BadInput
from dispatch.clock import counting
from dispatch.clock.rules import working_days
from dispatch.clock.timers import DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.actors import Actor
from dispatch.orders.request_models import SupervisionMark, SupervisionOrder
from dispatch.steps.context import StepContext, is_with_office
from dispatch.steps.notify import notify_lead, shown
from dispatch.steps.spec import DueSpec, OrderFacts, StepSpec
from dispatch.steps.warnings import to_whom_it_is_due
from dispatch.workflow import Step


async def supervised(context: StepContext) -> None:
    """A new one takes the place of an open one, and is red like one on an order that is late. The due instant
    is the given one or the city's own. Raises BadInput for one that is past."""
    order, policy = context.order, context.policy
    given = context.given.get("due_at")
    if given is not None and given <= context.at:
        wrong = "督办答复时限必须晚于现在。"
        raise BadInput(wrong, fields={"due_at": wrong})
    earlier = await context.session.scalar(select(func.count()).where(SupervisionOrder.order_id == order.id)) or 0
    late = order.finish_due_at is not None and context.at > order.finish_due_at
    mark = SupervisionMark.RED if earlier or late else SupervisionMark.YELLOW
    await _close(context, replaced_at=context.at)
    if given is None:
        context.count("supervision_due_at", context.at, working_days(policy.times.supervision_days))
    else:
        counting.set_by_hand(order, "supervision_due_at", given)
    due_at = order.supervision_due_at
    assert due_at is not None
    context.session.add(
        SupervisionOrder(
            order_id=order.id,
            office_code=order.lead_office_code if is_with_office(order) else None,
            at=context.at,
            by=context.actor.name,
            text=context.given["reason"],
            mark=mark,
            due_at=due_at,
        )
    )
    context.details["supervise"] = {"mark": mark, "due_at": due_at.isoformat()}
    context.notify_lead()


async def supervision_order_answered(context: StepContext) -> None:
    await _answer(context, context.given["note"])


async def supervision_order_answered_by_reply(context: StepContext) -> None:
    """A reply to the order also answers the supervision order."""
    if context.order.supervision_due_at is not None:
        await _answer(context, context.given["done"])


async def supervision_order_moved(context: StepContext) -> None:
    """Its limit was recounted."""
    await context.session.execute(
        update(SupervisionOrder).where(_open(context)).values(due_at=context.order.supervision_due_at)
    )


async def supervision_order_dropped(context: StepContext) -> None:
    """The order ended, or went to another office."""
    if context.order.supervision_due_at is not None:
        await _close(context, replaced_at=context.at)


async def _answer(context: StepContext, text: str) -> None:
    await _close(context, answered_at=context.at, answer=text, answered_by=context.actor.name)


async def _close(context: StepContext, **values: Any) -> None:
    await context.session.execute(update(SupervisionOrder).where(_open(context)).values(**values))
    context.order.supervision_due_at = None


def _open(context: StepContext) -> ColumnElement[bool]:
    return (
        (SupervisionOrder.order_id == context.order.id)
        & SupervisionOrder.answered_at.is_(None)
        & SupervisionOrder.replaced_at.is_(None)
    )


def _is_open(order: OrderFacts, _: Actor) -> str | None:
    return "没有待答复的督办。" if order.supervision_due_at is None else None


async def _notify_office(context: StepContext) -> None:
    await notify_lead(context, Template.SUPERVISED, due=shown(context.order.supervision_due_at))


def _unanswered(due_item: DueItem) -> Sequence[tuple[Audience, Template]]:
    return [(to_whom_it_is_due(due_item), Template.UNDECIDED), (Audience.SUPERVISOR, Template.UNDECIDED)]


SPECS = (
    StepSpec(step=Step.SUPERVISE, label="督办", takes=frozenset({"due_at"}), effect=supervised, notify=_notify_office),
    StepSpec(
        step=Step.ANSWER_SUPERVISION, label="答复督办", by_link=True, guard=_is_open, effect=supervision_order_answered
    ),
)


DUE = (DueSpec(kinds=(DueKind.SUPERVISION_UNANSWERED,), undone="督办还没有答复", notifies=_unanswered),)
