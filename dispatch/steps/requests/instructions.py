"""呈报批示: an order is escalated to a leader, whose instruction returns it to its former state."""

from dispatch.notifications.rules import Audience, Template
from dispatch.steps.context import Taking
from dispatch.steps.notify import notify, notify_lead
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def instructed(taking: Taking) -> None:
    """The instruction goes to the office at once, where one has the order."""
    taking.tell_lead()


async def _notify_leader(taking: Taking) -> None:
    await notify(taking, Audience.LEADER, Template.ESCALATED)


async def _notify_office(taking: Taking) -> None:
    await notify_lead(taking, Template.INSTRUCTED)


SPECS = (
    StepSpec(step=Step.ESCALATE, label="呈报批示", notify=_notify_leader),
    StepSpec(step=Step.INSTRUCT, label="批示", effect=instructed, notify=_notify_office),
)
