"""Where in an order the words stand that somebody looks for, where its row does not show them anyway.

Shown is the text that is searched (dispatch.citizens.indexing, recordings.transcripts.search), in its normal form: in
it, all that is covered for everybody is left out, so a hit never reveals what stands around it.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.asked_numbers import asked_number
from access.visibility.calls import said_on_calls
from core.texts.found_words import FoundWords, words_in
from core.texts.normal_form import asked_words, normal_form
from dispatch.citizens.redaction import citizens_of
from dispatch.orders.models import Order, OrderCall
from web.orders.schemas import OrderSummary

BY_PHONE = FoundWords("", "", "", "按电话找到")
ANSWERS = "答复"
"""Of all that is searched what is neither the matter nor shown in the row."""


async def find_words(
    session: AsyncSession, me: Me, orders: Sequence[OrderSummary], typed: str
) -> Mapping[str, FoundWords]:
    """By number, of those whose row does not show why it was found."""
    words, asked = asked_words(typed), asked_number(me, typed)
    if not words or not orders:
        return {}
    numbers = [order.number for order in orders]
    texts = {
        order.number: (order, text or "")
        for order, text in await session.execute(
            select(Order, Order.search_text).where(Order.number.in_(numbers)).order_by(Order.id)
        )
    }
    found: dict[str, FoundWords] = {}
    unexplained: list[str] = []
    for summary in orders:
        order, text = texts[summary.number]
        shown = normal_form(f"{summary.number}\n{summary.title}\n{summary.place}")
        if where := words_in(text, words, shown):
            matter = normal_form(citizens_of(order).redactor.without(order.matter))
            found[summary.number] = (
                words_in(matter, words, shown, "内容") or words_in(text, words, shown, ANSWERS) or where
            )
        elif asked.whole:
            found[summary.number] = BY_PHONE
        elif asked.ending in order.phone_endings and asked.ending not in text and _shows_ending(me, order):
            found[summary.number] = FoundWords("", asked.ending, "", "电话尾号")
        elif not all(word in text for word in words):
            unexplained.append(summary.number)
    return found | await _on_calls(session, me, typed, unexplained)


def _shows_ending(me: Me, order: Order) -> bool:
    """As dispatch.orders.listing finds it: found by what was said, the ending of a reporter's number is not named."""
    return order.id in me.known.orders or not citizens_of(order).secret


async def _on_calls(session: AsyncSession, me: Me, typed: str, numbers: Sequence[str]) -> dict[str, FoundWords]:
    """What was said on these orders' calls, as far as `me` may hear it."""
    if not numbers:
        return {}
    calls = (
        await session.execute(
            select(Order.number, OrderCall.linkedid)
            .join(OrderCall, OrderCall.order_id == Order.id)
            .where(Order.number.in_(numbers))
            .order_by(OrderCall.id)
        )
    ).all()
    said = await said_on_calls(session, me, typed, [linkedid for _, linkedid in calls])
    found: dict[str, FoundWords] = {}
    for number, linkedid in calls:
        if linkedid in said and (where := words_in(said[linkedid], asked_words(typed), "", "通话", linkedid)):
            found[number] = where
    return found
