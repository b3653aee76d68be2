"""What waits for somebody, as the city's own people work: by queues, each taken by whoever is on duty.

No order has a coordinator of its own (docs/decisions/0005): a matter must not lie because one person's shift is over.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import CITY_ZONE, in_city
from dispatch.models import Order
from dispatch.workflow import ON_HAND, Role, State


class Waiting(StrEnum):
    TO_REGISTER = "to_register"
    TO_DISPATCH = "to_dispatch"
    RETURN = "return"
    """A first return: the coordinator's, within the hour."""
    RULING = "ruling"
    """A second one: the supervisor's."""
    EXTENSION = "extension"
    REVIEW = "review"
    INSTRUCTION = "instruction"
    URGED = "urged"
    """A 督办 notice that is not answered."""
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"


QUEUES: Mapping[Role, tuple[Waiting, ...]] = {
    Role.AGENT: (Waiting.TO_REGISTER,),
    Role.COORDINATOR: (
        Waiting.RETURN, Waiting.TO_DISPATCH, Waiting.EXTENSION, Waiting.REVIEW, Waiting.DUE_TODAY, Waiting.OVERDUE,
    ),
    Role.SUPERVISOR: (Waiting.RULING, Waiting.URGED, Waiting.DUE_TODAY, Waiting.OVERDUE),
    Role.LEADER: (Waiting.INSTRUCTION, Waiting.OVERDUE),
}  # fmt: skip
"""Whose work it is, the most pressing first."""

_STATES: Mapping[Waiting, frozenset[State]] = {
    Waiting.TO_REGISTER: frozenset({State.DRAFT}),
    Waiting.TO_DISPATCH: frozenset({State.REGISTERED, State.REOPENED}),
    Waiting.REVIEW: frozenset({State.REPLIED, State.IN_REVIEW}),
    Waiting.INSTRUCTION: frozenset({State.ESCALATED}),
}
_UNANSWERED = ON_HAND | {State.REGISTERED, State.REOPENED, State.ESCALATED}


def waits(for_what: Waiting, at: dt.datetime) -> ColumnElement[bool]:
    """Whether an order does so at an aware instant."""
    match for_what:
        case Waiting.RETURN:
            return Order.return_before == Role.COORDINATOR
        case Waiting.RULING:
            return Order.return_before == Role.SUPERVISOR
        case Waiting.EXTENSION:
            return Order.extension_until_at.is_not(None)
        case Waiting.URGED:
            return Order.urge_due_at.is_not(None)
        case Waiting.DUE_TODAY:
            midnight = dt.datetime.combine(in_city(at).date() + dt.timedelta(days=1), dt.time(), CITY_ZONE)
            return _unanswered(Order.finish_due_at >= at, Order.finish_due_at < midnight)
        case Waiting.OVERDUE:
            return _unanswered(Order.finish_due_at < at)
        case _:
            return Order.state.in_(_STATES[for_what])


def _unanswered(*due: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Order.closed_at.is_(None), Order.state.in_(_UNANSWERED), *due)


async def count_waiting(session: AsyncSession, role: Role, *, at: dt.datetime) -> dict[Waiting, int]:
    """How much waits for this role; what is empty is left out."""
    queues = QUEUES.get(role, ())
    if not queues:
        return {}
    counts = [select(func.count()).select_from(Order).where(waits(one, at)).scalar_subquery() for one in queues]
    found = (await session.execute(select(*counts))).one()
    return {one: count for one, count in zip(queues, found, strict=True) if count}
