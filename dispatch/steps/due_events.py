"""Writes down what fell due on an order, each thing exactly once, and says which step the system takes for it.

A row of `order_notices` for (order, kind, limit, office) is what makes it once: whoever inserts it acts, in the same
transaction; a second sweeper, a restart or a clock set back finds the row and does nothing.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import day_and_minute
from dispatch.city.organisation import Office
from dispatch.city.records import City
from dispatch.clock.custody import note_warned
from dispatch.clock.models import Accountability, OrderNotice
from dispatch.clock.timers import ACCOUNTABLE, REMINDERS, WARNINGS, Duty, DutyKind
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.notify import tell_of_duty
from dispatch.workflow import Step

SystemStep = tuple[Step, Mapping[str, Any], Mapping[str, Any]]
"""What the system does: step, its fields, and what its history row says beside them."""


async def note_fallen(
    session: AsyncSession, policy: Policy, order: Order, duty: Duty, *, at: dt.datetime
) -> SystemStep | None:
    """Keep that `duty` fell; the step that follows, None where a row is all or where it was kept before."""
    if duty.kind is DutyKind.RESUME:
        # The state itself sees to it that this happens once.
        return Step.RESUME, {"reason": f"承诺办结时间临近，恢复办理（{day_and_minute(duty.due_at)}）。"}, {}
    if duty.kind in REMINDERS and at > duty.due_at:
        return None
    key = {"order_id": order.id, "kind": duty.kind, "due_at": duty.due_at, "office_code": duty.office_code}
    kept = await session.scalar(
        insert(OrderNotice).values(at=at, **key).on_conflict_do_nothing().returning(OrderNotice.id)
    )
    if kept is None:
        return None
    await tell_of_duty(session, policy, order, duty, at=at)
    if duty.kind in ACCOUNTABLE and duty.office_code:
        responsible = select(Office.deputy).where(Office.code == duty.office_code).scalar_subquery()
        first = select(Office.head).where(Office.code == duty.office_code).scalar_subquery()
        await session.execute(
            insert(Accountability).values(at=at, responsible=responsible, first_responsible=first, **key)
        )
    if duty.kind not in WARNINGS:
        return None
    if duty.office_code:
        await note_warned(session, order.id, duty.office_code)
    details = {"warning": {"kind": duty.kind, "due_at": duty.due_at.isoformat(), "office_code": duty.office_code}}
    return Step.WARN, {"reason": _warning(policy.city, duty)}, details


def _warning(city: City, duty: Duty) -> str:
    office = city.offices.get(duty.office_code)
    if duty.kind is DutyKind.FINISH_WARNING:
        return f"{office.name if office else '工单'}到{day_and_minute(duty.due_at)}仍未答复，超过办结时限。"
    if office is None:
        return f"到{day_and_minute(duty.due_at)}仍未派单，超过签收时限。"
    if duty.kind is DutyKind.CONTACT_WARNING:
        return f"{office.name}到{day_and_minute(duty.due_at)}仍未联系上诉求人，超过首次联系时限。"
    return f"{office.name}到{day_and_minute(duty.due_at)}仍未签收，超过签收时限。"
