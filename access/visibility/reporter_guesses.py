"""Alarm when somebody writes a confidential reporter's name into an order without being allowed to know it.

The writer's own words stay as typed, so nothing shows whether the guess was right (access.visibility.rules.wrote). Two
people who compare what each of them reads could still learn it; the alarm exists for that. Only the roles that may know
see it. A job checks after the answer, so a request takes as long with the right name as with a wrong one.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import attached_by, may_know, redactor_of_order
from core.jobs import Job, defer
from core.privacy.redaction import NO_NAME, NO_NUMBER
from dispatch.approvals.models import Approval, ApprovalDecision
from dispatch.attachments.models import Attachment
from dispatch.citizens.redaction import holds_a_secret
from dispatch.intake.caller_history import orders_of_numbers
from dispatch.orders.actors import KEEPS_SECRETS, author
from dispatch.orders.models import Order, OrderStep
from dispatch.orders.request_models import InternalNote
from dispatch.supervision.spot_checks import SpotCheckPick
from dispatch.workflow import Role
from telephony.blocking.models import Block
from telephony.monitoring.incidents import SHOWN_ON_PAGES_ONLY, raise_incident
from telephony.trouble_kinds import TroubleKind

FIND_REPORTER_GUESSES = "access.find_reporter_guesses"
"""Job: look through what was written into order `order_id` after its step `after_seq`."""
FIND_REPORTER_GUESSES_IN = "access.find_reporter_guesses_in"
"""Job: look through what stands in row `row_id` of `where`."""


class Written(StrEnum):
    """Where somebody writes about an order, beside its steps."""

    VOICE_NOTE = "voice_note"
    """What the recogniser heard in it."""
    DECISION = "decision"
    """By `approval_id`."""
    BLOCK = "block"
    FINDING = "finding"
    """Of a spot check."""
    NOTE = "note"
    """Between city hall and an office."""


@dataclass(frozen=True)
class _Found:
    orders: Sequence[Order]
    author: str
    """Empty: somebody who may know."""
    who: str
    texts: Sequence[str]


def troubles_kept_from(role: Role) -> Collection[TroubleKind]:
    """Alarms hidden from this role, since they would confirm a guessed name."""
    return () if role in KEEPS_SECRETS else SHOWN_ON_PAGES_ONLY


async def queue_guess_check(session: AsyncSession, me: Me, order: Order) -> None:
    """In the transaction of a step, before it: a step that is refused has left nothing to look through."""
    if holds_a_secret(order) and not may_know(me, confidential=True):
        wanted = {"order_id": order.id, "after_seq": order.step_count}
        await defer(session, Job(FIND_REPORTER_GUESSES, queue="records", arguments=wanted))


async def queue_guess_check_in(session: AsyncSession, where: Written, row_id: int) -> None:
    """In the transaction that wrote the text, whoever wrote it and whatever about: that a job waits says nothing."""
    await defer(session, Job(FIND_REPORTER_GUESSES_IN, queue="records", arguments={"where": where, "row_id": row_id}))


async def find_reporter_guesses_in(
    session: AsyncSession, pbx: str, where: Written, row_id: int, *, at: dt.datetime
) -> None:
    """May be done again."""
    found = await _READERS[where](session, row_id)
    for order in found.orders:
        if found.author and holds_a_secret(order):
            await _alarm(session, pbx, order, found.who, found.texts, at)


async def find_reporter_guesses(
    session: AsyncSession, pbx: str, order_id: int, after_seq: int, *, at: dt.datetime
) -> None:
    """May be done again. `pbx`: as telephony.monitoring.incidents.raise_incident wants it."""
    order = await session.get_one(Order, order_id)
    written = select(OrderStep).where(OrderStep.order_id == order_id, OrderStep.seq > after_seq, OrderStep.author != "")
    for row in await session.scalars(written.order_by(OrderStep.seq)):
        texts = [one for one in (row.reason, *row.details.values()) if isinstance(one, str)]
        await _alarm(session, pbx, order, row.actor_name, texts, at)


async def _alarm(
    session: AsyncSession, pbx: str, order: Order, who: str, texts: Sequence[str], at: dt.datetime
) -> None:
    # In a thread, as all covering of long texts.
    covered = await asyncio.to_thread(redactor_of_order(order).all_of, texts)
    if _covers(covered) > _covers(texts):
        detail = f"工单{order.number}要求保密，{who}在办理内容里写到了诉求人，可能在试探是谁。"
        await raise_incident(session, pbx, TroubleKind.REPORTER_NAMED, detail, at)


async def _in_voice_note(session: AsyncSession, row_id: int) -> _Found:
    row = await session.get_one(Attachment, row_id)
    order = await session.get_one(Order, row.order_id)
    return _Found([order], attached_by(row), row.actor_name, [row.words or ""])


async def _in_decision(session: AsyncSession, row_id: int) -> _Found:
    row = await session.get_one(ApprovalDecision, row_id)
    approval = await session.get_one(Approval, row_id)
    orders = await session.scalars(select(Order).where(Order.number == approval.subject))
    return _Found(orders.all(), author(row.decider_role, row.decider_id, None, None), row.decider_name, [row.note])


async def _in_block(session: AsyncSession, row_id: int) -> _Found:
    """Supervisors type a number and a reason, and decide; after a call an agent proposes the block, who may know."""
    row = await session.get_one(Block, row_id)
    owners = (await orders_of_numbers(session, [row.number]))[row.number_key]
    who = "、".join(dict.fromkeys(filter(None, (row.proposed_by, row.refused_by, row.lifted_by))))
    by = author(Role.SUPERVISOR, row.decided_by_id or row.proposed_by_id, None, None)
    return _Found(owners, by, who, [row.decision, *([] if row.linkedid else [row.reason])])


async def _in_finding(session: AsyncSession, row_id: int) -> _Found:
    row = await session.get_one(SpotCheckPick, row_id)
    orders = await session.scalars(select(Order).where(Order.number == row.number))
    by = author(Role.SUPERVISOR, row.checked_by_id, None, None)
    return _Found(orders.all(), by, row.checked_by or "", [row.finding or ""])


async def _in_note(session: AsyncSession, row_id: int) -> _Found:
    row = await session.get_one(InternalNote, row_id)
    order = await session.get_one(Order, row.order_id)
    return _Found([order], row.author, row.actor_name, [row.text])


_READERS: Mapping[Written, Callable[[AsyncSession, int], Awaitable[_Found]]] = {
    Written.VOICE_NOTE: _in_voice_note,
    Written.DECISION: _in_decision,
    Written.BLOCK: _in_block,
    Written.FINDING: _in_finding,
    Written.NOTE: _in_note,
}


def _covers(texts: Iterable[str]) -> int:
    return sum(text.count(NO_NAME) + text.count(NO_NUMBER) for text in texts)
