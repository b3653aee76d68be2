"""首次联系: whoever has accepted speaks with the citizen within the city's time. Every try is a row of history."""

from core.errors import BadInput
from dispatch.citizens.redaction import stays_unnamed
from dispatch.clock import deadlines
from dispatch.clock.timers import DueKind
from dispatch.orders.step_fields import is_empty
from dispatch.steps.context import StepContext
from dispatch.steps.spec import DueSpec, StepSpec
from dispatch.steps.warnings import for_a_limit
from dispatch.workflow import Step


def start_contact_clock(context: StepContext) -> None:
    """The order was accepted. Nobody has to reach a citizen who left no number or wishes to stay unnamed; and an office
    that spoke with the citizen before need not do so again.
    """
    order, policy = context.order, context.policy
    if order.kind is not None and order.citizen_phone and not stays_unnamed(order):
        limit = deadlines.limit_for(order.kind, order.urgency, policy.times)
        context.count("contact_due_at", context.at, limit.contact)


async def contact_logged(context: StepContext) -> None:
    """The first contact that reached the citizen ends the limit. Raises BadInput where its content is missing."""
    if not context.given["reached"]:
        return
    if is_empty(context.given.get("contact_note")):
        raise BadInput(fields={"contact_note": "已经联系上的，请写明诉求人怎么说、您怎么答复。"})
    context.order.contacted_at = context.order.contacted_at or context.at


SPECS = (
    StepSpec(
        step=Step.CONTACT, label="联系记录", takes=frozenset({"contact_note"}), by_link=True, effect=contact_logged
    ),
)


DUE = (DueSpec(kinds=(DueKind.CONTACT_REMINDER, DueKind.CONTACT_WARNING), undone="联系诉求人", notifies=for_a_limit),)
