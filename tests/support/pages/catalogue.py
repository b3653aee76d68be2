"""Which pages there are, from the routes; at which sizes each role looks at them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.workflow import Role
from tests.support.pages.rigs import WALLBOARD_TOKEN, PagesRig
from web.app import ROUTES
from web.http.routes import COOKIE, Route

Size = tuple[int, int]
"""Width and height in CSS pixels."""
DESK_SIZE, BIG_SIZE, PHONE_SIZE = (1366, 768), (1920, 1080), (390, 844)
_SEATED = (DESK_SIZE, BIG_SIZE)
SIZES: Mapping[Role | None, tuple[Size, ...]] = {
    Role.COORDINATOR: _SEATED,
    Role.AGENT: (DESK_SIZE,),
    Role.SUPERVISOR: _SEATED,
    Role.OFFICE: _SEATED,
    Role.UNIT: (PHONE_SIZE,),
    Role.ADMINISTRATOR: (*_SEATED, PHONE_SIZE),
    Role.LEADER: _SEATED,
    None: (PHONE_SIZE, DESK_SIZE),
}
"""The first size is the main one. None: a citizen, an office without an account, and whoever is not signed in."""
READS = [route for route in ROUTES if route.method == "GET" and not route.socket and not route.is_api]
MORE: Mapping[str, tuple[str, ...]] = {
    "orders": ("?q=没有这样的事", "?q=路灯"),
    "figures": ("?by=agent", "?by=day&from=2026-01-01&to=2026-12-31"),
    "scorecards": ("?by=unit",),
    "announcement_sound": ("?text=请稍候",),
    "sign_in": ("?next=/orders",),
    "wallboard": (f"?token={WALLBOARD_TOKEN}",),
}
"""Other states of a page, by its route's name, that stand in the address."""
_PARAMETER = re.compile(r"{(\w+)(?::([^}]*))?}")


@dataclass(frozen=True)
class Shown:
    """One page as one person opens it."""

    role: Role | None
    route: str
    path: str

    @property
    def name(self) -> str:
        """For a file."""
        return re.sub(r"[^\w]+", "-", self.path.strip("/"))[:60].strip("-") or "home"


def addresses(route: Route, places: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every address that the rig has things for; none where it has nothing."""
    ways = [route.path]
    for name, pattern in _PARAMETER.findall(route.path):
        named = "follow_up" if name == "token" and route.path.startswith("/follow-up") else name
        values = places.get(named) or (pattern.split("|") if "|" in pattern else ())
        ways = [re.sub(rf"{{{name}(:[^}}]*)?}}", value, way) for way in ways for value in values]
    return [way + more for way in ways for more in ("", *MORE.get(route.name, ()))]


@dataclass
class Survey:
    pages: list[Shown]
    opened: set[str]
    """Names of the routes that answered somebody, with a page or with something else."""


async def survey(rig: PagesRig, *, all_roles: bool) -> Survey:
    """Every page that the routes give somebody with these rows: to each role, or each page once, to the first role in
    `SIZES` that may open it. A fragment is part of the page that asks for it; a file is none."""
    found = Survey([], set())
    for route in READS:
        for role in (None,) if route.roles is None else sorted(route.roles, key=list(SIZES).index):
            for path in addresses(route, rig.places):
                if route.name in found.opened and not all_roles:
                    break
                answered, page = await _ask(rig, role, path)
                if answered:
                    found.opened.add(route.name)
                if page:
                    found.pages.append(Shown(role, route.name, path))
    return found


async def _ask(rig: PagesRig, role: Role | None, path: str) -> tuple[bool, bool]:
    """Whether there was an answer (the way to the door is none), and whether it is a whole page."""
    cookies = {COOKIE: rig.cookies[role]} if role else {}
    answer = await rig.web_rig.ask(None, "GET", path, cookies=cookies)
    html = answer.status == 200 and answer.content_type == "text/html"
    answered = answer.status < 400 and not answer.headers.get("Location", "").startswith("/sign-in")
    return answered, html and (await answer.text()).lstrip().startswith("<!doctype html>")
