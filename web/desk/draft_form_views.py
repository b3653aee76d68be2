"""The form that fills itself: an order's draft on the desk and on the call's page, and its proposals as JSON."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.roles import HALL
from core.texts.lines import ONE_LINE
from web.desk.draft_form import ProposalsAnswer, RouteAnswer, read_form, read_proposals, route_answer
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Message

Code = Annotated[str, Field(max_length=60), ONE_LINE]


class RouteQuery(Message):
    subject: Code = ""
    place_town: Code = ""
    place: Annotated[str, Field(max_length=200), ONE_LINE] = ""


async def show_form(request: web.Request) -> web.StreamResponse:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        form = await read_form(session, app_context.policy, me_of(request), request.match_info["linkedid"])
    return page(request, "desk/draft_form.html", {"form": form})


async def api_proposals(request: web.Request) -> ProposalsAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        return await read_proposals(session, app_context.policy, me_of(request), request.match_info["linkedid"])


async def api_route(request: web.Request) -> RouteAnswer:
    return route_answer(context_of(request).policy, query_of(request, RouteQuery).model_dump())


ROUTES = [
    Route("GET", "/desk/calls/{linkedid}/form", "draft_form", show_form, HALL),
    Route(
        "GET", "/api/calls/{linkedid}/proposals", "list_proposals", api_proposals, HALL,
        says="从通话中听出的工单各项：值、把握、出处", answer=ProposalsAnswer,
    ),
    Route(
        "GET", "/api/route", "propose_route", api_route, HALL,
        says="这样的事项会派给谁", query=RouteQuery, answer=RouteAnswer,
    ),
]  # fmt: skip
