"""Orders found by words and filters, newest first, a page at a time."""

import re

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.text import like_pattern, search_query
from dispatch.models import CoOffice, Order
from dispatch.workflow import Role
from web.messages import OrdersAnswer, OrdersQuery
from web.orders import order_summary
from web.signin import Me

_DIGITS = re.compile(r"\+?[\d -]{7,}")


async def list_orders(session: AsyncSession, me: Me, query: OrdersQuery) -> OrdersAnswer:
    """Only what `me` may see."""
    wanted = select(Order).where(*_filters(query), *_own(me), *_words(me, query.q)).order_by(Order.id.desc())
    found = (await session.scalars(wanted.limit(query.limit + 1))).all()
    shown = found[: query.limit]
    return OrdersAnswer(
        orders=[order_summary(order) for order in shown], next=shown[-1].id if len(found) > len(shown) else None
    )


def _filters(query: OrdersQuery) -> list[ColumnElement[bool]]:
    pairs = (
        (Order.state, query.state),
        (Order.kind, query.kind),
        (Order.urgency, query.urgency),
        (Order.unit_code, query.unit),
        (Order.lead_office_code, query.office),
    )
    wanted = [column == value for column, value in pairs if value]
    return [*wanted, Order.id < query.before] if query.before else wanted


def _own(me: Me) -> list[ColumnElement[bool]]:
    """The same rule as dispatch.actors.may_see, in SQL; a test holds them together."""
    if me.role is Role.OFFICE:
        helps = select(CoOffice.order_id).where(CoOffice.office_code == me.office_code)
        return [or_(Order.lead_office_code == me.office_code, Order.id.in_(helps))]
    return [Order.unit_code == me.unit_code] if me.role is Role.UNIT else []


def _words(me: Me, text: str) -> list[ColumnElement[bool]]:
    """Every word must be in the order; a telephone number is looked for among the citizens'."""
    if _DIGITS.fullmatch(text.strip()) and me.role in (Role.AGENT, Role.COORDINATOR):
        digits = re.sub(r"\D", "", text)
        return [or_(Order.citizen_phone.endswith(digits), Order.number.like(like_pattern(digits)))]
    query = search_query(text)
    if query is None:
        return []
    said = func.concat_ws("\n", Order.number, Order.title, Order.matter, Order.place, Order.public_answer)
    return [
        Order.search.op("@@")(func.to_tsquery("simple", query)),
        *(said.ilike(like_pattern(word)) for word in text.split()),
    ]
