"""协办: offices that help with an order, each with its own task and limit. The lead office closes."""

import datetime as dt

from core.clock import day_and_minute
from core.errors import BadInput
from dispatch.clock import counting
from dispatch.clock.timers import DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.steps.context import StepContext
from dispatch.steps.notify import notify, shown
from dispatch.steps.spec import DueSpec, OfficePart, OrderFacts, StepSpec
from dispatch.steps.warnings import for_a_limit
from dispatch.workflow import Step


def begin_runtime(context: StepContext, *, anew: bool) -> None:
    """The order was dispatched: co-offices have a limit from now on. `anew`: also those that answered before."""
    for part in context.order.co_offices:
        if anew or part.due_at is None:
            counting.count_part(context.order, part, context.policy.times, context.city.calendar, at=context.at)
            part.answered_at, part.answer, part.answered_by = None, "", ""


async def co_offices_added(context: StepContext) -> None:
    """Raises BadInput for offices that are in it already, and for a limit that is past or after the order's own."""
    added = context.details.get("changes", {}).get("co_office_codes")
    if added is None:
        wrong = "这些单位已经在办理这张工单。"
        raise BadInput(wrong, fields={"co_office_codes": wrong})
    new = sorted(set(added["to"]) - set(added["from"]))
    due_at = context.given.get("due_at")
    _check_due(context, due_at)
    for part in context.order.co_offices:
        if part.office_code in new:
            if due_at is None:
                counting.count_part(context.order, part, context.policy.times, context.city.calendar, at=context.at)
            else:
                counting.set_by_hand(context.order, counting.part_name(part.office_code), due_at)
            part.task = context.given.get("task") or context.given["reason"]
            part.task_author = context.actor.author
    context.assignments.extend(Recipient(RecipientKind.OFFICE, code, AssignmentPurpose.ASSIST) for code in new)


async def part_answered(context: StepContext) -> None:
    part = next(co for co in context.order.co_offices if co.office_code == context.actor.office_code)
    part.answered_at, part.answer, part.answered_by = context.at, context.given["note"], context.actor.name


def _check_due(context: StepContext, due_at: dt.datetime | None) -> None:
    if due_at is None:
        return
    finish = context.order.finish_due_at
    wrong = None
    if due_at <= context.at:
        wrong = "协办时限必须晚于现在。"
    elif finish is not None and due_at > finish:
        wrong = f"协办时限不能晚于主办时限{day_and_minute(finish, year=True)}。"
    if wrong is not None:
        raise BadInput(wrong, fields={"due_at": wrong})


def _not_answered_yet(order: OrderFacts, actor: Actor) -> str | None:
    if any(part.office_code == actor.office_code and part.answered_at for part in order.co_offices):
        return "您的单位已经作出协办答复，补充情况请用“反馈进展”。"
    return None


async def _notify_new(context: StepContext) -> None:
    for co in context.order.co_offices:
        if co.added_at == context.at:
            await notify(context, Audience.OFFICE, Template.PART_OF_ORDER, code=co.office_code, due=shown(co.due_at))


SPECS = (
    StepSpec(
        step=Step.ADD_CO_OFFICES,
        label="增加协办单位",
        takes=frozenset({"task", "due_at"}),
        effect=co_offices_added,
        notify=_notify_new,
        acknowledges=False,
        adds_co_offices=True,
    ),
    StepSpec(
        step=Step.ANSWER_PART,
        label="协办答复",
        office_part=OfficePart.HELPING,
        by_link=True,
        guard=_not_answered_yet,
        effect=part_answered,
    ),
)


DUE = (DueSpec(kinds=(DueKind.PART_REMINDER, DueKind.PART_WARNING), undone="协办答复", notifies=for_a_limit),)
