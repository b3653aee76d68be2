"""The effects of a step on the order: times, replies, notifications; and which step the system takes next.

Called by dispatch.steps.take with the step's fields already checked and written; the state changes there.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import select

from core.errors import BadInput
from dispatch.assignments.assign import acknowledge_all_of, withdraw, withdraw_from_units
from dispatch.assignments.crew_chain import refuse
from dispatch.clock.custody import begin_turn, change_turn, end_turn, keep_limits, note_reopened
from dispatch.clock.models import TurnEnd
from dispatch.notifications.office_link_models import LinkEnd
from dispatch.notifications.office_links import end_links
from dispatch.orders.assignment_models import PushPurpose, Recipient, RecipientKind
from dispatch.orders.models import Order
from dispatch.routing.crew_ranking import as_stored
from dispatch.routing.crew_snapshot import load_scene
from dispatch.routing.route import assess_urgency, find_town, route
from dispatch.steps.co_handling import begin_parts, co_offices_added, part_answered
from dispatch.steps.context import Taking, set_limits, start_accept_clock
from dispatch.steps.extensions import (
    extension_asked,
    extension_declined,
    extension_granted,
    extension_lapsed,
    resumed,
    suspended,
)
from dispatch.steps.first_contact import contact_logged, start_contact_clock
from dispatch.steps.follow_up import end_follow_up
from dispatch.steps.merge_and_split import joined, left, split
from dispatch.steps.recount import recounted
from dispatch.steps.replies import approved, followed_up, replied, sent_back
from dispatch.steps.returns import (
    find_precedents,
    return_asked,
    return_declined,
    return_granted,
    return_lapsed,
    with_precedents,
)
from dispatch.steps.supervision_orders import urge_answered, urge_dropped, urged
from dispatch.workflow import FINAL, Role, State, Step


def following(taken: Taking) -> tuple[Step, Mapping[str, Any]] | None:
    """What the system does by itself after a step."""
    match taken.step:
        case Step.ANSWER:
            return Step.CLOSE, {"reason": "当场答复，直接办结。"}
        case Step.REGISTER if taken.sure:
            return Step.DISPATCH, {"reason": "按规则自动派单。"}
        case Step.RECORD_FOLLOW_UP if taken.given["citizen_solved"]:
            return Step.CLOSE, {"reason": "回访：诉求人认为已经解决。"}
        case Step.RECORD_FOLLOW_UP:
            return Step.REOPEN, {"reason": "回访：诉求人认为没有解决。"}
        case _:
            return None


async def _filled_in(taking: Taking) -> None:
    order, changed = taking.order, taking.details.get("changes", {})
    if order.confidential:
        order.contact_due_at = None
    if order.limits_from_at is not None and changed.keys() & {"kind", "urgency"}:
        set_limits(taking, order.limits_from_at)
        await keep_limits(taking.session, order)
    if order.state is State.REGISTERED and changed.keys() & {"subject", "place_town", "place"}:
        # What was proposed for the old matter goes; what the person chose in this very step stays.
        order.lead_office_code = taking.given.get("lead_office_code")
        order.unit_code = taking.given.get("unit_code")
        if "co_office_codes" not in taking.given:
            order.co_offices = []
        await _propose_route(taking)


async def _registered(taking: Taking) -> None:
    order = taking.order
    if order.kind is None or not order.subject:
        return  # The table's `needs` complain.
    order.registered_at = taking.at
    assessed = assess_urgency(taking.policy.urgency, f"{order.title}\n{order.matter}")
    if assessed.urgency.rank > order.urgency.rank:
        order.urgency = assessed.urgency
        taking.details["urgency"] = {"to": assessed.urgency, "why": list(assessed.why)}
    set_limits(taking, order.limits_from_at or order.received_at)
    await _propose_route(taking)


async def _propose_route(taking: Taking) -> None:
    """Fill in whoever was not chosen by hand."""
    order = taking.order
    order.place_town = order.place_town or find_town(taking.city, order.place)
    scene = await load_scene(taking.session, taking.city, taking.policy.crews, order, at=taking.at)
    found = route(
        taking.city,
        taking.policy.asking,
        subject=order.subject,
        place_town=order.place_town,
        place=order.place,
        scene=scene,
    )
    order.unit_choice = as_stored(found.units)
    precedents = await find_precedents(taking.session, order.subject, order.place_town)
    ruled = with_precedents(found, precedents, taking.city)
    by_hand = order.lead_office_code is not None
    order.lead_office_code = order.lead_office_code or found.lead_office_code
    order.unit_code = order.unit_code or found.unit_code
    if not order.co_offices:
        taking.set_co_offices(found.co_office_codes)
    taking.sure = by_hand or ruled.sure
    why = ["主办单位由登记人选定。", *ruled.why[len(found.why) :]] if by_hand else list(ruled.why)
    taking.details["route"] = {
        "lead_office_code": order.lead_office_code,
        "unit_code": order.unit_code,
        "co_office_codes": [co.office_code for co in order.co_offices],
        "sure": taking.sure,
        "why": why,
    }


async def _dispatched(taking: Taking) -> None:
    order = taking.order
    if order.lead_office_code is None or order.kind is None:
        return  # The table's `needs` complain.
    if order.registered_at is None:
        # Thrown out as a draft, or answered on the spot, and then reopened.
        order.registered_at = taking.at
    if order.limits_from_at is None:
        set_limits(taking, taking.at)
    taking.set_co_offices([co.office_code for co in order.co_offices])  # the new lead office is none of them
    order.accepted_at = order.contact_due_at = order.contacted_at = None
    first = taking.step is Step.DISPATCH
    if first:
        # First contact is responsible: after a redispatch it stays so until the new office has accepted.
        order.responsible_office_code = order.lead_office_code
    else:
        lead = taking.details.get("changes", {}).get("lead_office_code", {"from": order.lead_office_code})
        await return_granted(taking, lead["from"])
        await extension_lapsed(taking)
        await urge_dropped(taking)
    start_accept_clock(taking)
    begin_parts(taking, anew=first)
    await begin_turn(taking.session, order, at=taking.at)
    everybody = [Recipient(RecipientKind.OFFICE, order.lead_office_code, PushPurpose.LEAD)]
    everybody += [Recipient(RecipientKind.OFFICE, co.office_code, PushPurpose.ASSIST) for co in order.co_offices]
    if order.unit_code is not None:
        everybody.append(Recipient(RecipientKind.UNIT, order.unit_code, PushPurpose.CREW))
    # A first or renewed dispatch notifies everybody; a change of the lead only those concerned.
    keep = everybody if taking.step is Step.REDISPATCH else ()
    await withdraw(taking.session, order.id, at=taking.at, keep=keep)
    offices = [one.code for one in everybody if one.kind is RecipientKind.OFFICE]
    await end_links(taking.session, order.id, LinkEnd.MOVED, at=taking.at, keep=offices)
    taking.pushes.extend(everybody)


async def _handed_on(taking: Taking) -> None:
    order = taking.order
    if "unit_code" not in taking.details.get("changes", {}) or order.unit_code is None:
        wrong = "已经派给这支直通车，请选另一支。"
        raise BadInput(wrong, fields={"unit_code": wrong})
    await withdraw_from_units(taking.session, order.id, at=taking.at)
    taking.pushes.append(Recipient(RecipientKind.UNIT, order.unit_code, PushPurpose.CREW))


async def _declined(taking: Taking) -> None:
    await refuse(taking.session, taking.order, taking.given["reason"], at=taking.at)


async def _accepted(taking: Taking) -> None:
    taking.order.accepted_at = taking.at
    start_contact_clock(taking)
    taking.order.responsible_office_code = taking.order.lead_office_code
    await change_turn(taking.session, taking.order.id, accepted_at=taking.at)
    actor = taking.actor
    mine = (
        (RecipientKind.UNIT, actor.unit_code) if actor.role is Role.UNIT else (RecipientKind.OFFICE, actor.office_code)
    )
    await acknowledge_all_of(taking.session, taking.order.id, *mine, by=actor.name, at=taking.at)


async def _instructed(taking: Taking) -> None:
    """The instruction goes to the office at once, where one has the order."""
    taking.tell_lead()


async def _answered(taking: Taking) -> None:
    taking.order.public_answer, taking.order.answer_author = taking.given["public_answer"], taking.actor.author


_ENDS = {Step.CLOSE: TurnEnd.CLOSED, Step.MERGE: TurnEnd.MERGED, Step.INVALIDATE: TurnEnd.INVALID}


async def _ended(taking: Taking) -> None:
    taking.order.closed_at = taking.at
    await return_lapsed(taking)
    await extension_lapsed(taking)
    await urge_dropped(taking)
    await end_turn(taking.session, taking.order.id, _ENDS[taking.step], at=taking.at)
    await withdraw(taking.session, taking.order.id, at=taking.at, keep=())
    await end_links(taking.session, taking.order.id, LinkEnd.CLOSED, at=taking.at)
    await end_follow_up(taking)


async def _merged(taking: Taking) -> None:
    number = taking.given["merged_into"]
    into = await taking.session.scalar(select(Order).where(Order.number == number))
    wrong = None
    if into is None:
        wrong = f"没有工单{number}。"
    elif into.id == taking.order.id:
        wrong = "不能并入自己。"
    elif into.state in FINAL:
        wrong = f"工单{number}已经办结，不能并入。"
    if into is None or wrong is not None:
        raise BadInput(wrong or "", fields={"merged_into": wrong or ""})
    taking.order.merged_into_id = into.id
    await _ended(taking)
    await joined(taking, into)


async def _taken_back(taking: Taking) -> None:
    order = taking.order
    await left(taking)
    order.closed_at = order.merged_into_id = None


async def _reopened(taking: Taking) -> None:
    order = taking.order
    await left(taking)
    if order.state not in (State.MERGED, State.INVALID):
        await note_reopened(taking.session, order.id, at=taking.at)
    await end_follow_up(taking)
    order.closed_at = order.promised_at = order.accepted_at = order.merged_into_id = None
    order.dispatched_at = order.accept_final_at = order.resume_at = None
    order.contact_due_at = order.contacted_at = None
    if order.kind is not None:
        # A new round of handling, with limits of its own; those of the first are in the history.
        set_limits(taking, taking.at)


CONSEQUENCES: Mapping[Step, Callable[[Taking], Awaitable[None]]] = {
    Step.FILL_IN: _filled_in,
    Step.ANSWER: _answered,
    Step.REGISTER: _registered,
    Step.DISPATCH: _dispatched,
    Step.REDISPATCH: _dispatched,
    Step.ADD_CO_OFFICES: co_offices_added,
    Step.ANSWER_PART: part_answered,
    Step.ASK_MOVE: return_asked,
    Step.DECLINE_MOVE: return_declined,
    Step.HAND_ON: _handed_on,
    Step.DECLINE: _declined,
    Step.ACCEPT: _accepted,
    Step.CONTACT: contact_logged,
    Step.REPLY: replied,
    Step.SEND_BACK: sent_back,
    Step.APPROVE: approved,
    Step.INSTRUCT: _instructed,
    Step.URGE: urged,
    Step.ANSWER_URGE: urge_answered,
    Step.RECORD_FOLLOW_UP: followed_up,
    Step.CLOSE: _ended,
    Step.INVALIDATE: _ended,
    Step.MERGE: _merged,
    Step.SPLIT: split,
    Step.REOPEN: _reopened,
    Step.TAKE_BACK: _taken_back,
    Step.SUSPEND: suspended,
    Step.RESUME: resumed,
    Step.ASK_EXTENSION: extension_asked,
    Step.GRANT_EXTENSION: extension_granted,
    Step.DECLINE_EXTENSION: extension_declined,
    Step.RECOUNT: recounted,
}
