"""Live calls, recent calls, one call."""

from aiohttp import web

from access.accounts.agent_names import agent_names
from access.accounts.roles import EVERYBODY, HALL
from access.visibility.asked_numbers import KNOWS_PHONES
from core import clock
from telephony.agents.models import Agent
from web.calls.callbacks import list_callbacks
from web.calls.found_calls import why_found
from web.calls.presenter import get_call, list_calls
from web.calls.schemas import CallAnswer, CallsAnswer, CallsQuery
from web.http.answers.pages import part_or_page
from web.http.routes import Route, context_of, me_of, query_of

LIVE_SHOWN = 200
RECENT_SHOWN = 30


async def show_calls(request: web.Request) -> web.StreamResponse:
    """The page; or, asked by htmx, only its lists."""
    query = query_of(request, CallsQuery)
    async with context_of(request).sessions() as session:
        live = await list_calls(session, me_of(request), CallsQuery(live=True, limit=LIVE_SHOWN))
        me = me_of(request)
        agent = await session.get(Agent, me.extension) if me.extension else None
        callbacks = await list_callbacks(session, me, context_of(request).policy.callbacks, clock.now())
        recent = await list_calls(session, me_of(request), query.model_copy(update={"limit": RECENT_SHOWN}))
        where = await why_found(session, me, recent.calls, query.q)
        names = await agent_names(session) if me.role in HALL else {}
    context = {
        "live": live.calls,
        "agent_names": names,
        "where": where,
        "recent": [call for call in recent.calls if call.ended_at],
        "next": recent.next,
        "query": query,
        "at": clock.now(),
        "agent": agent,
        "extension": me.extension,
        "finds_phones": me.role in KNOWS_PHONES,
        "callbacks": callbacks.callbacks,
    }
    return part_or_page(request, "calls/calls_lists.html", "calls/calls.html", context)


async def show_call(request: web.Request) -> web.StreamResponse:
    call = await api_call(request)
    async with context_of(request).sessions() as session:
        names = await agent_names(session) if me_of(request).role in HALL else {}
    context = {"call": call, "at": clock.now(), "agent_names": names}
    return part_or_page(request, "calls/call_parts.html", "calls/call.html", context)


async def api_calls(request: web.Request) -> CallsAnswer:
    async with context_of(request).sessions() as session:
        return await list_calls(session, me_of(request), query_of(request, CallsQuery))


async def api_call(request: web.Request) -> CallAnswer:
    async with context_of(request).sessions() as session:
        return await get_call(session, me_of(request), request.match_info["linkedid"])


ROUTES = [
    Route("GET", "/calls", "calls", show_calls, HALL, query=CallsQuery),
    Route("GET", "/calls/{linkedid}", "call", show_call, EVERYBODY),
    Route(
        "GET", "/api/calls", "list_calls", api_calls, HALL,
        says="通话列表，新的在前", query=CallsQuery, answer=CallsAnswer,
    ),
    Route(
        "GET", "/api/calls/{linkedid}", "get_call", api_call, EVERYBODY,
        says="一通电话：各段、录音、转写、工单", answer=CallAnswer,
    ),
]  # fmt: skip
