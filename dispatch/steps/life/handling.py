"""签收、开始办理、反馈进展: the office or crew takes the order and works on it."""

from dispatch.clock.custody import change_period
from dispatch.clock.timers import DueKind
from dispatch.steps.context import StepContext
from dispatch.steps.life.first_contact import start_contact_clock
from dispatch.steps.spec import DueSpec, OfficePart, StepSpec
from dispatch.steps.warnings import for_a_limit
from dispatch.workflow import Step


async def accepted(context: StepContext) -> None:
    context.order.accepted_at = context.at
    start_contact_clock(context)
    context.order.responsible_office_code = context.order.lead_office_code
    await change_period(context.session, context.order.id, accepted_at=context.at)


SPECS = (
    StepSpec(step=Step.ACCEPT, label="签收", by_link=True, begins_work=True, effect=accepted),
    StepSpec(step=Step.START, label="开始办理", by_link=True, begins_work=True),
    StepSpec(step=Step.REPORT, label="反馈进展", office_part=OfficePart.EITHER, by_link=True),
)


DUE = (
    DueSpec(
        kinds=(DueKind.ACCEPT_REMINDER, DueKind.ACCEPT_WARNING, DueKind.ACCEPT_ACCOUNTABILITY),
        undone="签收",
        notifies=for_a_limit,
    ),
    DueSpec(kinds=(DueKind.FINISH_REMINDER, DueKind.FINISH_WARNING), undone="答复", notifies=for_a_limit),
)
