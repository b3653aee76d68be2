"""From the card after registering: an addition, a message, the further matter of the same caller."""

from dataclasses import replace
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.disclosures import known_to
from access.visibility.rules import actor_of, may_know
from core import clock
from core.database import transaction
from core.errors import NotFound
from core.texts.lines import MANY_LINES
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.families.further_matters import begin_further_matter
from dispatch.orders.models import Order
from dispatch.workflow import Step
from web.desk.draft_form import order_begun_in
from web.desk.draft_form_views import form_page
from web.desk.pop_views import TAKES_CALLS
from web.http.answers.rejection import REJECTED, rejection_of
from web.http.routes import Route, context_of, me_of, read
from web.http.schemas import Message
from web.orders.presenter import order_answer
from web.orders.schemas import OrderAnswer
from web.orders.steps.submit import take_on


class TypedWords(Message):
    text: Annotated[str, Field(max_length=10_000), MANY_LINES] = ""


STEPS: dict[str, tuple[Step, str, str]] = {
    "supplement": (Step.SUPPLEMENT, "addition", "已补充到工单，承办单位会收到提醒。"),
    "text": (Step.TEXT_CITIZEN, "message", "短信已交去发送。"),
}
"""Path's last part → the step, its field, and the words after it is taken."""


async def submit_words(request: web.Request) -> web.StreamResponse:
    name, number, me = request.match_info["what"], request.match_info["number"], me_of(request)
    step, field, done = STEPS[name]
    typed = str((await request.post()).get("text", ""))
    try:
        words = read(TypedWords, {"text": typed})
        async with transaction(context_of(request).sessions) as session:
            order = await _own_order(session, me, request.match_info["linkedid"], number)
            fields: dict[str, Any] = {field: words.text}
            await take_on(session, context_of(request).policy, me, order, step, fields)
    except REJECTED as error:
        rejected = rejection_of(error)
        return await form_page(
            request, number, status=rejected.status, refused={name: rejected.sentence}, typed={name: typed}
        )
    return await form_page(request, number, takes_focus=True, done=done)


async def submit_further(request: web.Request) -> web.StreamResponse:
    async with transaction(context_of(request).sessions) as session:
        me, order = await _begin(session, request)
    return await form_page(request, order.number, me=me, takes_focus=True)


async def api_further(request: web.Request) -> OrderAnswer:
    app_context = context_of(request)
    async with transaction(app_context.sessions) as session:
        me, order = await _begin(session, request)
        return await order_answer(session, app_context.policy, me, order, at=clock.now())


async def _begin(session: AsyncSession, request: web.Request) -> tuple[Me, Order]:
    """The order, and who asked, as somebody who knows its citizen."""
    me, linkedid, at = me_of(request), request.match_info["linkedid"], clock.now()
    await _own_order(session, me, linkedid)
    city = context_of(request).policy.city
    order = await begin_further_matter(session, city, linkedid, actor=actor_of(me), at=at)
    return replace(me, known=await known_to(session, me, at)), order


async def _own_order(session: AsyncSession, me: Me, linkedid: str, number: str = "") -> Order:
    """An order that was begun in a call of `me`. Raises NotFound for the order or call of anybody else."""
    _, order = await order_begun_in(session, me, linkedid, number)
    if linkedid not in me.known.calls or not may_know(me, confidential=stays_unnamed(order)):
        raise NotFound("没有这通电话，或者它不是您接的。")
    return order


_CALL = "/desk/calls/{linkedid}"
ROUTES = [
    Route(
        "POST", _CALL + "/orders/{number}/{what:" + "|".join(STEPS) + "}", "after_registering", submit_words,
        TAKES_CALLS,
    ),
    Route("POST", f"{_CALL}/further", "begin_further", submit_further, TAKES_CALLS),
    Route(
        "POST", "/api/calls/{linkedid}/further", "begin_further_order", api_further, TAKES_CALLS,
        says="同一来电人的另一件事：新建一张工单，带上诉求人和电话", answer=OrderAnswer,
    ),
]  # fmt: skip
