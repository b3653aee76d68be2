"""Assigning an order to offices and crews: inbox, delivery, acknowledgement.

A push is open until it is acknowledged or withdrawn. Each change is announced on the bus (topic `push`, the push's id)
so that whoever holds the recipient's connection sends it; the rows are the truth, and are read again on reconnect.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, selectinload

from core import bus
from core.errors import NotAllowed, NotFound
from core.jobs import Job, defer
from dispatch.assignments.crew_chain import attend, called_off, taken
from dispatch.orders.assignment_models import Push, Recipient, RecipientKind
from dispatch.orders.models import Order
from dispatch.orders.permissions import Actor
from dispatch.workflow import Role


class Sign(Enum):
    """What shows, without a word of its own, that somebody has an order."""

    OPENED = auto()
    """Its page was opened."""
    STEP = auto()
    """A step was taken on it (but one: StepSpec.acknowledges)."""
    ENTERED = auto()
    """A crew entered on its phone that it goes, is on the way, or is there."""


SIGNS: Mapping[RecipientKind, frozenset[Sign]] = {
    RecipientKind.OFFICE: frozenset({Sign.OPENED, Sign.STEP}),
    RecipientKind.UNIT: frozenset({Sign.STEP, Sign.ENTERED}),
}
"""An office that reads its order has it. A crew has to say that it goes: reading says nothing."""

OPEN: ColumnElement[bool] = Push.acknowledged_at.is_(None) & Push.withdrawn_at.is_(None)

CALL_UNIT = "dispatch.call_unit"
"""Job on queue `line`: say push `push_id` aloud on its crew's phone."""

TELL_BROWSERS = "dispatch.tell_browsers"
"""Job on queue `notifications`: show push `push_id` on its recipient's phones, also with the page closed."""


async def lay_before(
    session: AsyncSession, order: Order, recipients: Sequence[Recipient], *, at: dt.datetime, renew: bool
) -> None:
    """One push for each recipient that has none open in this part; for a crew also the escalation chain until a crew
    accepts. `renew`: recipients that acknowledged an earlier push get another one, because the work begins again.
    """
    query = select(Push.recipient_kind, Push.recipient_code, Push.purpose).where(Push.order_id == order.id)
    told = await session.execute(query.where(OPEN if renew else Push.withdrawn_at.is_(None)))
    have = {Recipient(*row) for row in told}
    pushes = [
        Push(
            order_id=order.id,
            recipient_kind=recipient.kind,
            recipient_code=recipient.code,
            purpose=recipient.purpose,
            created_at=at,
        )
        for recipient in dict.fromkeys(recipients)
        if recipient not in have
    ]
    session.add_all(pushes)
    await session.flush()
    for push in pushes:
        await bus.publish(session, "push", push.id)
        if push.recipient_kind is RecipientKind.UNIT:
            await attend(session, order, push, at=at)
            await tell_browsers(session, push.id)


async def tell_browsers(session: AsyncSession, push_id: int) -> None:
    """Its recipient's phones show it, or show it once more; in the caller's transaction."""
    job = Job(TELL_BROWSERS, queue="notifications", arguments={"push_id": push_id}, key=f"tell-push-{push_id}")
    await defer(session, job)


async def withdraw(session: AsyncSession, order_id: int, *, at: dt.datetime, keep: Collection[Recipient]) -> None:
    """Close the open pushes of all who no longer have to do with the order."""
    kept = [(recipient.kind, recipient.code, recipient.purpose) for recipient in keep]
    others = tuple_(Push.recipient_kind, Push.recipient_code, Push.purpose).not_in(kept)
    gone = await _withdraw(session, (Push.order_id == order_id) & others, at=at)
    await called_off(session, gone, at=at)


async def withdraw_from_units(session: AsyncSession, order_id: int, *, at: dt.datetime) -> None:
    """Another crew is asked; whether in the same chain is dispatch.assignments.crew_chain' to see."""
    await _withdraw(session, (Push.order_id == order_id) & (Push.recipient_kind == RecipientKind.UNIT), at=at)


