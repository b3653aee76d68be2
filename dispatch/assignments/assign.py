"""Assigning an order to offices and crews: inbox, delivery, acknowledgement.

An assignment is open until it is acknowledged or withdrawn. Each change is announced on the bus (topic `assignment`,
the assignment's id) so that whoever holds the recipient's connection sends it; the rows are the truth, and are read
again on reconnect.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, selectinload

from core import bus
from core.errors import NotAllowed, NotFound
from core.jobs import Job, defer
from dispatch.assignments.crew_search import attend, called_off, taken
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import Assignment, Recipient, RecipientKind
from dispatch.orders.models import Order
from dispatch.workflow import Role, State


class Sign(Enum):
    """What shows, without a word of its own, that somebody has an order."""

    OPENED = auto()
    """Its page was opened."""
    STEP = auto()
    """A step was taken on it that says so (StepSpec.acknowledges)."""
    ENTERED = auto()
    """A crew entered on its phone that it goes, is on the way, or is there."""


SIGNS: Mapping[RecipientKind, frozenset[Sign]] = {
    RecipientKind.OFFICE: frozenset({Sign.OPENED, Sign.STEP}),
    RecipientKind.UNIT: frozenset({Sign.STEP, Sign.ENTERED}),
}
"""An office that reads its order has it. A crew has to say that it goes: reading says nothing."""

OPEN: ColumnElement[bool] = Assignment.acknowledged_at.is_(None) & Assignment.withdrawn_at.is_(None)

CALL_UNIT = "dispatch.call_unit"
"""Job on queue `line`: say assignment `assignment_id` aloud on its crew's phone."""

NOTIFY_BROWSERS = "dispatch.notify_browsers"
"""Job on queue `notifications`: show assignment `assignment_id` on its recipient's phones, also with the page
closed."""


async def assign(
    session: AsyncSession, order: Order, recipients: Sequence[Recipient], *, at: dt.datetime, renew: bool
) -> None:
    """One assignment for each recipient that has none open in this part; for a crew also the escalation search until a
    crew accepts. `renew`: recipients that acknowledged an earlier assignment get another one, because the work begins
    again.
    """
    query = select(Assignment.recipient_kind, Assignment.recipient_code, Assignment.purpose).where(
        Assignment.order_id == order.id
    )
    present = await session.execute(query.where(OPEN if renew else Assignment.withdrawn_at.is_(None)))
    have = {Recipient(*row) for row in present}
    assignments = [
        Assignment(
            order_id=order.id,
            recipient_kind=recipient.kind,
            recipient_code=recipient.code,
            purpose=recipient.purpose,
            created_at=at,
        )
        for recipient in dict.fromkeys(recipients)
        if recipient not in have
    ]
    session.add_all(assignments)
    await session.flush()
    for assignment in assignments:
        await bus.publish(session, "assignment", assignment.id)
        if assignment.recipient_kind is RecipientKind.UNIT:
            await attend(session, order, assignment, at=at)
            await notify_browsers(session, assignment.id)


async def notify_browsers(session: AsyncSession, assignment_id: int) -> None:
    """Its recipient's phones show it, or show it once more; in the caller's transaction."""
    job = Job(
        NOTIFY_BROWSERS,
        queue="notifications",
        arguments={"assignment_id": assignment_id},
        key=f"notify-assignment-{assignment_id}",
    )
    await defer(session, job)


async def withdraw(session: AsyncSession, order_id: int, *, at: dt.datetime, keep: Collection[Recipient]) -> None:
    """Close the open assignments of all who no longer have to do with the order."""
    kept = [(recipient.kind, recipient.code, recipient.purpose) for recipient in keep]
    others = tuple_(Assignment.recipient_kind, Assignment.recipient_code, Assignment.purpose).not_in(kept)
    gone = await _withdraw(session, (Assignment.order_id == order_id) & others, at=at)
    await called_off(session, gone, at=at)


async def withdraw_from_units(session: AsyncSession, order_id: int, *, at: dt.datetime) -> None:
    """Another crew is asked; whether in the same search is dispatch.assignments.crew_search's to see."""
    await _withdraw(
        session, (Assignment.order_id == order_id) & (Assignment.recipient_kind == RecipientKind.UNIT), at=at
    )


async def _withdraw(session: AsyncSession, which: ColumnElement[bool], *, at: dt.datetime) -> Sequence[int]:
    changed = await session.scalars(
        update(Assignment).where(which, OPEN).values(withdrawn_at=at).returning(Assignment.id)
    )
    gone = changed.all()
    for assignment_id in gone:
        await bus.publish(session, "assignment", assignment_id)
    return gone


async def inbox(
    session: AsyncSession, kind: RecipientKind, code: str, *, open_only: bool = True, limit: int = 200
) -> Sequence[Assignment]:
    """What lies before one office or crew, newest first, each with its `order` loaded."""
    query = _inbox(kind, code).order_by(Assignment.id.desc()).limit(limit)
    return (await session.scalars(query.where(OPEN) if open_only else query)).all()


