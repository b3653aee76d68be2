"""Finished orders of a former system become finished orders of ours, many in one transaction.

They are stored as they were, past the steps of an order's life: no step is taken, so no clock starts, nobody is
notified, asked or sent, no office had them in its custody, and no figure of ours counts them (decision 0041).
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, bindparam, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import exact
from core.numbers.phone import number_keys
from core.numbers.shown import shown_endings
from core.privacy.redaction import Citizen, make_redactor
from core.texts.search import search_document
from dispatch.citizens.indexing import Covers, SearchedTexts, searchable
from dispatch.city.records import City
from dispatch.former.reading import FormerOrder
from dispatch.orders.actors import Actor, author
from dispatch.orders.drafts import take_numbers
from dispatch.orders.models import Order, OrderStep, Reply
from dispatch.workflow import Role, State, Step

_SEQUENCE = "SELECT nextval(pg_get_serial_sequence('orders', '{}')) FROM generate_series(1, :count)"


@dataclass(frozen=True)
class Origin:
    """Whence orders come, for their history."""

    system: str
    file_name: str
    actor: Actor
    """The administrator who takes them over."""


async def known_digests(session: AsyncSession, system: str, numbers: Sequence[str]) -> Mapping[str, str]:
    """Number in the former system → digest, of what was taken over before."""
    wanted = select(Order.former_number, Order.former_digest).where(
        Order.former_system == system, Order.former_number.in_(numbers)
    )
    return {number: digest or "" for number, digest in await session.execute(wanted) if number is not None}


async def take_over(
    session: AsyncSession, city: City, origin: Origin, orders: Sequence[FormerOrder], *, at: dt.datetime
) -> list[str]:
    """Returns our numbers, in the same sequence. None of them may be there already."""
    if not orders:
        return []
    ids = await _next(session, "id", len(orders))
    families = await _next(session, "family_id", len(orders))
    numbers = [str(one) for one in await take_numbers(session, city.number_prefix, [one.received_at for one in orders])]
    texts = await asyncio.to_thread(_search_texts, orders, numbers)
    rows = [
        _row(order, origin, number, text, at) | {"id": order_id, "family_id": family_id}
        for order, number, text, order_id, family_id in zip(orders, numbers, texts, ids, families, strict=True)
    ]
    search = func.to_tsvector("simple", bindparam("document", type_=Text))
    await session.execute(insert(Order.__table__).values(search=search), rows)  # type: ignore[arg-type]
    steps = [_history(order, origin, order_id, at) for order, order_id in zip(orders, ids, strict=True)]
    await session.execute(insert(OrderStep), steps)
    replies = [_reply(order, order_id) for order, order_id in zip(orders, ids, strict=True) if order.done]
    if replies:
        await session.execute(insert(Reply), replies)
    return numbers


async def _next(session: AsyncSession, column: str, count: int) -> list[int]:
    return list(await session.scalars(text(_SEQUENCE.format(column)), {"count": count}))


def _closed_at(order: FormerOrder) -> dt.datetime:
    return order.closed_at or order.replied_at or order.received_at


def _author(order: FormerOrder) -> str:
    return author(Role.OFFICE, None, order.lead_office_code, None)


def _search_texts(orders: Sequence[FormerOrder], numbers: Sequence[str]) -> list[str]:
    """As dispatch.citizens.indexing makes them: a new order's family is its own citizen."""
    return [_search_text(order, number) for order, number in zip(orders, numbers, strict=True)]


def _search_text(order: FormerOrder, number: str) -> str:
    names, phones = (frozenset({one} if one else ()) for one in (order.citizen_name, order.citizen_phone))
    covers = Covers(make_redactor([Citizen(names, phones, order.confidential)]), order.confidential)
    texts = SearchedTexts(
        id=0,
        family_id=0,
        number=number,
        former_number=order.number,
        title=order.title,
        matter=order.matter,
        place=order.place,
        public_answer=order.public_answer,
        answer_author=_author(order),
        search_text=None,
    )
    return searchable(texts, [order.done, order.public_answer] if order.done else [], covers)


def _row(order: FormerOrder, origin: Origin, number: str, search_text: str, at: dt.datetime) -> dict[str, Any]:
    closed_at = _closed_at(order)
    led = order.lead_office_code is not None
    return {
        "number": number,
        "channel": order.channel,
        "state": State.CLOSED,
        "kind": order.kind,
        "subject": order.subject,
        "urgency": order.urgency,
        "title": order.title,
        "matter": order.matter,
        "place_town": order.place_town,
        "place": order.place,
        "happened_at": order.happened_at,
        "citizen_name": order.citizen_name,
        "citizen_phone": order.citizen_phone,
        "phone_keys": list(number_keys(order.citizen_phone)),
        "phone_endings": list(shown_endings(order.citizen_phone)),
        "confidential": order.confidential,
        "lead_office_code": order.lead_office_code,
        "public_answer": order.public_answer,
        "answer_author": _author(order) if order.public_answer else "",
        "received_at": order.received_at,
        "registered_at": order.received_at,
        "dispatched_at": order.dispatched_at,
        # Led to its end by this office: what routing learns from (dispatch.routing.office_evidence).
        "accepted_at": (order.dispatched_at or closed_at) if led else None,
        "replied_at": order.replied_at,
        "closed_at": closed_at,
        "updated_at": at,
        "former_system": origin.system,
        "former_number": order.number,
        "former_digest": order.digest,
        "step_count": 1,
        "search_text": search_text,
        "document": search_document(search_text),
    }


def _history(order: FormerOrder, origin: Origin, order_id: int, at: dt.datetime) -> dict[str, Any]:
    said = [f"从原系统“{origin.system}”转入，原系统编号 {order.number}（{origin.file_name}）。"]
    times = (("受理", order.received_at), ("派单", order.dispatched_at), ("回复", order.replied_at))
    said += [f"{name} {exact(instant)}" for name, instant in (*times, ("办结", order.closed_at)) if instant]
    if order.closed_at is None:
        said.append("原系统没有办结时间。")
    return {
        "order_id": order_id,
        "seq": 1,
        "at": at,
        "step": Step.CREATE,
        "from_state": None,
        "to_state": State.CLOSED,
        "actor_id": origin.actor.account_id,
        "actor_role": origin.actor.role,
        "actor_name": origin.actor.name,
        "author": "",
        "reason": "\n".join([*said, *order.notes]),
        "details": {"channel": order.channel, "former_system": origin.system, "former_number": order.number},
    }


def _reply(order: FormerOrder, order_id: int) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "at": order.replied_at or _closed_at(order),
        "office_code": order.lead_office_code,
        "unit_code": None,
        "actor_id": None,
        "actor_name": "原系统",
        "done": order.done,
        "public_answer": order.public_answer,
        "marks": [],
    }
