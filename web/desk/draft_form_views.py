"""The form that fills itself: an order's draft on the desk and on the call's page, and its proposals as JSON."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from core.texts.lines import ONE_LINE
from web.desk.draft_form import ProposalsAnswer, RouteAnswer, read_form, read_proposals, route_answer
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Message
from web.map_file import map_of

Code = Annotated[str, Field(max_length=60), ONE_LINE]


class RouteQuery(Message):
    subject: Code = ""
    place_town: Code = ""
    place: Annotated[str, Field(max_length=200), ONE_LINE] = ""


class FormQuery(Message):
    order: Annotated[str, Field(max_length=40), ONE_LINE] = ""
    """Number; empty: the order in hand."""


async def show_form(request: web.Request) -> web.StreamResponse:
    return await form_page(request, query_of(request, FormQuery).order)


async def form_page(
    request: web.Request,
    number: str = "",
    *,
    me: Me | None = None,
    takes_focus: bool = False,
    done: str = "",
    refused: Mapping[str, str] = MappingProxyType({}),
    typed: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> web.StreamResponse:
    """The form of the order in hand, or of the one of `number`; once it is registered, the card to read out.

    `me`: the reader, if they know more citizens than when the request came. `takes_focus`: it is the answer to a key.
    `done`: what was just done from the card; `refused`, `typed`: by form of the card, why it was not done, and what was
    typed there.
    """
    app_context, linkedid = context_of(request), request.match_info["linkedid"]
    async with app_context.sessions() as session:
        form = await read_form(session, app_context.policy, me or me_of(request), linkedid, number)
    found = await map_of(app_context.settings)
    towns = {town.code: f"{town.spot[0]},{town.spot[1]}" for town in app_context.city.towns.values() if town.spot}
    context = {
        "form": form,
        "map": found,
        "towns": towns,
        "takes_focus": takes_focus,
        "done": done,
        "refused": refused,
        "typed": typed,
    }
    return page(request, "desk/draft_form.html", context, status=status)


async def api_proposals(request: web.Request) -> ProposalsAnswer:
    app_context, number = context_of(request), query_of(request, FormQuery).order
    async with app_context.sessions() as session:
        return await read_proposals(session, app_context.policy, me_of(request), request.match_info["linkedid"], number)


async def api_route(request: web.Request) -> RouteAnswer:
    return route_answer(context_of(request).policy, query_of(request, RouteQuery).model_dump())


ROUTES = [
    Route("GET", "/desk/calls/{linkedid}/form", "draft_form", show_form, HALL, query=FormQuery),
    Route(
        "GET", "/api/calls/{linkedid}/proposals", "list_proposals", api_proposals, HALL,
        says="从通话中听出的工单各项：值、把握、出处", query=FormQuery, answer=ProposalsAnswer,
    ),
    Route(
        "GET", "/api/route", "propose_route", api_route, HALL,
        says="这样的事项会派给谁", query=RouteQuery, answer=RouteAnswer,
    ),
]  # fmt: skip
