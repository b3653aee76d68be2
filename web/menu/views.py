"""One fragment for all figures of the bar, put beside their entries out of band."""

from itertools import chain

from aiohttp import web

from access.accounts.roles import EVERYBODY
from core import clock
from core.city_words import worded
from web.http.answers.navigation import menu_of
from web.http.answers.pages import page
from web.http.open_routes import BY_NAME
from web.http.routes import Route, context_of, me_of
from web.menu.counts import COUNTS


async def show_counts(request: web.Request) -> web.StreamResponse:
    me, at = me_of(request), clock.now()
    found = []
    async with context_of(request).sessions() as session:
        for link in chain.from_iterable(links for _, links in menu_of(request.config_dict[BY_NAME], me.role, "")):
            if link.counted:
                words, count = COUNTS[link.route]
                waiting = await count(session, me, at)
                found.append((link.route, waiting, worded(words).format(waiting)))
    return page(request, "menu/menu_counts.html", {"counts": found})


ROUTES = [Route("GET", "/menu/counts", "menu_counts", show_counts, EVERYBODY, citizens=False)]
