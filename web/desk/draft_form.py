"""The form of a call's order with what is proposed for it: which fields, what stands in them, what is still open."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import knows_caller, redactor_for
from core import clock
from core.errors import NotFound
from dispatch.citizens.redaction import stays_unnamed
from dispatch.city.records import City
from dispatch.intake.models import ProposalRow, ProposalState
from dispatch.intake.proposals import as_text, proposals_of
from dispatch.intake.proposing import Alternative, Proposal
from dispatch.kinds import Urgency
from dispatch.orders.drafts import find_order_in_hand
from dispatch.orders.labels import KINDS, URGENCIES
from dispatch.orders.models import CallPurpose, Order
from dispatch.orders.step_fields import is_empty
from dispatch.policy import Policy
from dispatch.routing.route import find_town, route
from dispatch.workflow import State, Step
from telephony.calls.models import Call
from web.calls.live_transcript import get_live_call, may_play
from web.desk.after_registering import AfterRegistering, after_registering
from web.http.schemas import Message
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer
from web.orders.steps.step_forms import FormField, plain_fields, step_forms

ORDER = (
    "kind", "urgency", "subject", "title", "place_town", "place", "matter", "no_place", "happened_at", "cause",
    "citizen_name", "citizen_phone", "confidential",
)  # fmt: skip
"""Which fields the form has, on the screen and for the keys: what it is, where, then the rest."""


SPOT = ("latitude", "longitude")
"""Filled in from the map, or by hand."""


_INCOMING = CallPurpose.INCOMING


class AlternativeAnswer(Message):
    value: str
    name: str
    """In Chinese."""
    confidence: float


class SourceAnswer(Message):
    speaker: str
    start: float
    """Seconds of the recording."""
    end: float
    words: str
    sound: str | None
    """Address of these seconds; None: not for this person."""


class ProposalAnswer(Message):
    field: str
    value: str
    name: str
    """The value in Chinese."""
    confidence: float
    """0 to 1."""
    sure: bool
    """At or above the city's bar: it may stand in its field. Else it is a guess: the field stays empty."""
    alternatives: list[AlternativeAnswer]
    """At most three, likeliest first; empty where there is only one way to take it."""
    choices: list[AlternativeAnswer]
    """What is offered beside the field: of a guess all ways to take it, else the other ones."""
    source: SourceAnswer | None
    """None: from all that was said."""
    why: str
    state: ProposalState
    model: str
    """Version of the learned model that had a say; empty: the responsibility list alone."""
    open: bool
    """To be shown as a proposal: nobody has decided, and nobody has typed anything there."""


class ProposalsAnswer(Message):
    linkedid: str
    order: str
    """Number."""
    version: int
    """Of the order: what a PATCH of it must name."""
    proposals: list[ProposalAnswer] = Field(default_factory=list)


class RouteAnswer(Message):
    """Where the order would go, from what the form says now."""

    lead_office: str
    """Name; empty: the coordinator decides."""
    unit: str
    co_offices: list[str]
    why: list[str]
    unsure: str
    """What the agent may still ask for; without it the order waits for the coordinator. Empty: goes out by itself."""


@dataclass(frozen=True)
class DraftField:
    """One field of the form."""

    field: FormField
    proposal: ProposalAnswer | None
    """None: nothing is proposed, or somebody has decided."""

    @property
    def value(self) -> Any:
        """What stands in the field: never a guess."""
        return self.proposal.value if self.proposal is not None and self.proposal.sure else self.field.value

    @property
    def state(self) -> str:
        """For the page: plain, proposed or guessed."""
        if self.proposal is None:
            return "plain"
        return "proposed" if self.proposal.sure else "guessed"


@dataclass(frozen=True)
class DraftForm:
    order: OrderAnswer
    linkedid: str
    fields: tuple[DraftField, ...]
    spot: tuple[DraftField, ...]
    """The point on the map; none where the citizen wishes to stay unnamed."""
    route: RouteAnswer
    may_fill_in: bool
    may_register: bool
    is_draft: bool
    card: AfterRegistering | None
    may_begin_further: bool


async def read_proposals(
    session: AsyncSession, policy: Policy, me: Me, linkedid: str, number: str = ""
) -> ProposalsAnswer:
    """Of the order in hand, or of the one of `number` that the call began. Raises NotFound, also for a call that `me`
    may not hear, or one that began no such order."""
    call, order = await order_begun_in(session, me, linkedid, number)
    rows = await proposals_of(session, order.id)
    redactor = redactor_for(me, [order])
    answers = [
        ProposalAnswer.model_validate(redactor.all_of(_answer(policy, me, call, order, row).model_dump()))
        for row in rows
        if row.field not in ("citizen_name", "citizen_phone") or knows_caller(me, linkedid, [(order, _INCOMING)])
    ]
    return ProposalsAnswer(linkedid=linkedid, order=order.number, version=order.version, proposals=answers)


