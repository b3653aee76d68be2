"""What machines ask about the system: the API's description, and its health."""

import json
from http import HTTPStatus

from aiohttp import web

from access.accounts.roles import CHIEFS, EVERYBODY, HALL
from access.visibility.reporter_guesses import troubles_kept_from
from core import clock
from dispatch.clock.calendar_wanted import calendar_wanted
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of
from web.http.schemas import Health
from web.status.metrics_views import may_read
from web.status.state import InstallationAnswer, load_installation, load_troubles, readiness

DESCRIPTION = web.AppKey("description", dict)


async def openapi(request: web.Request) -> web.StreamResponse:
    return web.json_response(request.app[DESCRIPTION], dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def healthz(request: web.Request) -> Health:
    """This process answers."""
    return Health(live=context_of(request).bus.listening.is_set())


async def readyz(request: web.Request) -> web.StreamResponse:
    """Which parts are there. 503 where the screens cannot be used; a line that is away does not make it so. The lines
    by name are for this machine and for who brings the token of /metrics."""
    answer = await readiness(context_of(request), clock.now())
    if not may_read(request, context_of(request).settings.web.metrics_token):
        answer = answer.model_copy(update={"lines": {}})
    return web.Response(
        body=answer.model_dump_json().encode(),
        content_type="application/json",
        status=HTTPStatus.OK if answer.ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


async def api_installation(request: web.Request) -> InstallationAnswer:
    async with context_of(request).sessions() as session:
        return await load_installation(session, me_of(request).role, clock.now())


async def show_troubles(request: web.Request) -> web.StreamResponse:
    """The line at the head of every page."""
    async with context_of(request).sessions() as session:
        now, policy = clock.now(), context_of(request).policy
        return page(
            request,
            "http/troubles_line.html",
            {
                "troubles": await load_troubles(session, now, besides=troubles_kept_from(me_of(request).role)),
                "calendar_wanted": calendar_wanted(policy.times, policy.city.calendar, now),
            },
        )


ROUTES = [
    Route("GET", "/troubles", "troubles_line", show_troubles, CHIEFS, citizens=False),
    Route("GET", "/api/openapi.json", "get_openapi", openapi, EVERYBODY, says="这份说明（OpenAPI 3.1）"),
    Route("GET", "/healthz", "healthz", healthz, None),
    Route("GET", "/readyz", "readyz", readyz, None),
    Route(
        "GET", "/api/installation", "get_installation", api_installation, HALL,
        says="线路进程、正在持续的报警、最近一次巡检", answer=InstallationAnswer,
    ),
]  # fmt: skip
