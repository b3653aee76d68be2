"""The text by which orders are found: their texts, citizens' names and numbers covered, in one normal form (decision
0023).

Whoever asks, only the covered text is searched, so that a hit never reveals the redacted text around it. It is made
when an order changes, from all names and numbers that its citizens ever had, and again when those change.
"""

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import Job, defer
from core.texts.normal_form import normal_form
from core.texts.search import search_document
from dispatch.citizens.redaction import holds_a_secret, redactor_of
from dispatch.orders.models import Order, Reply

COVER_CALLS = "dispatch.cover_calls"
"""The job that rebuilds the index of an order's calls; the telephone's recordings are not this room's."""
AT_ONCE = 200


def searchable(order: Order, replies: Collection[Reply]) -> str:
    """As it is stored and searched. The number stands apart: it is no citizen's.

    On an order with a confidential reporter, texts by offices and crews are not searched: a search for their own words
    would confirm a guessed name."""
    answers = [order.public_answer, *(text for reply in replies for text in (reply.done, reply.public_answer))]
    if holds_a_secret(order):
        answers = [] if order.answer_author else answers[:1]
    texts = "\n".join((order.title, order.matter, order.place, *answers))
    return normal_form(f"{order.number}\n{redactor_of([order]).without(texts)}")


async def index_orders(session: AsyncSession, order_ids: Collection[int]) -> None:
    """Rebuild the index of these orders. Their versions stay: what people have read of them is still up to date."""
    if not order_ids:
        return
    await session.flush()
    orders = (await session.scalars(select(Order).where(Order.id.in_(order_ids)))).all()
    replies: dict[int, list[Reply]] = {}
    for reply in await session.scalars(select(Reply).where(Reply.order_id.in_(order_ids)).order_by(Reply.id)):
        replies.setdefault(reply.order_id, []).append(reply)
    for order in orders:
        await session.refresh(order, ["citizen_values"])
        text = searchable(order, replies.get(order.id, []))
        row = update(Order).where(Order.id == order.id).execution_options(synchronize_session=False)
        await session.execute(row.values(search_text=text, search=func.to_tsvector("simple", search_document(text))))


async def index_with_others(
    session: AsyncSession, order: Order, *, citizen_changed: bool, others: Collection[int]
) -> None:
    """After a step: the order, those that the step touched and, where its citizen is another now, those whose texts may
    name that citizen; then the citizen's calls.
    """
    await index_orders(session, {order.id})
    related = {one.of_order_id for one in order.citizen_values} - {order.id} if citizen_changed or others else set()
    await index_orders(session, related | set(others) - {order.id})
    if citizen_changed or others:
        await defer(session, Job(COVER_CALLS, queue="records", arguments={"order_id": order.id}))


async def index_missing(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Orders of before this index, newest first. Returns how many; 0: none is left."""
    wanted = select(Order.id).where(Order.search_text.is_(None)).order_by(Order.id.desc()).limit(limit)
    ids = list(await session.scalars(wanted.with_for_update(skip_locked=True)))
    await index_orders(session, ids)
    return len(ids)