async def read_form(session: AsyncSession, policy: Policy, me: Me, linkedid: str, number: str = "") -> DraftForm:
    """Raises NotFound as `read_proposals` does."""
    _, order = await order_begun_in(session, me, linkedid, number)
    proposals = await read_proposals(session, policy, me, linkedid, order.number)
    answer = await order_answer(session, policy, me, order, at=clock.now())
    said = answer.model_dump()
    forms = {form.step: form for form in step_forms(answer.open_steps, said, policy)}
    steps = {step.step for step in answer.open_steps}
    shown = forms.get(Step.REGISTER)
    by_field = {one.field: one for one in proposals.proposals if one.open}
    by_name = {field.name: field for field in (shown.fields if shown else ())}
    fields = tuple(DraftField(by_name[name], by_field.get(name)) for name in ORDER if name in by_name)
    values = {one.field.name: one.value for one in fields}
    return DraftForm(
        order=answer,
        linkedid=linkedid,
        fields=fields,
        spot=() if stays_unnamed(order) else _spot(policy.city, said),
        route=route_answer(policy, {**said, **values}),
        may_fill_in=Step.FILL_IN in steps,
        may_register=Step.REGISTER in steps,
        is_draft=order.state is State.DRAFT,
        card=await after_registering(session, me, policy, linkedid, order, clock.now()),
        may_begin_further=order.state is not State.DRAFT and linkedid in me.known.calls,
    )


def _spot(city: City, said: Mapping[str, Any]) -> tuple[DraftField, ...]:
    known = {name: "" if said[name] is None else said[name] for name in SPOT}
    return tuple(DraftField(field, None) for field in plain_fields(SPOT, known, city))


def route_answer(policy: Policy, values: Mapping[str, Any]) -> RouteAnswer:
    subject, place = values.get("subject") or None, str(values.get("place") or "")
    if subject is None:
        return RouteAnswer(lead_office="", unit="", co_offices=[], why=[], unsure="")
    # As registering will find it.
    town = values.get("place_town") or find_town(policy.city, place)
    found = route(policy.city, policy.asking, subject=str(subject), place_town=town, place=place)
    return RouteAnswer(
        lead_office=policy.city.offices[found.lead_office_code].name if found.lead_office_code else "",
        unit=policy.city.units[found.unit_code].name if found.unit_code else "",
        co_offices=[policy.city.offices[code].name for code in found.co_office_codes],
        why=list(found.why),
        unsure=found.unsure,
    )


async def order_begun_in(session: AsyncSession, me: Me, linkedid: str, number: str = "") -> tuple[Call, Order]:
    """The call with its order in hand, or with the one of `number`. Raises NotFound as `read_proposals` does."""
    call = await get_live_call(session, me, linkedid)
    order = await find_order_in_hand(session, linkedid, number)
    if order is None:
        raise NotFound("这通电话没有工单。")
    return call, order


def _answer(policy: Policy, me: Me, call: Call, order: Order, row: ProposalRow) -> ProposalAnswer:
    others = tuple(Alternative(one["value"], one["confidence"]) for one in row.alternatives)
    return ProposalAnswer(
        **_said(policy, Proposal(row.field, row.value, row.confidence, others)),
        source=SourceAnswer(**row.source, sound=_sound(me, call, row.source)) if row.source else None,
        why=row.why,
        state=row.state,
        model=row.model,
        open=row.state is ProposalState.OPEN and _untouched(order, row.field),
    )


def unstored_answer(policy: Policy, one: Proposal, model: str) -> ProposalAnswer:
    """Of a call that has no order."""
    return ProposalAnswer(
        **_said(policy, one), source=None, why=one.why, state=ProposalState.OPEN, model=model, open=True
    )


def _said(policy: Policy, one: Proposal) -> dict[str, Any]:
    """What is proposed, in words, and how it is offered."""
    city, sure = policy.city, one.is_sure(policy.hearing)
    ways = one.alternatives or (Alternative(one.value, one.confidence),)
    named = [
        AlternativeAnswer(value=way.value, name=value_name(city, one.field, way.value), confidence=way.confidence)
        for way in ways
    ]
    return {
        "field": one.field,
        "value": one.value,
        "name": value_name(city, one.field, one.value),
        "confidence": one.confidence,
        "sure": sure,
        "alternatives": named if one.alternatives else [],
        "choices": [way for way in named if not sure or way.value != one.value],
    }


def _untouched(order: Order, field: str) -> bool:
    """Nobody has put anything there: what is typed is never overwritten, not even on a screen."""
    value = getattr(order, field, None)
    return is_empty(value) or value is False or (field == "urgency" and value == Urgency.NORMAL)


def _sound(me: Me, call: Call, source: Mapping[str, Any]) -> str | None:
    if not may_play(me, call):
        return None
    start, end = max(0.0, source["start"] - 0.4), source["end"] + 0.6
    return f"/api/calls/{call.linkedid}/sound?start={start:.2f}&end={end:.2f}"


def value_name(city: City, field: str, value: str) -> str:
    """A field's value as people read it."""
    match field:
        case "kind":
            return next((words for kind, words in KINDS.items() if kind == value), value)
        case "urgency":
            return next((words for urgency, words in URGENCIES.items() if urgency == value), value)
        case "subject":
            return city.subjects[value].name if value in city.subjects else value
        case "place_town":
            return city.towns[value].name if value in city.towns else value
        case "lead_office_code":
            return city.offices[value].name if value in city.offices else value
        case "happened_at":
            return f"{dt.datetime.fromisoformat(value):%-m月%-d日 %H:%M}"
        case _:
            return as_text(value)
