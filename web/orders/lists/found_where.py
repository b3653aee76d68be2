"""Where in an order the words stand that somebody looks for, where its row does not show them anyway.

Shown is the text that is searched (dispatch.citizens.indexing), in its normal form: in it, all that is covered for
everybody is left out, so a hit never reveals what stands around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.texts.normal_form import asked_words, normal_form
from dispatch.orders.models import Order
from web.orders.schemas import OrderSummary

AROUND = 16
"""Characters shown on each side."""


@dataclass(frozen=True)
class FoundWords:
    before: str
    hit: str
    after: str


ON_A_CALL = FoundWords("通话里说到", "", "")
BY_PHONE = FoundWords("按电话找到", "", "")


def words_in(text: str, words: Sequence[str], shown: str) -> FoundWords | None:
    """The first of `words` that is not `shown` in the row, with what stands around it. `text`, `shown`: in normal form.
    None: the row shows all of them, or one does not stand in the text. Pure."""
    for word in words:
        if word in shown or (at := text.find(word)) < 0:
            continue
        end = at + len(word)
        begin, stop = text.rfind("\n", 0, at) + 1, text.find("\n", end)
        before, after = text[max(begin, at - AROUND) : at], text[end : stop if stop >= 0 else None]
        return FoundWords(
            ("…" if at - AROUND > begin else "") + before, word, after[:AROUND] + ("…" if len(after) > AROUND else "")
        )
    return None


async def find_words(
    session: AsyncSession, orders: Sequence[OrderSummary], typed: str, *, by_phone: bool
) -> Mapping[str, FoundWords]:
    """By number, of those whose row does not show why it was found."""
    words = asked_words(typed)
    if not words or not orders:
        return {}
    numbers = [order.number for order in orders]
    texts = dict(
        (await session.execute(select(Order.number, Order.search_text).where(Order.number.in_(numbers)))).all()
    )
    found = {}
    for order in orders:
        text = texts.get(order.number) or ""
        shown = normal_form(f"{order.number}\n{order.title}\n{order.place}")
        if where := words_in(text, words, shown):
            found[order.number] = where
        elif not all(word in text for word in words):
            found[order.number] = BY_PHONE if by_phone else ON_A_CALL
    return found
