"""The screens and the API as one aiohttp application. `hotline web` and the tests run it."""

import asyncio
import datetime as dt
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from web import assets, inboxes, show, sockets, strips
from web.desk_phones import DESK_PHONES, DeskPhones
from web.errors import tell_errors
from web.forms import local_value
from web.headers import add_headers
from web.house import HOUSE, House
from web.openapi import describe
from web.patience import PATIENCE, Patience, hear
from web.places import SOCKET_PLACES, SocketPlaces
from web.refusals import BUDGET, BUDGET_INSIDE, Budget
from web.routes import Route, guarded
from web.throttle import SignInLimits, Throttle
from web.views import (
    accounts,
    agents,
    approvals,
    archive,
    attachments,
    blocks,
    callbacks,
    calls,
    control,
    crew,
    desk,
    draft_form,
    evidence,
    figures,
    follow_ups,
    house,
    inbox,
    knowledge,
    live_transcript,
    looks,
    metrics,
    notices,
    office_links,
    order_lists,
    orders,
    pop,
    practice,
    reach,
    recordings,
    session,
    sip,
    supervision,
    supervision_evasive,
    supervision_pages,
    unit_alarms,
    units,
    wall,
)

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_BODY_BYTES = 256 * 1024
STATIC_SECONDS = int(dt.timedelta(days=365).total_seconds())

ROUTES: list[Route] = list(
    chain(
        session.ROUTES,
        accounts.ROUTES,
        calls.ROUTES,
        draft_form.ROUTES,
        live_transcript.ROUTES,
        callbacks.ROUTES,
        order_lists.ROUTES,
        orders.ROUTES,
        inbox.ROUTES,
        looks.ROUTES,
        approvals.ROUTES,
        evidence.ROUTES,
        crew.ROUTES,
        recordings.ROUTES,
        archive.ROUTES,
        attachments.ROUTES,
        agents.ROUTES,
        pop.ROUTES,
        practice.ROUTES,
        blocks.ROUTES,
        knowledge.ROUTES,
        control.ROUTES,
        house.ROUTES,
        figures.ROUTES,
        metrics.ROUTES,
        supervision.ROUTES,
        supervision_pages.ROUTES,
        supervision_evasive.ROUTES,
        unit_alarms.ROUTES,
        units.ROUTES,
        notices.ROUTES,
        reach.ROUTES,
        follow_ups.ROUTES,
        office_links.ROUTES,
        wall.ROUTES,
        sockets.ROUTES,
        desk.ROUTES,
        sip.ROUTES,
    )
)


def make_app(the_house: House) -> web.Application:
    """Raises BrokenHouse when the front end was not built."""
    app = web.Application(middlewares=[hear, tell_errors], client_max_size=LARGEST_BODY_BYTES)
    app[HOUSE] = the_house
    app[session.LIMITS] = SignInLimits()
    app[session.DOOR] = asyncio.Semaphore(session.AT_THE_DOOR)
    app[session.THROTTLE] = Throttle()
    app[PATIENCE] = Patience()
    app[BUDGET] = Budget()
    app[BUDGET_INSIDE] = Budget()
    app[SOCKET_PLACES] = SocketPlaces()
    app[sockets.SOCKETS] = sockets.Sockets()
    app[DESK_PHONES] = DeskPhones()
    app[house.DESCRIPTION] = describe(ROUTES, version("hotline"))
    _set_up_templates(app, the_house)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route), name=route.name)
    app.router.add_static("/static", assets.DIST)
    app.on_response_prepare.append(_cache_static)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(inboxes.keep_inboxes)
    app.cleanup_ctx.append(strips.keep_strips)
    app.cleanup_ctx.append(sockets.end_with_sessions)
    app.on_shutdown.append(sockets.close_sockets)
    return app


def _set_up_templates(app: web.Application, the_house: House) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        filters=show.FILTERS | show.city_filters(the_house.city),
        autoescape=True,
        finalize=show.unturned,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
    environment.globals.update(show.word_tables(the_house.city))
    environment.globals.update(
        assets=assets.load_assets(), local_value=local_value, identity_minutes=the_house.settings.web.identity_minutes
    )


async def _cache_static(request: web.Request, response: web.StreamResponse) -> None:
    # The names carry their content's hash: a new version has a new name.
    if request.path.startswith("/static/") and response.status in (200, 206, 304):
        response.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
