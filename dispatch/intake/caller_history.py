"""What is already known about a caller: earlier orders, and those that mention the number. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.numbers.phone import mentions, number_key
from core.numbers.plan import spellings
from core.texts.search import pieces
from dispatch.citizens.redaction import redactor_of, stays_unnamed
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import Order, OrderStep
from dispatch.workflow import State, Step

SHORTEST_MENTION = 7
"""Digits: shorter numbers stand in texts for other things."""
_CANDIDATES = 40


async def orders_of_number(session: AsyncSession, number: str, *, limit: int, secret: bool = True) -> Sequence[Order]:
    """Orders of the citizen with this number, however it was written, newest first; none for a withheld one. `secret`:
    also of those who wish to stay unnamed.
    """
    found = await session.scalars(
        select(Order)
        .where(_has_number(number_key(number)), *_open_to(secret))
        .order_by(Order.received_at.desc(), Order.id.desc())
        .limit(limit)
    )
    return found.all()


async def orders_of_numbers(session: AsyncSession, numbers: Iterable[str]) -> Mapping[str, list[Order]]:
    """By the number's key; for a list, in one question."""
    keys = {key for number in numbers if (key := number_key(number))}
    found: Mapping[str, list[Order]] = defaultdict(list)
    for order in await session.scalars(select(Order).where(Order.phone_keys.overlap(sorted(keys))).order_by(Order.id)):
        for key in keys.intersection(order.phone_keys):
            found[key].append(order)
    return found


async def count_of_number(session: AsyncSession, number: str, *, secret: bool = True) -> int:
    query = select(func.count()).select_from(Order).where(_has_number(number_key(number)))
    return await session.scalar(query.where(*_open_to(secret))) or 0


def _has_number(key: str) -> ColumnElement[bool]:
    """An order may hold several numbers; a withheld one (an empty key) matches none."""
    return Order.phone_keys.contains([key])


def _open_to(secret: bool) -> list[ColumnElement[bool]]:
    """In the question itself: what is left out afterwards would shorten the list, and be counted."""
    return [] if secret else [~may_name_confidential(Order.id)]


async def orders_mentioning(session: AsyncSession, number: str, *, limit: int, secret: bool = True) -> list[Order]:
    """Other people's orders in whose texts the number stands, newest first: the caller may have to do with them."""
    key = number_key(number)
    if len(key) < SHORTEST_MENTION:
        return []
    # The index holds runs of digits. A number written with spaces or hyphens begins with one of these runs.
    runs = {spelling.removeprefix("+") for spelling in spellings(key)}
    ways = [f"'{run}'" for run in sorted(runs)]
    ways += [
        " & ".join(f"'{part}'" for part in parts)
        for parts in ((key[:3], key[3:7], key[7:]), ("0" + key[:3], key[3:]), ("0" + key[:3], key[3:6], key[6:]))
        if all(parts)
    ]
    words = func.to_tsquery("simple", " | ".join(f"({way})" for way in ways))
    # The index first: by itself PostgreSQL scans all orders from the newest on (a second and more at a million).
    hits = select(Order.id).where(Order.search.op("@@")(words)).cte("hits").prefix_with("MATERIALIZED")
    found = await session.scalars(
        select(Order)
        .where(Order.id.in_(select(hits.c.id)), ~_has_number(key), *_open_to(secret))
        .order_by(Order.received_at.desc(), Order.id.desc())
        .limit(_CANDIDATES)
    )
    return [order for order in found if mentions(redactor_of([order]).without(_text(order)), key)][:limit]


async def dispositions_of(session: AsyncSession, order_ids: Sequence[int]) -> dict[int, str]:
    """For orders that were thrown out as silent, wrong, prank or abusive calls: which of these."""
    rows = await session.execute(
        select(OrderStep.order_id, OrderStep.details["disposition"].astext)
        .join(Order, Order.id == OrderStep.order_id)
        .where(OrderStep.order_id.in_(order_ids), OrderStep.step == Step.INVALIDATE, Order.state == State.INVALID)
        .order_by(OrderStep.seq)
    )
    return {order_id: word for order_id, word in rows if word}


async def count_steps(session: AsyncSession, order_ids: Sequence[int], *steps: Step) -> Mapping[tuple[int, Step], int]:
    """How often each was taken on each order; 0 where it was not."""
    rows = await session.execute(
        select(OrderStep.order_id, OrderStep.step, func.count())
        .where(OrderStep.order_id.in_(order_ids), OrderStep.step.in_(steps))
        .group_by(OrderStep.order_id, OrderStep.step)
    )
    return defaultdict(int, {(order_id, step): often for order_id, step, often in rows})


def name_of(orders: Sequence[Order]) -> str:
    """The name that the caller gave the last time; a confidential name is never shown."""
    return next((order.citizen_name for order in orders if order.citizen_name and not stays_unnamed(order)), "")


def _text(order: Order) -> str:
    return "\n".join((order.title, order.matter, order.place, order.public_answer))


def place_query(place: str) -> str | None:
    """For to_tsquery: any pair of the place's characters. None: nothing to look for."""
    wanted = [piece for piece in dict.fromkeys(pieces(place)) if len(piece) > 1]
    return " | ".join(f"'{piece}'" for piece in wanted) or None
