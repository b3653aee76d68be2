"""内部留言: city hall and an office of the order write to one another about it.

No step of the order: neither clock nor version moves, nobody's half-written form becomes stale. Whom a note is for is
decided when it is written (a receipt for each); an office that gets the order later reads what is written from then
on. What an office writes goes to city hall alone.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.errors import BadInput, Conflict
from dispatch.notifications.rules import Audience, Template
from dispatch.orders.actors import Actor
from dispatch.orders.labels import ONLY_READ
from dispatch.orders.models import Order
from dispatch.orders.request_models import InternalNote, NoteReceipt
from dispatch.policy import Policy
from dispatch.steps.notify import facts_about, notify_about
from dispatch.workflow import Role

HALL = ""
"""City hall as a side of the conversation: coordinators and supervisors."""
LONGEST = 2_000
"""Characters."""
MOST_AN_HOUR = 30
"""Of one side on one order: more is no conversation."""
OF_NOTES = frozenset({Template.NOTE_TO_OFFICE, Template.NOTE_FROM_OFFICE})
WRITE = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.OFFICE})
"""The roles that read and write them; nobody else ever learns that there are any."""


def side_of(actor: Actor) -> str:
    """Of somebody who may write and sees the order."""
    if actor.role is not Role.OFFICE:
        return HALL
    assert actor.office_code
    return actor.office_code


def offices_of(order: Order) -> list[str]:
    """Those that have the order now, the lead office first; none before it is dispatched."""
    if order.dispatched_at is None:
        return []
    codes = (order.lead_office_code, *(co.office_code for co in order.co_offices))
    return list(dict.fromkeys(code for code in codes if code))


async def write_note(
    session: AsyncSession, policy: Policy, order: Order, actor: Actor, text: str, *, to: str = "", at: dt.datetime
) -> InternalNote:
    """`to`: from city hall, the office; empty: all that have the order. Raises BadInput, Conflict."""
    if not text.strip():
        raise BadInput(fields={"text": "请写留言内容。"})
    if len(text) > LONGEST:
        raise BadInput(fields={"text": f"留言最多{LONGEST}个字。"})
    if order.former_system is not None:
        raise Conflict(ONLY_READ)
    side = side_of(actor)
    sides = _recipients(order, to) if side == HALL else [HALL]
    office = side if side != HALL else None
    await _brake(session, order, office, at)
    note = InternalNote(
        order_id=order.id, at=at, office_code=office, actor_id=actor.account_id, actor_role=actor.role,
        actor_name=actor.name, author=actor.author, text=text.strip(),
    )  # fmt: skip
    session.add(note)
    await session.flush()
    told = await _with_unread(session, order)
    session.add_all(NoteReceipt(note_id=note.id, side=one, order_id=order.id) for one in sides)
    # Whoever answers has read what came before.
    await mark_read(session, order, side, by=actor.name, at=at)
    for one in sides:
        if one not in told:
            await _notify(session, policy, order, office, one, at)
    await bus.publish(session, "order", order.id)
    return note


async def notes_of(session: AsyncSession, order_id: int, side: str) -> Sequence[tuple[InternalNote, list[NoteReceipt]]]:
    """As this side may read them, oldest first, each with its receipts: city hall all, an office what it wrote and what
    was written to it."""
    query = select(InternalNote).where(InternalNote.order_id == order_id).order_by(InternalNote.id)
    if side != HALL:
        mine = exists().where(NoteReceipt.note_id == InternalNote.id, NoteReceipt.side == side)
        query = query.where(or_(InternalNote.office_code == side, mine))
    notes = (await session.scalars(query)).all()
    receipts = (
        await session.scalars(select(NoteReceipt).where(NoteReceipt.note_id.in_([note.id for note in notes])))
    ).all()
    return [(note, [one for one in receipts if one.note_id == note.id]) for note in notes]


async def mark_read(session: AsyncSession, order: Order, side: str, *, by: str, at: dt.datetime) -> bool:
    """Whether anything was unread."""
    unread = NoteReceipt.order_id == order.id, NoteReceipt.side == side, NoteReceipt.read_at.is_(None)
    done = await session.execute(
        update(NoteReceipt).where(*unread).values(read_at=at, read_by=by).returning(NoteReceipt.note_id)
    )
    return bool(done.all())


async def unread_by_order(session: AsyncSession, side: str, order_ids: Sequence[int]) -> set[int]:
    """The orders on which this side has unread notes."""
    unread = NoteReceipt.order_id.in_(order_ids), NoteReceipt.side == side, NoteReceipt.read_at.is_(None)
    return set(await session.scalars(select(NoteReceipt.order_id).where(*unread)))


def _recipients(order: Order, to: str) -> list[str]:
    offices = offices_of(order)
    if not offices:
        raise Conflict("这张工单还没有承办单位，派单后才能留言。")
    if to and to not in offices:
        raise BadInput(fields={"to": "这个单位现在不承办这张工单，请重新选择。"})
    return [to] if to else offices


async def _brake(session: AsyncSession, order: Order, office: str | None, at: dt.datetime) -> None:
    mine = InternalNote.office_code == office if office else InternalNote.office_code.is_(None)
    lately = InternalNote.order_id == order.id, mine, InternalNote.at > at - dt.timedelta(hours=1)
    if (await session.scalar(select(func.count()).select_from(InternalNote).where(*lately)) or 0) >= MOST_AN_HOUR:
        raise Conflict(f"一小时内最多留言{MOST_AN_HOUR}条，请稍后再写；急事请打电话。")


async def _with_unread(session: AsyncSession, order: Order) -> set[str]:
    """Sides that were notified already and have not read since."""
    unread = NoteReceipt.order_id == order.id, NoteReceipt.read_at.is_(None)
    return set(await session.scalars(select(NoteReceipt.side).where(*unread)))


async def _notify(
    session: AsyncSession, policy: Policy, order: Order, office: str | None, side: str, at: dt.datetime
) -> None:
    """That there is a note, never what it says."""
    code = office or side
    facts = facts_about(policy.city, order)
    facts |= {"office": policy.city.offices[code].name if code in policy.city.offices else code, "answer": ""}
    if side == HALL:
        where = Audience.COORDINATOR, Template.NOTE_FROM_OFFICE
    else:
        where = Audience.OFFICE, Template.NOTE_TO_OFFICE
    await notify_about(session, policy, order, *where, facts, at=at, code=side)
