"""Replies that were marked as evasive (神回复), and what the coordinator did with each: for the supervisor's circular.

A reply counts at the instant at which it was given, for the office that led the order then, also where its crew wrote
it. What was marked stays marked; only a person says whether it was right.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from dispatch.clock.models import CustodyPeriod
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.workflow import Step


class JudgedReply(StrEnum):
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    """In spite of the mark."""
    WAITING = "waiting"
    """Nobody has judged it yet."""


_STEPS = {Step.SEND_BACK: JudgedReply.SENT_BACK, Step.APPROVE: JudgedReply.ACCEPTED}


@dataclass(frozen=True)
class EvasiveReply:
    reply: Reply
    order: Order
    office_code: str
    """The lead office when the reply was given."""
    judgement: OrderStep | None
    """The coordinator's step, with name and reason; None: not judged yet."""

    @property
    def judged(self) -> JudgedReply:
        return _STEPS[self.judgement.step] if self.judgement else JudgedReply.WAITING


async def evasive_replies(
    session: AsyncSession,
    *,
    office: str | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    judged: JudgedReply | None = None,
    limit: int = 500,
) -> Sequence[EvasiveReply]:
    """Marked replies that were given in [since, before), the newest first."""
    earlier = aliased(Reply)
    # Each reply is judged once before the next can come: the nth judgement is of the nth reply.
    which = select(func.count()).where(earlier.order_id == Reply.order_id, earlier.id < Reply.id)
    judgement_id = (
        select(OrderStep.id)
        .where(OrderStep.order_id == Reply.order_id, OrderStep.step.in_(_STEPS))
        .order_by(OrderStep.seq)
        .offset(which.correlate(Reply).scalar_subquery())
        .limit(1)
        .correlate(Reply)
        .scalar_subquery()
    )
    led = (
        select(CustodyPeriod.office_code)
        .where(CustodyPeriod.order_id == Reply.order_id, CustodyPeriod.dispatched_at <= Reply.at)
        .order_by(CustodyPeriod.id.desc())
        .limit(1)
        .correlate(Reply)
        .scalar_subquery()
    )
    judgement = aliased(OrderStep)
    wanted: list[ColumnElement[bool]] = []
    if office:
        wanted.append(led == office)
    if since:
        wanted.append(Reply.at >= since)
    if before:
        wanted.append(Reply.at < before)
    if judged is not None:
        step = next((step for step, word in _STEPS.items() if word is judged), None)
        wanted.append(judgement.step == step if step else judgement.id.is_(None))
    query = (
        select(Reply, Order, led, judgement)
        .join(Order, Order.id == Reply.order_id)
        .outerjoin(judgement, judgement.id == judgement_id)
        # As the index says it, word for word: a parameter would not be recognised.
        .where(text("replies.marks <> '[]'"), *wanted)
        .order_by(Reply.at.desc(), Reply.id.desc())
        .limit(limit)
    )
    return [
        EvasiveReply(reply, order, led_by or reply.office_code or "", step)
        for reply, order, led_by, step in await session.execute(query)
    ]
