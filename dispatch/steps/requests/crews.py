"""直通车: the crew cannot go, another one is asked, or no crew accepted."""

from core.city_words import city_words
from core.errors import BadInput
from dispatch.assignments.assign import withdraw_from_units
from dispatch.assignments.crew_search import refuse
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.steps.context import StepContext
from dispatch.steps.notify import notify
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def handed_on(context: StepContext) -> None:
    order = context.order
    if "unit_code" not in context.details.get("changes", {}) or order.unit_code is None:
        wrong = f"已经派给这支{city_words().crew}，请选另一支。"
        raise BadInput(wrong, fields={"unit_code": wrong})
    await withdraw_from_units(context.session, order.id, at=context.at)
    context.assignments.append(Recipient(RecipientKind.UNIT, order.unit_code, AssignmentPurpose.CREW))


async def declined(context: StepContext) -> None:
    await refuse(context.session, context.order, context.given["reason"], at=context.at)


async def notify_crew(context: StepContext) -> None:
    if context.order.unit_code:
        await notify(context, Audience.UNIT, Template.CREW_ORDER, code=context.order.unit_code)


async def _notify_coordinator(context: StepContext) -> None:
    await notify(context, Audience.COORDINATOR, Template.NOBODY_TOOK)


SPECS = (
    StepSpec(step=Step.DECLINE, label="不能前往", effect=declined, acknowledges=False),
    StepSpec(step=Step.HAND_ON, label="转派{crew}", effect=handed_on, notify=notify_crew, renews_assignments=False),
    StepSpec(step=Step.NOBODY_TOOK, label="无人接单告警", notify=_notify_coordinator),
)
