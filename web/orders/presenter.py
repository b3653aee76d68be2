"""Orders as screens and programs read them, with what the one who asks may do next."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.calls import orders_of
from access.visibility.rules import actor_of, kept_from, knows, may_know, name_of, phone_of, redactor_of_order
from dispatch.assignments.assign import assignments_of
from dispatch.assignments.crew_search import crew_searches_of
from dispatch.assignments.models import CrewSearch
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.assignment_models import Assignment
from dispatch.orders.completeness import missing_of
from dispatch.orders.families.followers import Interested, interested_in
from dispatch.orders.labels import STATES
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.policy import Policy
from dispatch.steps.fields import fields_of
from dispatch.steps.labels import STEPS
from dispatch.steps.permission import obstacle
from dispatch.steps.requests.returns import without_hidden_rulings
from dispatch.steps.take import calls_of, history, replies_of
from dispatch.supervision.labels import MARKS
from dispatch.workflow import TRANSITIONS, Role, Step, steps_open_to
from telephony.calls.models import Call
from web.calls.presenter import call_summary
from web.calls.schemas import CallSummary
from web.orders.covering.covered_texts import CITIZEN, covered, redactor_on
from web.orders.covering.own_words import restore_own_words
from web.orders.covering.system_words import leave_out_refusals, leave_out_rulings, restore_staff, routes_of
from web.orders.crew_search_schemas import CrewSearchActionAnswer, CrewSearchAnswer, UnitChoiceAnswer
from web.orders.schemas import (
    AssignmentAnswer,
    ClosedStep,
    DispatchCallAnswer,
    HistoryAnswer,
    Identity,
    InterestedAnswer,
    MarkAnswer,
    OpenStep,
    OrderAnswer,
    OrderSummary,
    PartAnswer,
    ReplyAnswer,
)

JUDGES = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER})
"""The roles that see the marks on a reply: an office that knew them would learn to write around them."""


async def order_answer(session: AsyncSession, policy: Policy, me: Me, order: Order, *, at: dt.datetime) -> OrderAnswer:
    """Everything about an order that `me` may know, and what `me` may do on it at `at`."""
    known, interested = knows(me, order), await interested_in(session, order.id)
    in_hall = me.role in HALL
    split_from = await session.get(Order, order.split_from_id) if order.split_from_id else None
    split_off = await session.scalars(select(Order.number).where(Order.split_from_id == order.id).order_by(Order.id))
    into = await session.get(Order, order.merged_into_id) if order.merged_into_id else None
    replies, steps = await replies_of(session, order.id), await history(session, order.id)
    answer = OrderAnswer(
        **order_summary(order).model_dump() | {"title": order.title, "place": order.place},
        former_system=order.former_system,
        former_number=order.former_number,
        matter=order.matter,
        happened_at=order.happened_at,
        cause=order.cause,
        latitude=None if stays_unnamed(order) else order.latitude,
        longitude=None if stays_unnamed(order) else order.longitude,
        citizen_name="",
        citizen_phone="",
        identity=_identity(me, order),
        covered=[],
        confidential=stays_unnamed(order),
        co_office_codes=[co.office_code for co in order.co_offices],
        parts=[PartAnswer(**{name: getattr(co, name) for name in PartAnswer.model_fields}) for co in order.co_offices],
        public_answer=order.public_answer,
        finish_expected_at=order.finish_expected_at,
        promised_at=order.promised_at,
        accepted_at=order.accepted_at,
        replied_at=order.replied_at,
        registered_at=order.registered_at,
        open_steps=open_steps(me, order, policy, at),
        closed_steps=closed_steps(me, order, policy, at),
        replies=[reply_answer(me, reply) for reply in replies],
        history=[history_answer(row, known=known, judges=me.role in JUDGES) for row in steps],
        assignments=[assignment_answer(assignment) for assignment in await assignments_of(session, order.id)],
        unit_choice=[UnitChoiceAnswer(unit_code=one["code"], why=one["why"]) for one in order.unit_choice]
        if in_hall
        else [],
        crew_searches=[_crew_search(search) for search in await crew_searches_of(session, order.id)] if in_hall else [],
        calls=await _calls(session, me, order),
        interested=[_interested(me, one) for one in interested],
        merged_into=into.number if into else None,
        split_from=split_from.number if split_from else None,
        split_off=list(split_off),
    )
    if hidden := await without_hidden_rulings(session, routes_of(answer)):
        answer = leave_out_rulings(answer, hidden)
    redactor = redactor_on(me, order, interested)
    # Covered last and all of it: whatever a later version shows of an order is covered too. The masked forms come
    # after. In a thread: a history of many long notes takes longer to cover than everybody else may wait.
    shown: dict[str, Any] = await asyncio.to_thread(redactor.all_of, answer.model_dump())
    restore_staff(answer, shown)
    if kept_from(me, order):
        leave_out_refusals(shown)
    restore_own_words(me, order, steps, replies, shown)
    shown |= {"citizen_name": name_of(me, order), "citizen_phone": phone_of(me, order)}
    # As masked on their own orders: covered here, a mask would show that the reporter has the same surname.
    shown["interested"] = [one.model_dump() for one in answer.interested]
    shown["covered"] = covered(order, shown)
    return OrderAnswer.model_validate(shown)


def _identity(me: Me, order: Order) -> Identity:
    if not order.citizen_name and not order.citizen_phone:
        return Identity.UNSTATED
    if knows(me, order):
        return Identity.SHOWN
    return Identity.MASKED if may_know(me, confidential=stays_unnamed(order)) else Identity.KEPT


def _crew_search(search: CrewSearch) -> CrewSearchAnswer:
    return CrewSearchAnswer(
        id=search.id,
        state=search.state,
        unit_code=search.unit_code,
        tried=search.tried,
        next_at=search.next_at,
        begun_at=search.begun_at,
        ended_at=search.ended_at,
        alarmed_at=search.alarmed_at,
        alarm_seen_at=search.alarm_seen_at,
        alarm_seen_by=search.alarm_seen_by,
        actions=[
            CrewSearchActionAnswer(
                seq=action.seq, at=action.at, action=action.action, unit_code=action.unit_code, why=action.why
            )
            for action in search.actions
        ],
    )


def _interested(me: Me, one: Interested) -> InterestedAnswer:
    order = one.order
    return InterestedAnswer(
        number=order.number,
        version=order.version,
        channel=order.channel,
        name=name_of(me, order),
        phone=phone_of(me, order),
        hidden=stays_unnamed(order) and not knows(me, order),
        received_at=order.received_at,
        notified_at=one.notified_at,
        can_notify=Step.NOTIFY_FOLLOWER in steps_open_to(order.state, me.role),
    )


def order_summary(order: Order) -> OrderSummary:
    """For lists: whoever reads it, the citizen stays covered."""
    redactor = redactor_of_order(order)
    return OrderSummary(
        number=order.number,
        channel=order.channel,
        state=order.state,
        state_name=STATES[order.state],
        kind=order.kind,
        subject=order.subject,
        urgency=order.urgency,
        title=redactor.text(order.title),
        place_town=order.place_town,
        place=redactor.text(order.place),
        no_place=order.no_place,
        lead_office_code=order.lead_office_code,
        unit_code=order.unit_code,
        received_at=order.received_at,
        accept_due_at=order.accept_due_at,
        contact_due_at=order.contact_due_at,
        contacted_at=order.contacted_at,
        finish_due_at=order.finish_due_at,
        return_due_at=order.return_due_at if order.return_before else None,
        extension_until_at=order.extension_until_at,
        supervision_due_at=order.supervision_due_at,
        closed_at=order.closed_at,
        version=order.version,
        step_count=order.step_count,
    )


def open_steps(me: Me, order: Order, policy: Policy, at: dt.datetime) -> list[OpenStep]:
    """The steps that `me` may take on this order at `at`, with what each asks for."""
    return [
        open_step(me, order, step)
        for step in steps_open_to(order.state, me.role)
        if obstacle(order, step, actor_of(me), policy, at) is None
    ]


def closed_steps(me: Me, order: Order, policy: Policy, at: dt.datetime) -> list[ClosedStep]:
    """The other steps of its state that people take, and why this person cannot."""
    by_people = [step for step, way in TRANSITIONS[order.state].items() if way.roles - {Role.SYSTEM, Role.CITIZEN}]
    obstacles = {step: obstacle(order, step, actor_of(me), policy, at) for step in by_people}
    return [ClosedStep(step=step, name=STEPS[step], why=found.short) for step, found in obstacles.items() if found]


def open_step(me: Me, order: Order, step: Step) -> OpenStep:
    transition = TRANSITIONS[order.state][step]
    takes = fields_of(order.state, step, me.role)
    return OpenStep(
        step=step,
        name=STEPS[step],
        asks=list(transition.asks),
        takes=sorted(takes),
        missing=missing_of(order, transition.needs),
    )


def reply_answer(me: Me, reply: Reply) -> ReplyAnswer:
    marks = reply.marks if me.role in JUDGES else []
    return ReplyAnswer(
        at=reply.at,
        office_code=reply.office_code,
        unit_code=reply.unit_code,
        actor_name=reply.actor_name,
        done=reply.done,
        public_answer=reply.public_answer,
        found_true=reply.found_true,
        solved=reply.solved,
        marks=[MarkAnswer(name=MARKS[mark["kind"]], **mark) for mark in marks],
    )


def history_answer(row: OrderStep, *, known: bool, judges: bool) -> HistoryAnswer:
    details = row.details if known else without_citizen(row.details)
    if not judges:
        details = {name: value for name, value in details.items() if name != "overruled_marks"}
    return HistoryAnswer(
        seq=row.seq,
        at=row.at,
        step=row.step,
        from_state=row.from_state,
        to_state=row.to_state,
        actor_role=row.actor_role,
        # A citizen who acts in person is in the history by name.
        actor_name="" if not known and row.actor_role is Role.CITIZEN else row.actor_name,
        reason=row.reason,
        details=details,
    )


def without_citizen(details: Mapping[str, Any]) -> dict[str, Any]:
    """A history row's details without the citizen's name and phone, and without a point that was chosen on the map: it
    may be the citizen's home, and they may ask to stay unnamed later."""
    covered = {*CITIZEN, "latitude", "longitude"}
    kept = {name: value for name, value in details.items() if name not in covered}
    if isinstance(changes := kept.get("changes"), dict):
        kept["changes"] = {name: value for name, value in changes.items() if name not in covered}
    return kept


