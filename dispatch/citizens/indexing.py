"""The text by which orders are found: their texts, citizens' names and numbers covered, in one normal form (decision
0023).

Whoever asks, only the covered text is searched, so that a hit never reveals the redacted text around it. It is made
when an order changes, from all names and numbers that the citizens of its family ever had, and again when those change.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import Job, defer
from core.privacy.redaction import Redactor
from core.texts.normal_form import normal_form
from core.texts.search import search_document
from dispatch.orders.families.uniting import lock_family, read_family_again
from dispatch.orders.models import Order, Reply

COVER_CALLS = "dispatch.cover_calls"
"""The job that rebuilds the index of the calls of an order's family; the telephone's recordings are not this room's."""
AT_ONCE = 200
_FEW = 20
"""Up to this many orders are covered without leaving the event loop."""


class SearchedTexts(NamedTuple):
    """As they stand in the database now: a session may have read the order before it held the family."""

    id: int
    family_id: int
    number: str
    former_number: str | None
    title: str
    matter: str
    place: str
    public_answer: str
    answer_author: str
    search_text: str | None


class Covers(NamedTuple):
    redactor: Redactor
    secret: bool
    """An order of the family has a confidential reporter."""


def searchable(texts: SearchedTexts, replies: Iterable[str], covers: Covers) -> str:
    """As it is stored and searched. The number stands apart: it is no citizen's.

    In a family with a confidential reporter, texts by offices and crews are not searched: a search for their own words
    would confirm a guessed name."""
    answers = [texts.public_answer, *replies]
    if covers.secret:
        answers = [] if texts.answer_author else answers[:1]
    # A former system may have made its numbers of the citizen's.
    said = "\n".join((*filter(None, (texts.former_number,)), texts.title, texts.matter, texts.place, *answers))
    return normal_form(f"{texts.number}\n{covers.redactor.without(said)}")


async def index_orders(session: AsyncSession, order_ids: Collection[int]) -> None:
    """Rebuild the index of these orders. Their versions stay: what people have read of them is still up to date."""
    if not order_ids:
        return
    await session.flush()
    columns = [Order.__table__.c[name] for name in SearchedTexts._fields]
    orders = [SearchedTexts(*row) for row in await session.execute(select(*columns).where(Order.id.in_(order_ids)))]
    covers = {family_id: await _covers_of(session, family_id) for family_id in {order.family_id for order in orders}}
    replies = await _replies_of(session, order_ids)

    def cover() -> Mapping[int, str]:
        return {order.id: searchable(order, replies[order.id], covers[order.family_id]) for order in orders}

    texts = cover() if len(orders) <= _FEW else await asyncio.to_thread(cover)
    for order in orders:
        if (text := texts[order.id]) != order.search_text:
            row = update(Order).where(Order.id == order.id).execution_options(synchronize_session=False)
            await session.execute(
                row.values(search_text=text, search=func.to_tsvector("simple", search_document(text)))
            )


async def _covers_of(session: AsyncSession, family_id: int) -> Covers:
    citizens = (await read_family_again(session, family_id)).citizens
    return Covers(citizens.redactor, citizens.secret)


async def _replies_of(session: AsyncSession, order_ids: Collection[int]) -> Mapping[int, list[str]]:
    said = select(Reply.order_id, Reply.done, Reply.public_answer).where(Reply.order_id.in_(order_ids))
    replies: dict[int, list[str]] = defaultdict(list)
    for order_id, done, public_answer in await session.execute(said.order_by(Reply.id)):
        replies[order_id] += [done, public_answer]
    return replies


async def index_with_others(
    session: AsyncSession, order: Order, *, citizen_changed: bool, others: Collection[int]
) -> None:
    """After a step: the order, those that the step touched and, where a citizen of its family is another now, the whole
    family; then its calls.
    """
    await session.flush()
    family = await lock_family(session, order.family_id) if citizen_changed else []
    await index_orders(session, {order.id, *others, *family})
    if citizen_changed or others:
        # Without a key: one that waits now may run before this transaction commits.
        await defer(session, Job(COVER_CALLS, queue="records", arguments={"order_id": order.id}))


async def index_missing(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Orders of before this index, newest first. Returns how many; 0: none is left."""
    wanted = select(Order.id).where(Order.search_text.is_(None)).order_by(Order.id.desc()).limit(limit)
    ids = list(await session.scalars(wanted.with_for_update(skip_locked=True)))
    await index_orders(session, ids)
    return len(ids)
