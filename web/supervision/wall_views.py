"""The supervisor's seat: the wall of calls and agents, and the big screen."""

import hmac

from aiohttp import web

from access.accounts.agent_names import agent_names
from access.accounts.roles import HALL
from core import clock
from core.database import transaction
from core.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from core.jobs import Job, defer
from dispatch.workflow import Role
from telephony.agents.models import Agent
from web.desk.agent_views import SET_STATE
from web.http.answers.pages import part_or_page
from web.http.routes import Route, body_of, context_of, me_of, signed_in
from web.http.schemas import AgentRequest, Done
from web.status.state import is_watched
from web.supervision.line_charts import board_chart
from web.supervision.wall import BoardAnswer, WallAnswer, read_board, read_wall

WATCHERS = frozenset({Role.SUPERVISOR, Role.COORDINATOR, Role.ADMINISTRATOR})
STEPS_IN = frozenset({Role.SUPERVISOR})
"""Roles that may change an agent's state, and step into calls."""


async def api_wall(request: web.Request) -> WallAnswer:
    async with context_of(request).sessions() as session:
        return await read_wall(session, me_of(request), clock.now())


async def show_wall(request: web.Request) -> web.StreamResponse:
    me, app_context = me_of(request), context_of(request)
    async with app_context.sessions() as session:
        watched = await is_watched(session, clock.now(), app_context.settings.probe.interval_seconds)
        names = await agent_names(session)
    context = {
        "wall": await api_wall(request),
        "watched": watched,
        "agent_names": names,
        "steps_in": me.role in STEPS_IN,
        "has_phone": me.extension is not None,
    }
    return part_or_page(request, "supervision/wall_lists.html", "supervision/wall.html", context)


async def api_board(request: web.Request) -> BoardAnswer:
    async with context_of(request).sessions() as session:
        return await read_board(session, clock.now())


async def show_board(request: web.Request) -> web.StreamResponse:
    """Signed in, or with the token of the settings: a screen on the wall has nobody who types a password."""
    token = request.query.get("token", "")
    wanted = context_of(request).settings.web.wallboard_token
    by_token = bool(wanted) and hmac.compare_digest(token.encode(), wanted.encode())
    if not by_token:
        if not signed_in(request):
            raise NotSignedIn()
        if me_of(request).role not in HALL:
            raise NotAllowed("您的账号不能使用这个功能。")
    board = await api_board(request)
    context = {
        "board": board,
        "hours_chart": board_chart(board.hours, board.at),
        "token": token if by_token else "",
    }
    return part_or_page(request, "supervision/wallboard_figures.html", "supervision/wallboard.html", context)


async def force_state(request: web.Request) -> Done:
    """The agent's queue membership follows as if the agent had set the state; the reason names the supervisor."""
    wanted, me, extension = body_of(request, AgentRequest), me_of(request), request.match_info["extension"]
    if wanted.state == "paused" and not wanted.reason.strip():
        raise BadInput(fields={"reason": "请说明暂停的原因。"})
    async with transaction(context_of(request).sessions) as session:
        if await session.get(Agent, extension) is None:
            raise NotFound("没有这个分机的接线员。")
        reason = f"{wanted.reason.strip()}（{me.display_name}设置）" if wanted.state == "paused" else ""
        arguments = {"extension": extension, "state": wanted.state, "reason": reason}
        await defer(session, Job(SET_STATE, queue="line", arguments=arguments, lock=f"agent-{extension}"))
    return Done()


ROUTES = [
    Route("GET", "/wall", "wall", show_wall, WATCHERS),
    Route(
        "GET", "/api/wall", "get_wall", api_wall, WATCHERS,
        says="此刻的电话与接线员", answer=WallAnswer,
    ),
    Route("GET", "/wallboard", "wallboard", show_board, None),
    Route(
        "GET", "/api/wallboard", "get_wallboard", api_board, HALL,
        says="大屏：此刻与今天的数字", answer=BoardAnswer,
    ),
    Route(
        "POST", "/api/agents/{extension:[0-9]+}/state", "force_agent_state", force_state, STEPS_IN,
        says="督查：让接线员暂停、就绪或离席", body=AgentRequest, answer=Done, status=202,
    ),
]  # fmt: skip
