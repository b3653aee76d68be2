"""派单、改派: the lead office, co-handling offices and crew get the order; a change of the lead ends what was open."""

from dispatch.assignments.assign import withdraw
from dispatch.clock.custody import begin_turn
from dispatch.notifications.office_link_models import LinkEnd
from dispatch.notifications.office_links import end_links
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.orders.step_fields import RESPONSIBLE
from dispatch.steps.context import StepContext, set_limits, start_accept_clock
from dispatch.steps.notify import notify, notify_followers, shown
from dispatch.steps.requests.co_handling import begin_runtime
from dispatch.steps.requests.crews import notify_crew
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_granted, whose_decision
from dispatch.steps.requests.supervision_orders import supervision_order_dropped
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def dispatched(context: StepContext) -> None:
    if not _can_go(context):
        return
    _begin(context)
    # First contact is responsible: after a redispatch it stays so until the new office has accepted.
    context.order.responsible_office_code = context.order.lead_office_code
    await _assign(context, anew=True)


async def redispatched(context: StepContext) -> None:
    if not _can_go(context):
        return
    _begin(context)
    lead = context.details.get("changes", {}).get("lead_office_code", {"from": context.order.lead_office_code})
    await return_granted(context, lead["from"])
    await extension_lapsed(context)
    await supervision_order_dropped(context)
    await _assign(context, anew=False)


def _can_go(context: StepContext) -> bool:
    """Else the table's `needs` complain."""
    return context.order.lead_office_code is not None and context.order.kind is not None


def _begin(context: StepContext) -> None:
    order = context.order
    if order.registered_at is None:
        # Thrown out as a draft, or answered on the spot, and then reopened.
        order.registered_at = context.at
    if order.limits_from_at is None:
        set_limits(context, context.at)
    context.set_co_offices([co.office_code for co in order.co_offices])  # the new lead office is none of them
    order.accepted_at = order.contact_due_at = order.contacted_at = None


async def _assign(context: StepContext, *, anew: bool) -> None:
    """`anew`: a first or renewed dispatch, which notifies everybody; a change of the lead only those concerned."""
    order = context.order
    assert order.lead_office_code is not None
    start_accept_clock(context)
    begin_runtime(context, anew=anew)
    await begin_turn(context.session, order, at=context.at)
    everybody = [Recipient(RecipientKind.OFFICE, order.lead_office_code, AssignmentPurpose.LEAD)]
    everybody += [Recipient(RecipientKind.OFFICE, co.office_code, AssignmentPurpose.ASSIST) for co in order.co_offices]
    if order.unit_code is not None:
        everybody.append(Recipient(RecipientKind.UNIT, order.unit_code, AssignmentPurpose.CREW))
    await withdraw(context.session, order.id, at=context.at, keep=() if anew else everybody)
    offices = [one.code for one in everybody if one.kind is RecipientKind.OFFICE]
    await end_links(context.session, order.id, LinkEnd.MOVED, at=context.at, keep=offices)
    context.assignments.extend(everybody)


async def _notify_all(context: StepContext) -> None:
    await _notify_lead_office(context)
    for co in context.order.co_offices:
        await notify(context, Audience.OFFICE, Template.PART_OF_ORDER, code=co.office_code, due=shown(co.due_at))
    await notify_crew(context)
    await _notify_followers(context)


async def _notify_new_lead(context: StepContext) -> None:
    await _notify_lead_office(context)
    await _notify_followers(context)


async def _notify_lead_office(context: StepContext) -> None:
    order = context.order
    due = shown(order.accept_due_at)
    await notify(context, Audience.OFFICE, Template.NEW_ORDER, code=order.lead_office_code, due=due)


async def _notify_followers(context: StepContext) -> None:
    await notify_followers(context, Template.JOINED_MOVED, due=shown(context.order.finish_due_at))


SPECS = (
    StepSpec(step=Step.DISPATCH, label="派单", takes=RESPONSIBLE | {"urgency"}, effect=dispatched, notify=_notify_all),
    StepSpec(
        step=Step.REDISPATCH,
        label="改派",
        takes=frozenset({"co_office_codes", "unit_code", "urgency"}),
        guard=whose_decision,
        effect=redispatched,
        notify=_notify_new_lead,
        renews_assignments=False,
    ),
)
