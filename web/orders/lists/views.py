"""What is done with the list of orders as a whole: saved filters, one step on many, print and Excel."""

import asyncio
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import own_or_covered, redactor_of_order
from core import clock
from core.clock import day_and_minute, in_city
from core.database import transaction
from core.errors import BadInput, NotFound
from core.privacy.redaction import Redactor
from dispatch.orders import listing
from dispatch.orders.models import Order
from web.http.answers.pages import page
from web.http.routes import Route, context_of, id_in, me_of, query_of, read
from web.orders.lists.listing import sort_of, wanted
from web.orders.lists.page_links import orders_address
from web.orders.lists.saved_filters import forget_filter, keep_filter
from web.orders.lists.sheet import order_sheet
from web.orders.schemas import OrdersQuery
from web.orders.steps.bulk import MOST, asked_of_many, take_many
from web.orders.steps.step_views import STEP_VIEWS

log = structlog.get_logger()

LONGEST_SHEET = 5000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def sheet_of_list(request: web.Request) -> web.StreamResponse:
    """What the filters find, sorted as the list."""
    me, query = me_of(request), query_of(request, OrdersQuery)
    async with context_of(request).sessions() as session:
        found = await listing.list_orders(session, wanted(me, query), sort=sort_of(query), limit=LONGEST_SHEET)
    more = f"；只导出了前面的{LONGEST_SHEET}张，请缩小筛选范围后分次导出" if found.after else ""
    return await _sheet(request, list(found.orders), more)


async def submit_many(request: web.Request) -> web.StreamResponse:
    """The chosen orders: a step on each, or all of them printed or in a sheet."""
    sent = await request.post()
    numbers = list(dict.fromkeys(str(number) for number in sent.getall("number", [])))
    action = str(sent.get("action", ""))
    if not numbers:
        raise BadInput("还没有选择工单，请先在列表中勾选。")
    if len(numbers) > MOST:
        raise BadInput(f"一次最多处理{MOST}张工单，您选了{len(numbers)}张。")
    if action in ("print", "export"):
        async with context_of(request).sessions() as session:
            chosen = [await get_visible_order(session, me_of(request), number) for number in numbers]
        if action == "export":
            return await _sheet(request, chosen, "")
        return page(
            request,
            "orders/orders_print.html",
            {"orders": [_printed(me_of(request), order) for order in chosen], "at": clock.now()},
        )
    step = next((step for step, view in STEP_VIEWS.items() if step == action and view.of_many is not None), None)
    if step is None:
        raise BadInput("没有选择要做什么。")
    given = {name: str(sent.get(name, "")).strip() for name in asked_of_many([step])}
    despite = sent.get("despite") == "yes"
    outcomes = await take_many(context_of(request), me_of(request), numbers, step, given, despite=despite)
    return page(request, "orders/orders_many.html", {"outcomes": outcomes, "step": step, "given": given})


async def submit_filter(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    typed = {name: value for name, value in parse_qsl(str(sent.get("query", "")).lstrip("?")) if value}
    query = read(OrdersQuery, {name: value for name, value in typed.items() if name in OrdersQuery.model_fields})
    async with transaction(context_of(request).sessions) as session:
        await keep_filter(session, me_of(request), str(sent.get("name", "")), query, at=clock.now())
    raise web.HTTPSeeOther(orders_address(query.chosen(), None))


async def submit_forget(request: web.Request) -> web.StreamResponse:
    async with transaction(context_of(request).sessions) as session:
        await forget_filter(session, me_of(request), id_in(request))
    raise web.HTTPSeeOther("/orders")


def _printed(me: Me, order: Order) -> tuple[Order, Redactor, str]:
    """The order, what must be covered in its texts, and its answer as `me` may read it."""
    redactor = redactor_of_order(order)
    return order, redactor, own_or_covered(me, order.answer_author, order.public_answer, redactor)


async def _sheet(request: web.Request, orders: list[Order], more: str) -> web.StreamResponse:
    if not orders:
        raise NotFound("没有符合条件的工单，没有可以导出的内容。")
    me, now = me_of(request), clock.now()
    log.info("orders_exported", account=me.name, orders=len(orders))
    exported = f"{me.display_name} {day_and_minute(now, year=True)} 导出，共{len(orders)}张{more}。"
    body = await asyncio.to_thread(order_sheet, orders, context_of(request).city, me, exported=exported)
    name = f"orders-{in_city(now):%Y%m%d-%H%M}.xlsx"
    return web.Response(
        body=body, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


ROUTES = [
    Route("GET", "/orders.xlsx", "orders_sheet", sheet_of_list, EVERYBODY, query=OrdersQuery),
    Route("POST", "/orders/many", "submit_many", submit_many, EVERYBODY),
    Route("POST", "/orders/filters", "submit_filter", submit_filter, EVERYBODY),
    Route("POST", "/orders/filters/{id:[0-9]+}/forget", "submit_forget", submit_forget, EVERYBODY),
]
