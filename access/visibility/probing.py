"""Alarm when somebody writes a confidential reporter's name into an order without being allowed to know it.

The writer's own words stay as typed, so nothing shows whether the guess was right (access.visibility.rules.wrote). Two
people who compare what each of them reads could still learn it; the alarm exists for that. Only the roles that may know
see it. A job checks after the answer, so a request takes as long with the right name as with a wrong one.
"""

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import may_know, redactor_of_order
from core.jobs import Job, defer
from core.privacy.redaction import NO_NAME, NO_NUMBER
from dispatch.citizens.redaction import holds_a_secret
from dispatch.orders.models import Order, OrderStep
from dispatch.orders.permissions import KEEPS_SECRETS
from dispatch.workflow import Role
from telephony.monitoring.incidents import SHOWN_ON_PAGES_ONLY, raise_incident
from telephony.trouble_kinds import TroubleKind

LOOK_FOR_PROBING = "access.look_for_probing"
"""Job: look through what was written into order `order_id` after its step `after_seq`."""


def troubles_kept_from(role: Role) -> Collection[TroubleKind]:
    """Alarms hidden from this role, since they would confirm a guessed name."""
    return () if role in KEEPS_SECRETS else SHOWN_ON_PAGES_ONLY


async def note_probing(session: AsyncSession, me: Me, order: Order) -> None:
    """In the transaction of a step, before it: a step that is refused has left nothing to look through."""
    if holds_a_secret(order) and not may_know(me, confidential=True):
        wanted = {"order_id": order.id, "after_seq": order.step_count}
        await defer(session, Job(LOOK_FOR_PROBING, queue="records", arguments=wanted))


async def look_for_probing(session: AsyncSession, pbx: str, order_id: int, after_seq: int, *, at: dt.datetime) -> None:
    """May be done again. `pbx`: as telephony.monitoring.incidents.raise_incident wants it."""
    order = await session.get_one(Order, order_id)
    written = select(OrderStep).where(OrderStep.order_id == order_id, OrderStep.seq > after_seq, OrderStep.author != "")
    redactor = redactor_of_order(order)
    for row in await session.scalars(written.order_by(OrderStep.seq)):
        texts = [one for one in (row.reason, *row.details.values()) if isinstance(one, str)]
        # In a thread, as all covering of long texts.
        covered = await asyncio.to_thread(redactor.all_of, texts)
        if _covers(covered) > _covers(texts):
            detail = f"工单{order.number}要求保密，{row.actor_name}在办理内容里写到了诉求人，可能在试探是谁。"
            await raise_incident(session, pbx, TroubleKind.REPORTER_NAMED, detail, at)


def _covers(texts: Iterable[str]) -> int:
    return sum(text.count(NO_NAME) + text.count(NO_NUMBER) for text in texts)
