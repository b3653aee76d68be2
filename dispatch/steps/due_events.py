"""Writes down what fell due on an order, each thing exactly once, and says which step the system takes for it.

A row of `due_events` for (order, kind, limit, office) is what makes it once: whoever inserts it acts, in the same
transaction; a second sweeper, a restart or a clock set back finds the row and does nothing.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import day_and_minute, in_city
from dispatch.city.organisation import Office
from dispatch.city.posts import Post, holder_on
from dispatch.city.records import City
from dispatch.clock.custody import note_warned
from dispatch.clock.models import Accountability, DueEvent
from dispatch.clock.timers import ACCOUNTABLE, REMINDERS, WARNINGS, DueItem, DueKind
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.context import SystemStep
from dispatch.steps.notify import facts_about, notify_about, shown
from dispatch.steps.specs import DUE_SPECS
from dispatch.steps.warnings import reason_of
from dispatch.workflow import Step


async def note_fallen(
    session: AsyncSession, policy: Policy, order: Order, due_item: DueItem, *, at: dt.datetime
) -> SystemStep | None:
    """Keep that `due_item` fell; the step that follows, None where a row is all or where it was kept before."""
    if due_item.kind is DueKind.RESUME:
        # The state itself sees to it that this happens once.
        return SystemStep(Step.RESUME, {"reason": f"承诺办结时间临近，恢复办理（{day_and_minute(due_item.due_at)}）。"})
    if due_item.kind in REMINDERS and at > due_item.due_at:
        return None
    key = {"order_id": order.id, "kind": due_item.kind, "due_at": due_item.due_at, "office_code": due_item.office_code}
    kept = await session.scalar(insert(DueEvent).values(at=at, **key).on_conflict_do_nothing().returning(DueEvent.id))
    if kept is None:
        return None
    await _notify(session, policy, order, due_item, at=at)
    if due_item.kind in ACCOUNTABLE and due_item.office_code:
        first, responsible = await _responsible(session, policy.city, due_item)
        await session.execute(
            insert(Accountability).values(at=at, responsible=responsible, first_responsible=first, **key)
        )
    if due_item.kind not in WARNINGS:
        return None
    if due_item.office_code:
        await note_warned(session, order.id, due_item.office_code)
    details = {
        "warning": {"kind": due_item.kind, "due_at": due_item.due_at.isoformat(), "office_code": due_item.office_code}
    }
    return SystemStep(Step.WARN, {"reason": reason_of(policy.city, due_item)}, details)


async def _responsible(session: AsyncSession, city: City, due_item: DueItem) -> tuple[str, str]:
    """The office's first responsible and responsible person of the day on which the limit passed, by its posts; where
    these say nothing of that day, as the office's row names them now."""
    day, office = in_city(due_item.due_at).date(), due_item.office_code
    row = (await session.execute(select(Office.head, Office.deputy).where(Office.code == office))).one()
    found = [holder_on(city.tenures, office, post, day) for post in (Post.HEAD, Post.DEPUTY)]
    head, deputy = (one.holder if one else named for one, named in zip(found, row, strict=True))
    return head, deputy


def recipients_of(due_item: DueItem) -> Sequence[tuple[Audience, Template]]:
    """Pure."""
    return DUE_SPECS[due_item.kind].notifies(due_item)


async def _notify(session: AsyncSession, policy: Policy, order: Order, due_item: DueItem, *, at: dt.datetime) -> None:
    undone = DUE_SPECS[due_item.kind].undone
    facts = facts_about(policy.city, order) | {"due": shown(due_item.due_at), "reason": undone}
    for audience, template in recipients_of(due_item):
        code = due_item.office_code if audience is Audience.OFFICE else ""
        await notify_about(session, policy, order, audience, template, facts, at=at, code=code)
