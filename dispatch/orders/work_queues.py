"""Work queues of the city's own people, each handled by the people on duty.

No order has a coordinator of its own (docs/decisions/0005): a matter must not wait because one person's shift is over.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.clock import CITY_ZONE, in_city
from dispatch.orders.limits import RUNS_IN, Limit
from dispatch.orders.models import Order
from dispatch.orders.request_models import NoteReceipt
from dispatch.workflow import Role, State


class WorkQueue(StrEnum):
    TO_REGISTER = "to_register"
    TO_DISPATCH = "to_dispatch"
    RETURN = "return"
    """A first return: the coordinator's, within the hour."""
    RULING = "ruling"
    """A second one: the supervisor's."""
    EXTENSION = "extension"
    REVIEW = "review"
    INSTRUCTION = "instruction"
    NOTE = "note"
    """An office wrote to city hall, and nobody there has read it."""
    SUPERVISED = "supervised"
    """A supervision order that is not answered."""
    DUE_TODAY = "due_today"
    """One of its limits ends today and is not missed yet."""
    ACCEPT_OVERDUE = "accept_overdue"
    CONTACT_OVERDUE = "contact_overdue"
    FINISH_OVERDUE = "finish_overdue"


LATE = (WorkQueue.ACCEPT_OVERDUE, WorkQueue.CONTACT_OVERDUE, WorkQueue.FINISH_OVERDUE)

QUEUES: Mapping[Role, tuple[WorkQueue, ...]] = {
    Role.AGENT: (WorkQueue.TO_REGISTER,),
    Role.COORDINATOR: (
        WorkQueue.RETURN, WorkQueue.TO_DISPATCH, WorkQueue.EXTENSION, WorkQueue.REVIEW, WorkQueue.NOTE,
        WorkQueue.DUE_TODAY, *LATE,
    ),
    Role.SUPERVISOR: (WorkQueue.RULING, WorkQueue.SUPERVISED, WorkQueue.DUE_TODAY, *LATE),
    Role.LEADER: (WorkQueue.INSTRUCTION, *LATE),
}  # fmt: skip
"""Whose work it is, the most pressing first."""

OPEN_TO: Mapping[WorkQueue, frozenset[Role]] = {WorkQueue.NOTE: frozenset({Role.COORDINATOR, Role.SUPERVISOR})}
"""Queues that say something which not everybody may know; all others are open to whoever sees the orders."""

_STATES: Mapping[WorkQueue, frozenset[State]] = {
    WorkQueue.TO_REGISTER: frozenset({State.DRAFT}),
    WorkQueue.TO_DISPATCH: frozenset({State.REGISTERED, State.REOPENED}),
    WorkQueue.REVIEW: frozenset({State.REPLIED, State.IN_REVIEW}),
    WorkQueue.INSTRUCTION: frozenset({State.ESCALATED}),
}


def waits(for_what: WorkQueue, at: dt.datetime) -> ColumnElement[bool]:
    """Whether an order does so at an aware instant."""
    match for_what:
        case WorkQueue.RETURN:
            return Order.return_before == Role.COORDINATOR
        case WorkQueue.RULING:
            return Order.return_before == Role.SUPERVISOR
        case WorkQueue.EXTENSION:
            return Order.extension_until_at.is_not(None)
        case WorkQueue.NOTE:
            unread = select(NoteReceipt.order_id).where(NoteReceipt.side == "", NoteReceipt.read_at.is_(None))
            return Order.id.in_(unread)
        case WorkQueue.SUPERVISED:
            return Order.supervision_due_at.is_not(None)
        case WorkQueue.DUE_TODAY:
            midnight = dt.datetime.combine(in_city(at).date() + dt.timedelta(days=1), dt.time(), CITY_ZONE)
            return or_(*(_runs(limit, lambda due: (due >= at) & (due < midnight)) for limit in Limit))
        case WorkQueue.ACCEPT_OVERDUE:
            return _runs(Limit.ACCEPT, lambda due: due < at)
        case WorkQueue.CONTACT_OVERDUE:
            return _runs(Limit.CONTACT, lambda due: due < at)
        case WorkQueue.FINISH_OVERDUE:
            return _runs(Limit.FINISH, lambda due: due < at)
        case _:
            return Order.state.in_(_STATES[for_what])


def _runs(
    limit: Limit, ends: Callable[[InstrumentedAttribute[dt.datetime | None]], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Whether this limit of an order runs, and ends as asked."""
    running = [Order.closed_at.is_(None), Order.state.in_(RUNS_IN[limit])]
    match limit:
        case Limit.ACCEPT:
            return and_(*running, ends(Order.accept_due_at))
        case Limit.CONTACT:
            return and_(*running, Order.contacted_at.is_(None), ends(Order.contact_due_at))
        case Limit.FINISH:
            return and_(*running, ends(Order.finish_due_at))


def may_ask_for(queue: WorkQueue, role: Role) -> bool:
    return role in OPEN_TO.get(queue, frozenset(Role))


async def count_waiting(session: AsyncSession, role: Role, *, at: dt.datetime) -> dict[WorkQueue, int]:
    """How much waits for this role; what is empty is left out."""
    queues = QUEUES.get(role, ())
    if not queues:
        return {}
    counts = [select(func.count()).select_from(Order).where(waits(one, at)).scalar_subquery() for one in queues]
    found = (await session.execute(select(*counts))).one()
    return {one: count for one, count in zip(queues, found, strict=True) if count}