async def to_do(
    session: AsyncSession, kind: RecipientKind, code: str, in_hand: Collection[State], *, limit: int
) -> Sequence[Assignment]:
    """What an office or crew has to do: what it has not acknowledged, and what is in its hands. Of more than `limit`,
    what falls due first."""
    waits = or_(Assignment.acknowledged_at.is_(None), Order.state.in_(in_hand))
    query = _inbox(kind, code).where(Assignment.withdrawn_at.is_(None), waits)
    return (await session.scalars(query.order_by(Order.finish_due_at, Assignment.id).limit(limit))).all()


async def done_lately(
    session: AsyncSession, kind: RecipientKind, code: str, in_hand: Collection[State], *, limit: int
) -> Sequence[Assignment]:
    """Of the rest, newest first."""
    over = Assignment.acknowledged_at.is_not(None), Assignment.withdrawn_at.is_(None), Order.state.not_in(in_hand)
    query = _inbox(kind, code).where(*over).order_by(Assignment.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


def _inbox(kind: RecipientKind, code: str) -> Select[Assignment]:
    return (
        select(Assignment)
        .join(Assignment.order)
        .options(contains_eager(Assignment.order).selectinload(Order.co_offices))
        .where(Assignment.recipient_kind == kind, Assignment.recipient_code == code)
        .execution_options(populate_existing=True)
    )


async def get_assignment(session: AsyncSession, assignment_id: int) -> Assignment:
    """With its `order` and `calls` loaded. Raises NotFound."""
    assignment = await session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id)
        .options(selectinload(Assignment.order), selectinload(Assignment.calls))
        .execution_options(populate_existing=True)
    )
    if assignment is None:
        raise NotFound("没有这条派单通知。", assignment_id=assignment_id)
    return assignment


async def assignments_of(session: AsyncSession, order_id: int) -> Sequence[Assignment]:
    """All assignments of an order, oldest first, with their `calls`."""
    query = (
        select(Assignment)
        .where(Assignment.order_id == order_id)
        .options(selectinload(Assignment.calls))
        .order_by(Assignment.id)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def mark_delivered(session: AsyncSession, assignment_id: int, *, at: dt.datetime) -> None:
    """It reached a connected screen; only the first time counts."""
    order_id = await session.scalar(
        update(Assignment)
        .where(Assignment.id == assignment_id, Assignment.delivered_at.is_(None))
        .values(delivered_at=at)
        .returning(Assignment.order_id)
    )
    if order_id is not None:
        # Not on topic `assignment`: the sender would hear of its own sending for ever.
        await bus.publish(session, "order", order_id)


async def acknowledge(
    session: AsyncSession, assignment_id: int, *, kind: RecipientKind, code: str, by: str, at: dt.datetime, via: str
) -> Assignment:
    """The recipient says so: a click in the inbox, or the key on the telephone. The first acknowledgement counts;
    later ones, and those of a withdrawn assignment, change nothing.

    `by`: the person's name, or the extension; `via`: `inbox` or `phone`. Raises NotFound, NotAllowed.
    """
    assignment = await get_assignment(session, assignment_id)
    if (assignment.recipient_kind, assignment.recipient_code) != (kind, code):
        raise NotAllowed("这条通知不是发给您的。")
    await _acknowledge(session, Assignment.id == assignment_id, by=by, at=at, via=via)
    return await get_assignment(session, assignment_id)


async def seen(session: AsyncSession, order_id: int, actor: Actor, sign: Sign, *, at: dt.datetime) -> None:
    """`actor` showed by `sign` to have the order: acknowledges all that lies before that office or crew, where the sign
    counts for them. Others acknowledge nothing."""
    recipient = recipient_shown(actor, sign)
    if recipient is not None:
        kind, code = recipient
        mine = (
            (Assignment.order_id == order_id)
            & (Assignment.recipient_kind == kind)
            & (Assignment.recipient_code == code)
        )
        await _acknowledge(session, mine, by=actor.name, at=at, via="inbox")


def recipient_shown(actor: Actor, sign: Sign) -> tuple[RecipientKind, str] | None:
    """For whom the sign counts; None: for nobody. Pure."""
    match actor.role:
        case Role.OFFICE:
            kind, code = RecipientKind.OFFICE, actor.office_code
        case Role.UNIT:
            kind, code = RecipientKind.UNIT, actor.unit_code
        case _:
            return None
    return (kind, code) if code is not None and sign in SIGNS[kind] else None


async def _acknowledge(
    session: AsyncSession, which: ColumnElement[bool], *, by: str, at: dt.datetime, via: str
) -> None:
    changed = await session.execute(
        update(Assignment)
        .where(which, OPEN)
        .values(
            acknowledged_at=at, acknowledged_by=by, via=via, delivered_at=func.coalesce(Assignment.delivered_at, at)
        )
        .returning(Assignment.id, Assignment.order_id)
    )
    acknowledged = changed.all()
    await taken(session, [assignment_id for assignment_id, _ in acknowledged], at=at, by=by)
    for assignment_id, order_id in acknowledged:
        await bus.publish(session, "assignment", assignment_id)
        await bus.publish(session, "order", order_id)
