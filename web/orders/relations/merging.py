"""并单 by choosing: what may be the same matter with why it looks so, or what is searched for; the chosen one stands
beside this order before the two become one. The step itself is taken on the order's page, like any other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of
from core import clock
from core.errors import NotFound
from core.texts.lines import ONE_LINE
from dispatch.citizens.redaction import redactor_of
from dispatch.intake.duplicates import Like, MatterToCompare, find_duplicates, find_nearby
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.workflow import FINAL, TRANSITIONS, Step
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Line, Message
from web.orders.cards import kind_name, place_words
from web.orders.lists.kept_list import LONGEST, parse_list
from web.orders.lists.listing import list_orders
from web.orders.presenter import order_answer, order_summary
from web.orders.schemas import OrderAnswer, OrdersQuery, OrderSummary

_SHOWN = 20
_MERGING = frozenset(
    role for steps in TRANSITIONS.values() for step, way in steps.items() if step is Step.MERGE for role in way.roles
)


class KeptQuery(Message):
    kept: Annotated[str, Field(alias="in", max_length=LONGEST), ONE_LINE] = ""
    """The list from which this order was opened."""


class MergeQuery(KeptQuery):
    q: Line = ""
    """Words to find another order by, or its number."""
    into: Line = ""
    """The order that is chosen, to be compared."""


@dataclass(frozen=True)
class OtherOrder:
    order: OrderSummary
    kind: str
    place: str
    why: Sequence[str]
    likely: bool = False


async def show_merge(request: web.Request) -> web.StreamResponse:
    me, policy, at, query = me_of(request), context_of(request).policy, clock.now(), query_of(request, MergeQuery)
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        forbids = obstacle(order, Step.MERGE, actor_of(me), policy, at)
        into, wrong = await _chosen(session, policy, me, order, query.into, at)
        if query.q:
            found = await _searched(session, me, policy, order, query.q)
        else:
            found = await _alike(session, policy, order, at)
        kept = parse_list(query.kept)
        context: dict[str, Any] = {
            "order": (answer := await order_answer(session, policy, me, order, at=at)),
            "closed": forbids.sentence if forbids else "",
            "query": query,
            "kept": kept,
            "into": into,
            "wrong": wrong,
            "found": found,
            "compared": compared(answer, into, policy) if into else (),
            "why": next((one.why for one in found if into and one.order.number == into.number), ()),
        }
    return page(request, "orders/order_merge.html", context)


async def _chosen(
    session: AsyncSession, policy: Policy, me: Me, order: Order, number: str, at: dt.datetime
) -> tuple[OrderAnswer | None, str]:
    """The chosen order, and why it cannot be the one."""
    if not number:
        return None, ""
    try:
        into = await get_visible_order(session, me, number)
    except NotFound as error:
        return None, error.message
    if into.id == order.id:
        return None, "不能并入自己。"
    wrong = f"工单{into.number}已经办结，不能并入。" if into.state in FINAL else ""
    return await order_answer(session, policy, me, into, at=at), wrong


async def _alike(session: AsyncSession, policy: Policy, order: Order, at: dt.datetime) -> list[OtherOrder]:
    """Open orders that may be the same matter, the most alike first, then what is near or of the same subject."""
    # What is covered for everybody is compared with nothing.
    without = redactor_of([order]).without
    matter = MatterToCompare(
        order.subject, order.place_town, without(order.place), without(f"{order.title}\n{order.matter}")
    )
    duplicates = await find_duplicates(session, policy.city, policy.desk, matter, besides={order.id}, at=at)
    besides = {order.id, *(one.order.id for one in duplicates)}
    nearby = await find_nearby(session, policy.city, policy.desk, matter, besides=besides, at=at)
    return [candidate(one, order, policy) for one in (*duplicates, *nearby) if one.can_join]


async def _searched(session: AsyncSession, me: Me, policy: Policy, order: Order, words: str) -> list[OtherOrder]:
    found = await list_orders(session, me, OrdersQuery(q=words, open=True, limit=_SHOWN))
    return [_shown(one, policy) for one in found.orders if one.number != order.number]


def candidate(one: Like, order: Order, policy: Policy) -> OtherOrder:
    redactor = redactor_of([one.order, order])
    return _shown(order_summary(one.order), policy, [redactor.text(why) for why in one.why], one.likely)


def _shown(one: OrderSummary, policy: Policy, why: Sequence[str] = (), likely: bool = False) -> OtherOrder:
    return OtherOrder(one, kind_name(one.kind, one.urgency), place_words(one, policy.city), why, likely)


@dataclass(frozen=True)
class ComparedFact:
    """One fact of both orders."""

    label: str
    name: str
    """The field, by which the page writes it."""
    mine: Any
    theirs: Any

    @property
    def same(self) -> bool:
        # Two masks may look the same and cover two people.
        return self.name != "citizen" and bool(self.mine) and self.mine == self.theirs


def compared(order: OrderAnswer, into: OrderAnswer, policy: Policy) -> list[ComparedFact]:
    """What one looks at to see whether two orders are one matter. Pure."""
    facts = [_facts(one, policy) for one in (order, into)]
    return [ComparedFact(label, name, facts[0][name], facts[1][name]) for name, label in _COMPARED.items()]


_COMPARED = {
    "title": "标题",
    "matter": "诉求内容",
    "subject": "事项类别",
    "place": "地点",
    "received_at": "受理时间",
    "happened_at": "发生时间",
    "citizen": "诉求人",
    "state": "状态",
    "office": "主办单位",
    "public_answer": "公开答复",
}


def _facts(one: OrderAnswer, policy: Policy) -> Mapping[str, Any]:
    city = policy.city
    subject, office = city.subjects.get(one.subject or ""), city.offices.get(one.lead_office_code or "")
    return {
        "title": one.title,
        "matter": one.matter,
        "subject": subject.name if subject else "",
        "place": place_words(one, city),
        "received_at": one.received_at,
        "happened_at": one.happened_at,
        "citizen": " ".join(filter(None, (one.citizen_name, one.citizen_phone))),
        "state": one.state_name,
        "office": office.name if office else "",
        "public_answer": one.public_answer,
    }


ROUTES = [Route("GET", "/orders/{number}/merge", "order_merge", show_merge, _MERGING, query=MergeQuery)]
