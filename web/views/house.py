"""What machines ask about the house: its API's description, and whether it lives."""

import json

from aiohttp import web
from sqlalchemy import text

from web.messages import Health
from web.routes import Route, house_of

DESCRIPTION = web.AppKey("description", dict)


async def openapi(request: web.Request) -> web.StreamResponse:
    return web.json_response(request.app[DESCRIPTION], dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def healthz(request: web.Request) -> Health:
    """This process answers."""
    return Health(live=house_of(request).bus.listening.is_set())


async def readyz(request: web.Request) -> Health:
    """The database answers too; else 503."""
    async with house_of(request).sessions() as session:
        await session.execute(text("SELECT 1"))
    return Health(live=house_of(request).bus.listening.is_set())


ROUTES = [
    Route("GET", "/api/openapi.json", "get_openapi", openapi, None, says="这份说明（OpenAPI 3.1）"),
    Route("GET", "/healthz", "healthz", healthz, None),
    Route("GET", "/readyz", "readyz", readyz, None),
]