async def _withdraw(session: AsyncSession, which: ColumnElement[bool], *, at: dt.datetime) -> Sequence[int]:
    changed = await session.scalars(update(Push).where(which, OPEN).values(withdrawn_at=at).returning(Push.id))
    gone = changed.all()
    for push_id in gone:
        await bus.publish(session, "push", push_id)
    return gone


async def inbox(
    session: AsyncSession, kind: RecipientKind, code: str, *, open_only: bool = True, limit: int = 200
) -> Sequence[Push]:
    """What lies before one office or crew, newest first, each with its `order` loaded."""
    query = (
        select(Push)
        .join(Push.order)
        .options(contains_eager(Push.order).selectinload(Order.co_offices))
        .where(Push.recipient_kind == kind, Push.recipient_code == code)
        .order_by(Push.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query.where(OPEN) if open_only else query)).all()


async def get_push(session: AsyncSession, push_id: int) -> Push:
    """With its `order` and `calls` loaded. Raises NotFound."""
    push = await session.scalar(
        select(Push)
        .where(Push.id == push_id)
        .options(selectinload(Push.order), selectinload(Push.calls))
        .execution_options(populate_existing=True)
    )
    if push is None:
        raise NotFound("没有这条派单通知。", push_id=push_id)
    return push


async def pushes_of(session: AsyncSession, order_id: int) -> Sequence[Push]:
    """All pushes of an order, oldest first, with their `calls`."""
    query = select(Push).where(Push.order_id == order_id).options(selectinload(Push.calls)).order_by(Push.id)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def mark_delivered(session: AsyncSession, push_id: int, *, at: dt.datetime) -> None:
    """It reached a connected screen; only the first time counts."""
    order_id = await session.scalar(
        update(Push)
        .where(Push.id == push_id, Push.delivered_at.is_(None))
        .values(delivered_at=at)
        .returning(Push.order_id)
    )
    if order_id is not None:
        # Not on topic `push`: the sender would hear of its own sending for ever.
        await bus.publish(session, "order", order_id)


async def acknowledge(
    session: AsyncSession, push_id: int, *, kind: RecipientKind, code: str, by: str, at: dt.datetime, via: str
) -> Push:
    """The recipient says so: a click in the inbox, or the key on the telephone. The first acknowledgement counts;
    later ones, and those of a withdrawn push, change nothing.

    `by`: the person's name, or the extension; `via`: `inbox` or `phone`. Raises NotFound, NotAllowed.
    """
    push = await get_push(session, push_id)
    if (push.recipient_kind, push.recipient_code) != (kind, code):
        raise NotAllowed("这条通知不是发给您的。")
    await _acknowledge(session, Push.id == push_id, by=by, at=at, via=via)
    return await get_push(session, push_id)


async def seen(session: AsyncSession, order_id: int, actor: Actor, sign: Sign, *, at: dt.datetime) -> None:
    """`actor` showed by `sign` to have the order: acknowledges all that lies before that office or crew, where the sign
    counts for them. Others acknowledge nothing."""
    recipient = recipient_shown(actor, sign)
    if recipient is not None:
        kind, code = recipient
        mine = (Push.order_id == order_id) & (Push.recipient_kind == kind) & (Push.recipient_code == code)
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
        update(Push)
        .where(which, OPEN)
        .values(acknowledged_at=at, acknowledged_by=by, via=via, delivered_at=func.coalesce(Push.delivered_at, at))
        .returning(Push.id, Push.order_id)
    )
    acknowledged = changed.all()
    await taken(session, [push_id for push_id, _ in acknowledged], at=at, by=by)
    for push_id, order_id in acknowledged:
        await bus.publish(session, "push", push_id)
        await bus.publish(session, "order", order_id)
