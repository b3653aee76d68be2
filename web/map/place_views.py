"""Where one order is, on the map; those who may fill it in choose the point there."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of, redactor_of_order
from core import clock
from core.database import transaction
from core.errors import HotlineError, NotFound
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.routing.location import shown_spot_of
from dispatch.steps.permission import obstacle
from dispatch.workflow import TRANSITIONS, Role, Step
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, rejection_of
from web.http.context import AppContext
from web.http.routes import Route, context_of, me_of, read
from web.http.schemas import Message
from web.map_file import map_of
from web.orders.cards import place_words
from web.orders.presenter import order_summary
from web.orders.steps.submit import take_on

_CHOOSERS = frozenset(
    role
    for steps in TRANSITIONS.values()
    for step, way in steps.items()
    if step is Step.FILL_IN
    for role in way.roles
    if role not in (Role.SYSTEM, Role.CITIZEN)
)
_READERS = frozenset({Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.OFFICE, Role.UNIT})


class NoSpot(Message):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ChosenSpot(NoSpot):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


async def show_place(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def submit_place(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    number = request.match_info["number"]
    form = NoSpot if sent.get("remove") == "yes" else ChosenSpot
    try:
        chosen = read(form, {name: str(sent.get(name, "")).strip() for name in form.model_fields})
        await _choose(context_of(request), me_of(request), number, chosen)
    except NotFound:
        raise
    except HotlineError as error:
        return await _page(request, error)
    raise web.HTTPSeeOther(f"/orders/{number}")


async def _choose(app_context: AppContext, me: Me, number: str, chosen: NoSpot) -> None:
    north, east = (chosen.latitude, chosen.longitude) if isinstance(chosen, ChosenSpot) else (None, None)
    where = {"latitude": north, "longitude": east}
    async with transaction(app_context.sessions) as session:
        order = await get_visible_order(session, me, number)
        await take_on(session, app_context.policy, me, order, Step.FILL_IN, where, version=chosen.version)


async def _page(request: web.Request, refused: HotlineError | None = None) -> web.StreamResponse:
    app_context, me = context_of(request), me_of(request)
    async with app_context.sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        summary, town = order_summary(order), app_context.city.towns.get(order.place_town or "")
    rejected = rejection_of(refused) if refused else NOTHING_WRONG
    spot = shown_spot_of(app_context.city, order)
    context = {
        "order": summary,
        "title": redactor_of_order(order).text(order.title),
        "place": place_words(summary, app_context.city),
        "town": town,
        "spot": spot,
        "secret": stays_unnamed(order),
        "may_choose": may_choose(app_context.policy, me, order),
        "map": await map_of(app_context.settings),
        "wrong": rejected.sentence if refused else "",
    }
    return page(request, "map/place.html", context, status=rejected.status)


def may_choose(policy: Policy, me: Me, order: Order) -> bool:
    """Never where somebody wishes to stay unnamed: their place is kept to what the words say."""
    return (
        me.role in _CHOOSERS
        and not stays_unnamed(order)
        and obstacle(order, Step.FILL_IN, actor_of(me), policy, clock.now()) is None
    )


ROUTES = [
    Route("GET", "/orders/{number}/place", "order_place", show_place, _READERS),
    Route("POST", "/orders/{number}/place", "submit_place", submit_place, _CHOOSERS),
]
