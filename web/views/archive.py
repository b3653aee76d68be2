"""What became of recordings: who listened to them."""

from aiohttp import web

from core.errors import NotFound
from dispatch import orders
from telephony.models import Call
from web.listeners import READS_THE_LOG, ListeningsAnswer, listenings_answer
from web.orders import get_visible_order
from web.pages import page
from web.routes import Route, house_of, me_of


async def api_order_listenings(request: web.Request) -> ListeningsAnswer:
    async with house_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        linkedids = [call.linkedid for call in await orders.calls_of(session, order.id)]
        return await listenings_answer(session, linkedids)


async def api_call_listenings(request: web.Request) -> ListeningsAnswer:
    linkedid = request.match_info["linkedid"]
    async with house_of(request).sessions() as session:
        if await session.get(Call, linkedid) is None:
            raise NotFound("没有这通电话。")
        return await listenings_answer(session, [linkedid])


async def show_order_listenings(request: web.Request) -> web.StreamResponse:
    return page(request, "listenings.html", {"listenings": (await api_order_listenings(request)).listenings})


async def show_call_listenings(request: web.Request) -> web.StreamResponse:
    return page(request, "listenings.html", {"listenings": (await api_call_listenings(request)).listenings})


ROUTES = [
    Route("GET", "/orders/{number}/listenings", "order_listenings", show_order_listenings, READS_THE_LOG),
    Route("GET", "/calls/{linkedid}/listenings", "call_listenings", show_call_listenings, READS_THE_LOG),
    Route(
        "GET", "/api/orders/{number}/listenings", "list_order_listenings", api_order_listenings, READS_THE_LOG,
        says="谁听过这张工单的录音", answer=ListeningsAnswer,
    ),
    Route(
        "GET", "/api/calls/{linkedid}/listenings", "list_call_listenings", api_call_listenings, READS_THE_LOG,
        says="谁听过这通电话的录音", answer=ListeningsAnswer,
    ),
]  # fmt: skip
