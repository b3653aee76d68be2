"""While the form of a draft is written: open orders that may be the same matter, offered in it. The form itself joins
one of them, with what was typed (web.orders.steps.submit.join_typed).
"""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of
from core import clock
from core.texts.lines import MANY_LINES
from dispatch.citizens.redaction import redactor_of
from dispatch.intake.duplicates import MatterToCompare, find_duplicates
from dispatch.steps.permission import obstacle
from dispatch.workflow import Step
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, read
from web.http.schemas import Code, Line, Message
from web.orders.new_orders import WRITES_IT_UP
from web.orders.relations.merging import candidate


class WrittenSoFar(Message):
    """What the form holds; what is empty is taken from the order."""

    subject: Code = ""
    place_town: Code = ""
    place: Line = ""
    title: Line = ""
    matter: Annotated[str, Field(max_length=10_000), MANY_LINES] = ""


async def show_alike(request: web.Request) -> web.StreamResponse:
    me, policy, at, sent = me_of(request), context_of(request).policy, clock.now(), await request.post()
    written = read(WrittenSoFar, {name: str(sent.get(name, "")) for name in WrittenSoFar.model_fields})
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        if (found := obstacle(order, Step.REGISTER, actor_of(me), policy, at)) is not None:
            raise found.error(found.sentence)
        # What is covered for everybody is compared with nothing.
        without = redactor_of([order]).without
        matter = MatterToCompare(
            written.subject or order.subject,
            written.place_town or order.place_town,
            without(written.place or order.place),
            without(f"{written.title or order.title}\n{written.matter or order.matter}"),
        )
        alike = await find_duplicates(session, policy.city, policy.desk, matter, besides={order.id}, at=at)
        offered = [candidate(one, order, policy) for one in alike if one.can_join]
    return page(request, "orders/order_alike.html", {"offered": offered})


ROUTES = [Route("POST", "/orders/{number}/alike", "order_alike", show_alike, WRITES_IT_UP)]
