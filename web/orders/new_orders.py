"""An order without a call: a visitor, a letter, what another line or level passes on. It is a draft like a call's, and
registered on its page by the same step."""

from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from dispatch.kinds import Channel
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order
from dispatch.workflow import Role, Step
from web.http.routes import Route, body_of, context_of, me_of, read
from web.http.schemas import Message
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer

BY_HAND = tuple(channel for channel in Channel if channel is not Channel.HOTLINE)
"""A call begins its order by itself."""
WRITES_IT_UP = frozenset({Role.AGENT, Role.COORDINATOR})


def _by_hand(channel: Channel) -> Channel:
    if channel not in BY_HAND:
        raise ValueError("电话的工单在接通时自动建立，不用新建。")
    return channel


class NewOrder(Message):
    channel: Annotated[Channel, AfterValidator(_by_hand)]


async def submit_new(request: web.Request) -> web.StreamResponse:
    wanted = read(NewOrder, {"channel": str((await request.post()).get("channel", ""))})
    async with transaction(context_of(request).sessions) as session:
        order = await _begin(session, request, wanted)
    # Its form stands open.
    raise web.HTTPSeeOther(f"/orders/{order.number}#{Step.REGISTER}")


async def api_new(request: web.Request) -> OrderAnswer:
    app_context, wanted = context_of(request), body_of(request, NewOrder)
    async with transaction(app_context.sessions) as session:
        order = await _begin(session, request, wanted)
        return await order_answer(session, app_context.policy, me_of(request), order, at=clock.now())


async def _begin(session: AsyncSession, request: web.Request, wanted: NewOrder) -> Order:
    city, actor = context_of(request).policy.city, actor_of(me_of(request))
    return await new_draft(session, city, channel=wanted.channel, actor=actor, at=clock.now())


ROUTES = [
    Route("POST", "/orders/new", "new_order", submit_new, WRITES_IT_UP),
    Route(
        "POST", "/api/orders", "create_order", api_new, WRITES_IT_UP,
        says="新建一张不是来电的工单：来访、来信、其他平台转来等", body=NewOrder, answer=OrderAnswer, status=201,
    ),
]  # fmt: skip
