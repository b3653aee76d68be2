"""直通车: the crew cannot go, another one is asked, or no crew accepted."""

from core.errors import BadInput
from dispatch.assignments.assign import withdraw_from_units
from dispatch.assignments.crew_search import refuse
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.steps.context import Taking
from dispatch.steps.notify import notify
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def handed_on(taking: Taking) -> None:
    order = taking.order
    if "unit_code" not in taking.details.get("changes", {}) or order.unit_code is None:
        wrong = "已经派给这支直通车，请选另一支。"
        raise BadInput(wrong, fields={"unit_code": wrong})
    await withdraw_from_units(taking.session, order.id, at=taking.at)
    taking.assignments.append(Recipient(RecipientKind.UNIT, order.unit_code, AssignmentPurpose.CREW))


async def declined(taking: Taking) -> None:
    await refuse(taking.session, taking.order, taking.given["reason"], at=taking.at)


async def notify_crew(taking: Taking) -> None:
    if taking.order.unit_code:
        await notify(taking, Audience.UNIT, Template.CREW_ORDER, code=taking.order.unit_code)


async def _notify_coordinator(taking: Taking) -> None:
    await notify(taking, Audience.COORDINATOR, Template.NOBODY_TOOK)


SPECS = (
    StepSpec(step=Step.DECLINE, label="不能前往", effect=declined, acknowledges=False),
    StepSpec(step=Step.HAND_ON, label="转派直通车", effect=handed_on, notify=notify_crew, renews_assignments=False),
    StepSpec(step=Step.NOBODY_TOOK, label="无人接单告警", notify=_notify_coordinator),
)
