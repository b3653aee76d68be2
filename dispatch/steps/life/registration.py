"""建单、填写、登记、当场答复: what the order says, its limits, and the proposal of who handles it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.citizens.redaction import for_rules, stays_unnamed
from dispatch.clock.custody import keep_limits
from dispatch.intake.duplicates import MatterToCompare, find_twin, twin_words
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.completeness import missing
from dispatch.orders.models import Order
from dispatch.orders.step_fields import MATTER, ORDER_FIELDS
from dispatch.policy import Policy
from dispatch.routing.crew_ranking import as_stored
from dispatch.routing.crew_snapshot import load_scene
from dispatch.routing.route import assess_urgency, find_town, route
from dispatch.steps.context import StepContext, SystemStep, set_limits
from dispatch.steps.notify import notify, shown
from dispatch.steps.requests.returns import find_precedents, with_precedents
from dispatch.steps.spec import StepSpec
from dispatch.workflow import TRANSITIONS, State, Step


async def _another_matter(
    session: AsyncSession, policy: Policy, order: Order, given: Mapping[str, Any], at: dt.datetime
) -> Mapping[str, str]:
    """Whether it is not the matter of an open order that is likely its twin."""
    if given.get("separate"):
        return {}
    needs = TRANSITIONS[State.DRAFT][Step.REGISTER].needs
    said = {name: given.get(name, getattr(order, name)) or "" for name in MATTER}
    if missing(needs, said):
        return {}  # That comes first.
    text = f"{said['title']}\n{said['matter']}"
    matter = MatterToCompare(said["subject"], said["place_town"], said["place"], text)
    twin = await find_twin(session, policy.city, policy.desk, matter, besides=order.id, at=at)
    return {} if twin is None else {"separate": twin_words(twin)}


async def filled_in(context: StepContext) -> None:
    order, changed = context.order, context.details.get("changes", {})
    if stays_unnamed(order):
        order.contact_due_at = None
    if order.limits_from_at is not None and changed.keys() & {"kind", "urgency"}:
        set_limits(context, order.limits_from_at)
        await keep_limits(context.session, order)
    if order.state is State.REGISTERED and changed.keys() & {"subject", "place_town", "place"}:
        # What was proposed for the old matter goes; what the person chose in this very step stays.
        order.lead_office_code = context.given.get("lead_office_code")
        order.unit_code = context.given.get("unit_code")
        if "co_office_codes" not in context.given:
            order.co_offices = []
        await _propose_route(context)


async def registered(context: StepContext) -> None:
    order = context.order
    if order.kind is None or not order.subject:
        return  # The table's `needs` complain.
    order.registered_at = context.at
    if order.place:
        order.no_place = None
    assessed = assess_urgency(context.policy.urgency, for_rules(order, f"{order.title}\n{order.matter}"))
    if assessed.urgency.rank > order.urgency.rank:
        order.urgency = assessed.urgency
        context.details["urgency"] = {"to": assessed.urgency, "why": list(assessed.why)}
    set_limits(context, order.limits_from_at or order.received_at)
    await _propose_route(context)


async def answered(context: StepContext) -> None:
    context.order.public_answer, context.order.answer_author = context.given["public_answer"], context.actor.author


async def _propose_route(context: StepContext) -> None:
    """Fill in whoever was not chosen by hand."""
    order = context.order
    place = for_rules(order, order.place)
    order.place_town = order.place_town or find_town(context.city, place)
    scene = await load_scene(context.session, context.city, context.policy.crews, order, at=context.at)
    found = route(
        context.city,
        context.policy.asking,
        subject=order.subject,
        place_town=order.place_town,
        place=place,
        scene=scene,
    )
    order.unit_choice = as_stored(found.units)
    precedents = await find_precedents(context.session, order.subject, order.place_town)
    ruled = with_precedents(found, precedents, context.city)
    by_hand = order.lead_office_code is not None
    order.lead_office_code = order.lead_office_code or found.lead_office_code
    order.unit_code = order.unit_code or found.unit_code
    if not order.co_offices:
        context.set_co_offices(found.co_office_codes)
    context.sure = by_hand or ruled.sure
    why = ["主办单位由登记人选定。", *ruled.why[len(found.why) :]] if by_hand else list(ruled.why)
    context.details["route"] = {
        "lead_office_code": order.lead_office_code,
        "unit_code": order.unit_code,
        "co_office_codes": [co.office_code for co in order.co_offices],
        "sure": context.sure,
        "why": why,
    }


async def _notify_citizen(context: StepContext) -> None:
    await notify(context, Audience.CITIZEN, Template.ORDER_REGISTERED, due=shown(context.order.finish_due_at))


def _dispatch_where_sure(taken: StepContext) -> SystemStep | None:
    return SystemStep(Step.DISPATCH, {"reason": "按规则自动派单。"}) if taken.sure else None


def _close(_: StepContext) -> SystemStep:
    return SystemStep(Step.CLOSE, {"reason": "当场答复，直接办结。"})


SPECS = (
    StepSpec(step=Step.CREATE, label="建单"),
    # The handling office of an order in progress is changed by redispatch, which notifies the offices.
    StepSpec(step=Step.FILL_IN, label="填写", takes=ORDER_FIELDS, takes_on_hand=MATTER, effect=filled_in),
    StepSpec(
        step=Step.REGISTER,
        label="登记",
        takes=ORDER_FIELDS | {"separate"},
        asks_first=_another_matter,
        effect=registered,
        notify=_notify_citizen,
        then=_dispatch_where_sure,
    ),
    StepSpec(step=Step.ANSWER, label="当场答复", takes=MATTER | {"article"}, effect=answered, then=_close),
)
