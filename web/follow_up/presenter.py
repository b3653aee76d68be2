"""Follow-up as coordinators and supervisors read it; the office is shown none of this."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import phone_of, redactor_for, redactor_of_order
from core import clock
from core.privacy.redaction import Redactor
from core.texts.lines import MANY_LINES
from dispatch.citizens.redaction import holds_a_secret, stays_unnamed
from dispatch.follow_up.labels import FOLLOW_UP_STATES
from dispatch.follow_up.models import CitizenAnswer, FollowUp
from dispatch.follow_up.rules import FollowUpState
from dispatch.kinds import Channel
from dispatch.orders.models import Order
from dispatch.steps.life.follow_up import answers_of, rounds_of, to_call
from dispatch.workflow import Role
from telephony.control.models import CallCommand
from web.http.schemas import Message

SHOWN = 100


class Answers(Message):
    """What the citizen answers over the link."""

    citizen_answered: bool
    citizen_solved: bool
    citizen_satisfied: bool
    reason: Annotated[str, MANY_LINES] = ""
    """In the citizen's own words; may be empty."""


class RoundAnswer(Message):
    planned_at: dt.datetime
    due_at: dt.datetime | None
    """When the citizen is asked, or when the link ends; None: a person's turn, or over."""
    state: FollowUpState
    state_name: str
    asked_at: dt.datetime | None
    ended_at: dt.datetime | None


class SaidAnswer(Message):
    at: dt.datetime
    by_role: Role
    by_name: str
    answered: bool
    solved: bool
    satisfied: bool
    said: str


class BetweenAnswer(Message):
    """A call between the office or crew and the citizen after the work was reported done and before the citizen was
    asked.
    """

    at: dt.datetime
    by: str
    linkedid: str
    result: str


class OrderFollowUpAnswer(Message):
    rounds: list[RoundAnswer]
    first: SaidAnswer | None
    """Frozen: the answer when first asked."""
    final: SaidAnswer | None
    between: list[BetweenAnswer]


class ToCallAnswer(Message):
    order: str
    title: str
    channel: Channel
    phone: str
    asked_at: dt.datetime | None
    """When the link went out; None: it did not."""
    public_answer: str


class ToCallsAnswer(Message):
    to_call: list[ToCallAnswer]


@dataclass(frozen=True)
class AskedAbout:
    """The order as its citizen's link shows it: whoever got the text message may open it."""

    number: str
    title: str
    """Empty: the citizen wishes to stay unnamed."""
    answer: str
    """Empty: not shown here."""


def asked_about(order: Order) -> AskedAbout:
    """No other citizen of its family is named, and where one stays unnamed no words of the office's are quoted, as in
    notifications (decision 0029)."""
    if stays_unnamed(order):
        return AskedAbout(order.number, "", "")
    redactor, closed = redactor_of_order(order), order.answer_author and holds_a_secret(order)
    return AskedAbout(order.number, redactor.text(order.title), "" if closed else redactor.text(order.public_answer))


async def order_follow_up(session: AsyncSession, me: Me, order: Order) -> OrderFollowUpAnswer:
    redactor, rounds, said = (
        redactor_for(me, [order]),
        await rounds_of(session, order.id),
        await answers_of(session, order.id),
    )
    return OrderFollowUpAnswer(
        rounds=[_round(one) for one in rounds],
        first=_said(said[0], redactor) if said else None,
        final=_said(said[-1], redactor) if said else None,
        between=[between for one in rounds for between in await _between(session, order, one)],
    )


async def to_calls(session: AsyncSession, me: Me) -> ToCallsAnswer:
    found = await to_call(session, SHOWN)
    return ToCallsAnswer(
        to_call=[
            ToCallAnswer(
                order=one.order.number,
                title=redactor_for(me, [one.order]).text(one.order.title),
                channel=one.order.channel,
                phone=phone_of(me, one.order),
                asked_at=one.asked_at if one.notification_id is not None else None,
                public_answer=redactor_for(me, [one.order]).text(one.order.public_answer),
            )
            for one in found
        ]
    )


def _round(one: FollowUp) -> RoundAnswer:
    return RoundAnswer(
        planned_at=one.planned_at,
        due_at=one.due_at,
        state=one.state,
        state_name=FOLLOW_UP_STATES[one.state],
        asked_at=one.asked_at,
        ended_at=one.ended_at,
    )


def _said(one: CitizenAnswer, redactor: Redactor) -> SaidAnswer:
    return SaidAnswer(
        at=one.at,
        by_role=one.by_role,
        by_name="" if one.by_role is Role.CITIZEN else one.by_name,
        answered=one.answered,
        solved=one.solved,
        satisfied=one.satisfied,
        said=redactor.text(one.said),
    )


async def _between(session: AsyncSession, order: Order, one: FollowUp) -> list[BetweenAnswer]:
    actions = await session.scalars(
        select(CallCommand)
        .where(CallCommand.order_number == order.number, CallCommand.target.startswith("citizen"))
        .where(CallCommand.role.in_([Role.OFFICE.value, Role.UNIT.value]))
        .where(CallCommand.asked_at.between(one.finished_at or one.planned_at, one.ended_at or clock.now()))
        .order_by(CallCommand.id)
    )
    return [
        BetweenAnswer(at=action.asked_at, by=action.display_name, linkedid=action.linkedid, result=action.result)
        for action in actions
    ]
