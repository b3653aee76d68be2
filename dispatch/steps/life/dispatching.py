"""派单、改派: the lead office, co-handling offices and crew get the order; a change of the lead ends what was open."""

from dispatch.assignments.assign import withdraw
from dispatch.clock.custody import begin_turn
from dispatch.notifications.office_link_models import LinkEnd
from dispatch.notifications.office_links import end_links
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.assignment_models import AssignmentPurpose, Recipient, RecipientKind
from dispatch.orders.step_fields import RESPONSIBLE
from dispatch.steps.context import Taking, set_limits, start_accept_clock
from dispatch.steps.notify import notify, notify_followers, shown
from dispatch.steps.requests.co_handling import begin_parts
from dispatch.steps.requests.crews import notify_crew
from dispatch.steps.requests.extensions import extension_lapsed
from dispatch.steps.requests.returns import return_granted, whose_decision
from dispatch.steps.requests.supervision_orders import urge_dropped
from dispatch.steps.spec import StepSpec
from dispatch.workflow import Step


async def dispatched(taking: Taking) -> None:
    if not _can_go(taking):
        return
    _begin(taking)
    # First contact is responsible: after a redispatch it stays so until the new office has accepted.
    taking.order.responsible_office_code = taking.order.lead_office_code
    await _assign(taking, anew=True)


async def redispatched(taking: Taking) -> None:
    if not _can_go(taking):
        return
    _begin(taking)
    lead = taking.details.get("changes", {}).get("lead_office_code", {"from": taking.order.lead_office_code})
    await return_granted(taking, lead["from"])
    await extension_lapsed(taking)
    await urge_dropped(taking)
    await _assign(taking, anew=False)


def _can_go(taking: Taking) -> bool:
    """Else the table's `needs` complain."""
    return taking.order.lead_office_code is not None and taking.order.kind is not None


def _begin(taking: Taking) -> None:
    order = taking.order
    if order.registered_at is None:
        # Thrown out as a draft, or answered on the spot, and then reopened.
        order.registered_at = taking.at
    if order.limits_from_at is None:
        set_limits(taking, taking.at)
    taking.set_co_offices([co.office_code for co in order.co_offices])  # the new lead office is none of them
    order.accepted_at = order.contact_due_at = order.contacted_at = None


async def _assign(taking: Taking, *, anew: bool) -> None:
    """`anew`: a first or renewed dispatch, which notifies everybody; a change of the lead only those concerned."""
    order = taking.order
    assert order.lead_office_code is not None
    start_accept_clock(taking)
    begin_parts(taking, anew=anew)
    await begin_turn(taking.session, order, at=taking.at)
    everybody = [Recipient(RecipientKind.OFFICE, order.lead_office_code, AssignmentPurpose.LEAD)]
    everybody += [Recipient(RecipientKind.OFFICE, co.office_code, AssignmentPurpose.ASSIST) for co in order.co_offices]
    if order.unit_code is not None:
        everybody.append(Recipient(RecipientKind.UNIT, order.unit_code, AssignmentPurpose.CREW))
    await withdraw(taking.session, order.id, at=taking.at, keep=() if anew else everybody)
    offices = [one.code for one in everybody if one.kind is RecipientKind.OFFICE]
    await end_links(taking.session, order.id, LinkEnd.MOVED, at=taking.at, keep=offices)
    taking.assignments.extend(everybody)


async def _notify_all(taking: Taking) -> None:
    await _notify_lead_office(taking)
    for co in taking.order.co_offices:
        await notify(taking, Audience.OFFICE, Template.PART_OF_ORDER, code=co.office_code, due=shown(co.due_at))
    await notify_crew(taking)
    await _notify_followers(taking)


async def _notify_new_lead(taking: Taking) -> None:
    await _notify_lead_office(taking)
    await _notify_followers(taking)


async def _notify_lead_office(taking: Taking) -> None:
    order = taking.order
    due = shown(order.accept_due_at)
    await notify(taking, Audience.OFFICE, Template.NEW_ORDER, code=order.lead_office_code, due=due)


async def _notify_followers(taking: Taking) -> None:
    await notify_followers(taking, Template.JOINED_MOVED, due=shown(taking.order.finish_due_at))


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
