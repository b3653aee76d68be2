"""The crews on shift, live, for those who watch over them; and the crew of one order beside it."""

from aiohttp import web

from access.accounts.roles import CHIEFS, HALL
from access.visibility.orders import get_visible_order
from core import clock
from dispatch.crews.rules import UnitStatus
from dispatch.routing.crew_ranking import distance_km
from dispatch.routing.location import spot_of
from web.http.answers.pages import page, part_or_page
from web.http.routes import Route, context_of, me_of
from web.notifications.reachability import by_unit, reachability_list
from web.orders.cards import IN_HAND
from web.units.presenter import unit_answers
from web.units.schemas import UnitsAnswer


async def api_units(request: web.Request) -> UnitsAnswer:
    app_context, at = context_of(request), clock.now()
    async with app_context.sessions() as session:
        return UnitsAnswer(at=at, units=await unit_answers(session, app_context.policy, at=at))


async def show_units(request: web.Request) -> web.StreamResponse:
    app_context, units = context_of(request), (await api_units(request)).units
    async with app_context.sessions() as session:
        reach = await reachability_list(session, app_context.policy, clock.now())
    on_shift = [unit for unit in units if unit.on_shift]
    context = {
        "on_shift": on_shift,
        "off_shift": [unit for unit in units if not unit.on_shift],
        "free": sum(unit.status is UnitStatus.FREE for unit in on_shift),
        "reachability": by_unit(reach.targets),
        "over": sum(unit.minutes_over is not None for unit in on_shift),
    }
    return part_or_page(request, "units/units_list.html", "units/units.html", context)


async def show_order_unit(request: web.Request) -> web.StreamResponse:
    """Where the order's crew is, and how long ago that was so; nothing while the order is in no crew's hands."""
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        found = await unit_answers(session, context_of(request).policy, at=clock.now())
    unit = next((one for one in found if one.code == order.unit_code and order.state in IN_HAND), None)
    here, spot = unit and unit.position, spot_of(context_of(request).city, order)
    kilometres = distance_km(spot.where, (here.latitude, here.longitude)) if here and spot else None
    context = {"unit": unit, "kilometres": kilometres, "spot": spot, "number": order.number}
    return page(request, "orders/order_unit.html", context)


ROUTES = [
    Route("GET", "/units", "units", show_units, CHIEFS),
    Route("GET", "/orders/{number}/unit", "order_unit", show_order_unit, HALL),
    Route("GET", "/api/units", "get_units", api_units, CHIEFS, says="各{crew}现在的情况", answer=UnitsAnswer),
]
