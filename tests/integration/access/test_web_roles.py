"""Every route for every role: what is declared is what happens. A new route is tested by being there."""

import re

import pytest

from access.accounts.roles import EVERYBODY, HALL, HANDS
from dispatch.workflow import Role
from tests.support.web_rig import WebRig
from web.app import ROUTES
from web.http.routes import Route

GUARDED = [route for route in ROUTES if route.roles is not None]
# The wallboard lets nobody in without its token: tests/acceptance/test_wall.py holds it.
OPEN = {
    "/sign-in",
    "/api/session",
    "/api/session/here",
    "/healthz",
    "/readyz",
    "/metrics",
    "/wallboard",
}
# The citizen's page behind a signed link: tests/integration/dispatch/test_follow_up.py.
OPEN |= {"/follow-up/{token}"}
# An office's page behind a signed link: tests/integration/dispatch/test_office_links.py.
OPEN |= {"/office-link/{token}", "/office-link/{token}/steps/{step}", "/office-link/{token}/notes"}
OPEN |= {"/api/office-links/{token}/attachments"}
OPEN |= {"/api/office-links/{token}/attachments/{id:[0-9]+}/file"}
OPEN |= {"/api/office-links/{token}/unsent/{step}", "/api/office-links/{token}/reply-hints"}


def address(route: Route) -> str:
    """A place where nothing is: only whether one may ask is looked at."""
    return re.sub(r"{(\w+)(?::([^}]*))?}", lambda part: sample(part[1], part[2] or ""), route.path)


def sample(name: str, pattern: str) -> str:
    """What the part of an address that is called so, or that must look so, may be."""
    if pattern in (r"\d+", "[0-9]+"):
        return "0"
    known = {"id": "0", "kind": "unit", "part": "story"}
    return known.get(name) or (pattern.split("|")[0] if "|" in pattern else "none")


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
async def test_a_route_is_open_to_its_roles_and_to_nobody_else(web_rig: WebRig, route: Route) -> None:
    stranger = await web_rig.ask(None, route.method, address(route))
    assert stranger.status in (401, 303)
    if stranger.status == 303:
        assert stranger.headers["Location"].startswith("/sign-in")
    for role in EVERYBODY:
        # These two would end the session that the other tests use.
        if route.name in ("close_session", "sign_out"):
            continue
        answer = await web_rig.ask(role, route.method, address(route), json={} if route.body else None)
        allowed = role in (route.roles or ())
        assert (answer.status != 403) is allowed, f"{role} got {answer.status}"
        assert answer.status < 500


def test_only_the_door_and_the_installation_are_open_to_strangers() -> None:
    assert {route.path for route in ROUTES if route.roles is None} == OPEN


LINKED = [route for route in ROUTES if "{token}" in route.path]


@pytest.mark.parametrize("route", LINKED, ids=lambda route: route.name)
async def test_a_link_that_nobody_signed_opens_nothing(web_rig: WebRig, route: Route) -> None:
    answer = await web_rig.ask(None, route.method, address(route), json={} if route.body else None)
    assert 400 <= answer.status < 500


def test_who_has_an_inbox_does_not_see_the_whole_line() -> None:
    assert not HALL & HANDS
    assert HALL | HANDS == EVERYBODY
    assert not EVERYBODY & {Role.SYSTEM, Role.CITIZEN}
