"""A walk over all that the web tells: every registered GET route, for every role, about one order and what hangs on it.

A new route is walked by itself; a new kind of name in its address must be added to `Walk.places`.
"""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from dispatch.workflow import Role
from tests.support.web_rig import WebRig
from web.app import ROUTES
from web.http.routes import Route

READS = [route for route in ROUTES if route.method == "GET" and not route.socket]


@dataclass(frozen=True)
class Walk:
    """What may stand in an address, by the name that the routes give it."""

    web_rig: WebRig
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def addresses(self, route: Route) -> list[str]:
        ways = [route.path]
        for name, pattern in re.findall(r"{(\w+)(?::([^}]*))?}", route.path):
            values: Iterable[str] = self.places.get(name, ("1",))
            if "|" in pattern and name not in self.places:
                values = pattern.split("|")
            ways = [
                re.sub(rf"{{{name}(:[^}}]*)?}}", lambda _, one=value: one, way, count=1)
                for way in ways
                for value in values
            ]
        return ways

    async def all_answers(self, role: Role) -> AsyncIterator[tuple[str, str]]:
        """(address, everything readable in the answer: headers, names of files, cells of sheets)."""
        for route in READS:
            if route.roles is not None and role not in route.roles:
                continue
            for path in self.addresses(route):
                answer = await self.web_rig.ask(None if route.roles is None else role, "GET", path)
                assert answer.status < 500, (role, path, answer.status)
                told = readable(await answer.read(), answer.content_type)
                yield path, "\n".join([unquote(f"{name}: {value}") for name, value in answer.headers.items()] + [told])


def readable(body: bytes, media_type: str) -> str:
    if media_type.startswith(("image/", "audio/")) or media_type == "application/pdf":
        return ""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(f"{one.filename} {packed.read(one).decode(errors='replace')}" for one in packed.infolist())
    return body.decode(errors="replace")
