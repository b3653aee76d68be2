"""纸质登记单: the form that an agent fills in by hand while the screens are away, printed beforehand.

A call that was answered meanwhile has its draft with time and number all the same; the paper is typed into it
afterwards.
"""

from aiohttp import web

from dispatch.orders.labels import KINDS, URGENCIES
from web.http.answers.pages import page
from web.http.routes import Route, context_of
from web.orders.new_orders import WRITES_IT_UP

LINES = 14
"""For the matter, on one sheet."""


async def show_paper_form(request: web.Request) -> web.StreamResponse:
    city = context_of(request).city
    context = {"kinds": list(KINDS.values()), "urgencies": list(URGENCIES.values()), "lines": LINES}
    return page(request, "orders/paper_form.html", context | {"towns": [town.short for town in city.towns.values()]})


ROUTES = [Route("GET", "/paper-form", "paper_form", show_paper_form, WRITES_IT_UP, citizens=False)]
