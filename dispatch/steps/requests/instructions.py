"""呈报批示: an order is escalated to a leader, whose instruction returns it to its former state."""

from dispatch.notifications.rules import Audience, Template
from dispatch.steps.context import StepContext
from dispatch.steps.notify import notify, notify_lead
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def instructed(context: StepContext) -> None:
    """The instruction goes to the office at once, where one has the order."""
    context.notify_lead()


async def _notify_leader(context: StepContext) -> None:
    await notify(context, Audience.LEADER, Template.ESCALATED)


async def _notify_office(context: StepContext) -> None:
    await notify_lead(context, Template.INSTRUCTED)


SPECS = (
    StepSpec(step=Step.ESCALATE, label="呈报批示", notify=_notify_leader),
    StepSpec(step=Step.INSTRUCT, label="批示", effect=instructed, notify=_notify_office),
)
