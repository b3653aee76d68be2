"""What an agent's desk asks: the call on my telephone with its draft, and whether calls may come."""

import datetime as dt

import structlog
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.manage import end_sessions
from access.accounts.models import Account
from access.accounts.roles import CHIEFS, DESK, PHONES
from access.visibility.calls import orders_of
from core import clock
from core.database import transaction
from core.errors import BadInput, NotFound
from core.jobs import Job, defer
from dispatch.orders.drafts import find_order_in_hand
from telephony.agents.models import Agent, AgentPhone
from telephony.agents.state import AgentState
from web.agent_states import DeskState
from web.calls.presenter import call_summary, find_call_at
from web.desk.presenter import AgentStatus, agent_status, find_leg_at, last_linkedid_at
from web.http.routes import Route, body_of, context_of, me_of, read
from web.http.schemas import AgentRequest, Done
from web.orders.presenter import order_answer
from web.orders.schemas import DeskAnswer

log = structlog.get_logger()

SET_STATE = "agents.set_state"


async def set_state(request: web.Request) -> Done:
    """The request is stored as a job of the line process, which alone speaks with the PBX; the bus announces when it is
    done.
    """
    await _ask_state(request, body_of(request, AgentRequest))
    return Done()


async def _ask_state(request: web.Request, wanted: AgentRequest) -> None:
    if wanted.state == "paused" and not wanted.reason.strip():
        raise BadInput(fields={"reason": "请说明暂停的原因。"})
    arguments = {"extension": _extension(request), "state": wanted.state, "reason": wanted.reason.strip()}
    if wanted.phone is not None:
        arguments["phone"] = wanted.phone
    async with transaction(context_of(request).sessions) as session:
        # One after the other: a pause that overtakes a return would leave the agent unreachable.
        await defer(session, Job(SET_STATE, queue="line", arguments=arguments, lock=f"agent-{arguments['extension']}"))


async def sign_agent_out(request: web.Request) -> Done:
    """Forced: every session of the agent ends, and the queue no longer rings the agent's telephone. A call goes on
    until it is over (web.sip.views): its citizen must not suffer.
    """
    extension = request.match_info["extension"]
    async with transaction(context_of(request).sessions) as session:
        accounts = (await session.scalars(select(Account).where(Account.extension == extension))).all()
        if not accounts:
            raise NotFound(f"没有分机 {extension} 的账号。")
        for account in accounts:
            await end_sessions(session, account)
        await leave(session, extension)
    log.info("agent_signed_out", extension=extension, by=me_of(request).name)
    return Done()


async def leave(session: AsyncSession, extension: str) -> None:
    """The agent has left the desk, in the caller's transaction."""
    arguments = {"extension": extension, "state": "offline", "reason": ""}
    await defer(session, Job(SET_STATE, queue="line", arguments=arguments, lock=f"agent-{extension}"))


async def submit_state(request: web.Request) -> web.StreamResponse:
    """The same from the page of calls."""
    form = await request.post()
    reason = str(form.get("reason", "")) if form.get("state") == "paused" else ""
    wanted = read(AgentRequest, {"state": str(form.get("state", "")), "reason": reason})
    await _ask_state(request, wanted)
    raise web.HTTPSeeOther("/calls")


async def current(request: web.Request) -> DeskAnswer:
    me, extension, app_context = me_of(request), _extension(request), context_of(request)
    async with app_context.sessions() as session:
        agent = await session.get(Agent, extension)
        said = agent.state if agent else AgentState.OFFLINE
        status = agent_status(agent, await find_leg_at(session, extension))
        call = await find_call_at(session, extension)
        linkedid = call.linkedid if call else None
        if status.state is DeskState.AFTER_CALL_WORK:
            linkedid = await last_linkedid_at(session, extension)
        order = await find_order_in_hand(session, linkedid) if call and linkedid else None
        return DeskAnswer(
            agent_state=said,
            call=call_summary(me, call, (await orders_of(session, [call.linkedid]))[call.linkedid]) if call else None,
            order=await order_answer(session, app_context.policy, me, order, at=clock.now()) if order else None,
            state=status.state,
            reason=status.reason,
            since=status.since,
            until=_after_call_work_end(request, status),
            phone=agent.phone if agent else AgentPhone.BROWSER,
            phone_away=status.state is DeskState.PAUSED and said is AgentState.UNREACHABLE,
            linkedid=linkedid,
        )


def _after_call_work_end(request: web.Request, status: AgentStatus) -> dt.datetime | None:
    seconds = context_of(request).settings.pbx.after_call_work_seconds
    if status.state is not DeskState.AFTER_CALL_WORK or status.since is None or not seconds:
        return None
    return status.since + dt.timedelta(seconds=seconds)


def _extension(request: web.Request) -> str:
    """Raises BadInput for an account without a telephone."""
    if (extension := me_of(request).extension) is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    return extension


ROUTES = [
    Route(
        "POST", "/api/agent/state", "set_agent_state", set_state, DESK,
        says="接线员就绪、暂停或离开", body=AgentRequest, answer=Done, status=202,
    ),
    Route("POST", "/agent/state", "submit_agent_state", submit_state, DESK),
    Route(
        "POST", "/api/agents/{extension:[0-9]+}/sign-out", "sign_agent_out", sign_agent_out, CHIEFS,
        says="强制签出：结束接线员的登录，不再给他来电", answer=Done,
    ),
    Route("GET", "/api/desk/current", "get_desk", current, PHONES, says="我正在接的电话和它的工单", answer=DeskAnswer),
]  # fmt: skip
