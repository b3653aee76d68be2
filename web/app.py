"""The screens and the API as one aiohttp application. `hotline web` and the tests run it."""

import asyncio
import datetime as dt
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from access.accounts.throttle import SignInLimits, Throttle
from dispatch.policy import Policy
from web.accounts import absence_pages, phone_pages
from web.accounts import pages as account_pages
from web.accounts import views as accounts
from web.approvals import views as approvals
from web.archive import sound_views
from web.archive import views as archive
from web.blocks import views
from web.calls import callback_views, control_views, live_transcript_views
from web.calls import views as calls
from web.city import listening, post_pages
from web.city import views as city
from web.crew import views as crew
from web.desk import after_registering_views, agent_views, draft_form_views, pop_views
from web.desk import views as desk
from web.desk.phones import DESK_PHONES, DeskPhones
from web.desk.queue_strip import keep_strips
from web.disclosures import name_search
from web.disclosures import views as disclosures
from web.evidence import views as evidence
from web.follow_up import views as follow_ups
from web.former import views as former
from web.http.answers import assets
from web.http.answers.errors import notify_errors
from web.http.answers.headers import add_headers
from web.http.answers.openapi import describe
from web.http.context import APP_CONTEXT, THROTTLE, AppContext
from web.http.open_routes import BY_NAME
from web.http.requests.lately import LATELY, Lately
from web.http.requests.patience import PATIENCE, Patience, hear
from web.http.requests.refusals import BUDGET, BUDGET_INSIDE, Budget
from web.http.routes import Route, guarded
from web.http.sockets import inboxes
from web.http.sockets.pace import PACES, Paces
from web.http.sockets.socket_quota import SOCKET_PLACES, UPLOAD_PLACES, SocketPlaces, UploadPlaces
from web.knowledge import views as knowledge
from web.map import place_views, tile_views
from web.map import views as map_views
from web.menu import views as menu
from web.my_day import views as my_day
from web.notifications import import_views, reachability_views
from web.notifications import views as notifications
from web.office import inbox_views, link_views
from web.orders import internal_notes, new_orders, paper_form
from web.orders import views as orders
from web.orders.attachments import views as attachment_views
from web.orders.lists import views as list_views
from web.orders.relations import alike, merging, splitting
from web.orders.steps import reply_hints, unsent
from web.orders.steps.step_forms import local_value
from web.practice import views as practice
from web.session import views as session
from web.sip import views as sip
from web.sockets import open_sockets
from web.sockets import views as sockets
from web.status import metrics_views, status_page
from web.status import views as status
from web.supervision import evasive_views, figures_views, open_orders, pages, wall_views
from web.supervision import views as supervision
from web.template_filters import FILTERS, city_filters, unturned, word_tables
from web.template_tests import TESTS
from web.units import alarm_views, day_views
from web.units import views as units

SCREENS = Path(__file__).parent
"""A template is named by its screen: `orders/order.html` is web/orders/templates/order.html."""
LARGEST_BODY_BYTES = 256 * 1024
STATIC_SECONDS = int(dt.timedelta(days=365).total_seconds())

ROUTES: list[Route] = list(
    chain(
        session.ROUTES,
        accounts.ROUTES,
        account_pages.ROUTES,
        absence_pages.ROUTES,
        phone_pages.ROUTES,
        city.ROUTES,
        former.ROUTES,
        listening.ROUTES,
        post_pages.ROUTES,
        calls.ROUTES,
        draft_form_views.ROUTES,
        live_transcript_views.ROUTES,
        callback_views.ROUTES,
        list_views.ROUTES,
        orders.ROUTES,
        merging.ROUTES,
        splitting.ROUTES,
        new_orders.ROUTES,
        internal_notes.ROUTES,
        paper_form.ROUTES,
        alike.ROUTES,
        reply_hints.ROUTES,
        unsent.ROUTES,
        inbox_views.ROUTES,
        disclosures.ROUTES,
        name_search.ROUTES,
        approvals.ROUTES,
        menu.ROUTES,
        evidence.ROUTES,
        crew.ROUTES,
        sound_views.ROUTES,
        archive.ROUTES,
        attachment_views.ROUTES,
        agent_views.ROUTES,
        pop_views.ROUTES,
        after_registering_views.ROUTES,
        practice.ROUTES,
        my_day.ROUTES,
        views.ROUTES,
        knowledge.ROUTES,
        control_views.ROUTES,
        status.ROUTES,
        figures_views.ROUTES,
        open_orders.ROUTES,
        metrics_views.ROUTES,
        status_page.ROUTES,
        supervision.ROUTES,
        pages.ROUTES,
        evasive_views.ROUTES,
        alarm_views.ROUTES,
        units.ROUTES,
        day_views.ROUTES,
        map_views.ROUTES,
        place_views.ROUTES,
        tile_views.ROUTES,
        notifications.ROUTES,
        import_views.ROUTES,
        reachability_views.ROUTES,
        follow_ups.ROUTES,
        link_views.ROUTES,
        wall_views.ROUTES,
        sockets.ROUTES,
        desk.ROUTES,
        sip.ROUTES,
    )
)


def make_app(app_context: AppContext) -> web.Application:
    """Raises ConfigurationError when the front end was not built."""
    app = web.Application(middlewares=[hear, notify_errors], client_max_size=LARGEST_BODY_BYTES)
    app[APP_CONTEXT] = app_context
    app[session.LIMITS] = SignInLimits()
    app[session.DOOR] = asyncio.Semaphore(session.AT_THE_DOOR)
    app[THROTTLE] = Throttle()
    app[PATIENCE] = Patience()
    app[LATELY] = Lately()
    app[BUDGET] = Budget()
    app[BUDGET_INSIDE] = Budget()
    app[PACES] = Paces()
    app[SOCKET_PLACES] = SocketPlaces()
    app[UPLOAD_PLACES] = UploadPlaces()
    app[open_sockets.SOCKETS] = open_sockets.Sockets()
    app[DESK_PHONES] = DeskPhones()
    app[BY_NAME] = {route.name: route for route in ROUTES}
    app[status.DESCRIPTION] = describe(ROUTES, version("hotline"))
    _set_up_templates(app, app_context)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route), name=route.name)
    app.router.add_static("/static", assets.DIST)
    app.on_response_prepare.append(_cache_static)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(inboxes.keep_inboxes)
    app.cleanup_ctx.append(keep_strips)
    app.cleanup_ctx.append(open_sockets.end_with_sessions)
    app.on_shutdown.append(open_sockets.close_sockets)
    return app


def _set_up_templates(app: web.Application, app_context: AppContext) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.PrefixLoader(
            {folder.parent.name: jinja2.FileSystemLoader(folder) for folder in SCREENS.glob("*/templates")}
        ),
        filters=FILTERS | city_filters(app_context.city),
        autoescape=True,
        finalize=unturned,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
    environment.tests.update(TESTS)
    environment.globals.update(word_tables(app_context.city))
    app_context.holder.follow(partial(_say_as_the_city, environment))
    environment.globals.update(
        assets=assets.load_assets(), local_value=local_value, identity_minutes=app_context.settings.web.identity_minutes
    )


def _say_as_the_city(environment: jinja2.Environment, policy: Policy) -> None:
    """Its names and words, once another version of the city's files is in force."""
    environment.filters.update(city_filters(policy.city))
    environment.globals.update(word_tables(policy.city))


async def _cache_static(request: web.Request, response: web.StreamResponse) -> None:
    # The names carry their content's hash: a new version has a new name.
    if request.path.startswith("/static/") and response.status in (200, 206, 304):
        response.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
