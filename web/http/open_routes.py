"""What a page may offer somebody: asked by the name of the route, which declares its roles. Templates know none."""

from collections.abc import Callable, Mapping

from aiohttp import web

from dispatch.workflow import Role
from web.http.routes import Route, me_of, signed_in

BY_NAME = web.AppKey("by_name", Mapping[str, Route])
"""Every route of the application."""


def opens(route: Route, role: Role | None) -> bool:
    """Whether the route is open to somebody of this role; None: to somebody who has not signed in."""
    return route.roles is None or role in route.roles


def permits(request: web.Request) -> Callable[[str], bool]:
    """`may(name)` of the templates: whether the route of that name is open to the signed-in role.

    Raises KeyError for a name that no route has."""
    role = me_of(request).role if signed_in(request) else None
    routes = request.config_dict[BY_NAME]
    return lambda name: opens(routes[name], role)
