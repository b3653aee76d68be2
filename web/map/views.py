"""地图: the open orders and the crews on shift, as a list and as the same list on the map."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import CHIEFS
from access.visibility.rules import redactor_of_order
from core import clock
from dispatch.city.records import City
from dispatch.orders.listing import Filter, count_orders, list_orders
from dispatch.orders.models import Order
from dispatch.orders.sorting import ListSort
from dispatch.routing.location import shown_spot_of
from dispatch.workflow import FINAL, State
from web.http.answers.pages import page
from web.http.routes import Route, context_of, query_of
from web.http.schemas import Code, Message
from web.map_file import map_of
from web.units.presenter import unit_answers

SHOWN = 300
_STATES = tuple(state for state in State if state not in FINAL | {State.DRAFT, State.ANSWERED})


class MapQuery(Message):
    town: Code | None = None


@dataclass(frozen=True)
class MapEntry:
    """One line of the list, and its point."""

    look: str
    """order, late, unit: the same words stand beside the point's look in the key."""
    address: str
    number: str
    title: str
    words: str
    where: tuple[float, float] | None


async def show_map(request: web.Request) -> web.StreamResponse:
    app_context, query = context_of(request), query_of(request, MapQuery)
    async with app_context.sessions() as session:
        wanted = Filter(states=_STATES, town=query.town)
        found = (await list_orders(session, wanted, sort=ListSort.LIMIT, limit=SHOWN)).orders
        orders = [order_entry(app_context.city, order) for order in found]
        counted = await count_orders(session, wanted, sort=ListSort.LIMIT)
        units = await unit_entries(session, request)
    context = {
        "map": await map_of(app_context.settings),
        "query": query,
        "units": units,
        "orders": orders,
        "counted": counted,
        "unplaced": sum(one.where is None for one in orders),
    }
    return page(request, "map/map.html", context)


def order_entry(city: City, order: Order) -> MapEntry:
    spot, late = shown_spot_of(city, order), order.nearest_limit_at < clock.now()
    town = city.towns.get(order.place_town or "")
    place = redactor_of_order(order).text(order.place) or (town.name if town else "地点未说明")
    near = f"（按{spot.only_of}的位置）" if spot and spot.only_of else "" if spot else "（地图上没有）"
    return MapEntry(
        look="late" if late else "order",
        address=f"/orders/{order.number}",
        number=order.number,
        title=redactor_of_order(order).text(order.title),
        words=f"{place}{near}",
        where=spot.where if spot else None,
    )


async def unit_entries(session: AsyncSession, request: web.Request) -> Sequence[MapEntry]:
    units = await unit_answers(session, context_of(request).policy, at=clock.now())
    return [
        MapEntry(
            look="unit",
            address=f"/units/{unit.code}/day",
            number="",
            title=unit.name,
            words=unit.status_name + ("" if here is None else "" if here.fresh else "，位置已过时"),
            where=(here.latitude, here.longitude) if here else None,
        )
        for unit in units
        if unit.on_shift
        for here in (unit.position,)
    ]


ROUTES = [Route("GET", "/map", "map", show_map, CHIEFS, query=MapQuery)]