def assignment_answer(assignment: Assignment) -> AssignmentAnswer:
    return AssignmentAnswer(
        id=assignment.id,
        recipient_kind=assignment.recipient_kind,
        recipient_code=assignment.recipient_code,
        purpose=assignment.purpose,
        created_at=assignment.created_at,
        delivered_at=assignment.delivered_at,
        acknowledged_at=assignment.acknowledged_at,
        acknowledged_by=assignment.acknowledged_by,
        via=assignment.via,
        withdrawn_at=assignment.withdrawn_at,
        calls=[
            DispatchCallAnswer(
                attempt=call.attempt,
                state=call.state,
                at=call.at,
                ended_at=call.ended_at,
                result=call.result,
                linkedid=call.channel_id,
            )
            for call in assignment.calls
        ],
    )


async def _calls(session: AsyncSession, me: Me, order: Order) -> list[CallSummary]:
    linkedids = [row.linkedid for row in await calls_of(session, order.id)]
    return await call_summaries(session, me, linkedids)


async def call_summaries(session: AsyncSession, me: Me, linkedids: Sequence[str]) -> list[CallSummary]:
    """These calls, oldest first; one that the telephone has not stored yet is left out."""
    rows = await session.scalars(select(Call).where(Call.linkedid.in_(linkedids)).order_by(Call.started_at))
    linked = await orders_of(session, linkedids)
    return [call_summary(me, call, linked[call.linkedid]) for call in rows]
