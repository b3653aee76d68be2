"""A call in hand, from the desk: transfer, consultation, three-way, hold, hang up, listening in; calls about an order.

Each command is a row (telephony.control.models.CallCommand) and a job of the line process, which alone speaks with the
PBX. The answer comes at once (202); topic `call` of /ws/live announces its result.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from access.accounts.roles import CONTROLLERS, HALL, LISTENERS
from access.calls.command_requests import CallRequest, ask_call_out, ask_command, commands_of
from access.visibility.orders import get_visible_order
from core.database import transaction
from core.errors import NotFound
from dispatch.workflow import Role
from telephony.control.commands import CommandKind
from telephony.control.models import CallCommand
from web.calls.control import command_answer
from web.calls.control_schemas import CallFor, CommandAnswer, CommandsAnswer, Emergency, Spy, ToWhom
from web.calls.dialling import pbx_of, refusals_reported
from web.http.routes import Route, body_of, context_of, id_in, me_of
from web.http.sockets.listeners import listener_of

Handler = Callable[[web.Request], Awaitable[CommandAnswer]]


async def _ask(request: web.Request, command: CommandKind, target: str = "") -> CommandAnswer:
    async with transaction(context_of(request).sessions) as session:
        me = me_of(request)
        return command_answer(me, await ask_command(session, me, request.match_info["linkedid"], command, target))


def _to_whom(command: CommandKind) -> Handler:
    async def handle(request: web.Request) -> CommandAnswer:
        async with refusals_reported(request), transaction(context_of(request).sessions) as session:
            me, to = me_of(request), body_of(request, ToWhom).to
            row = await ask_command(session, me, request.match_info["linkedid"], command, to, pbx_of(request))
            return command_answer(me, row)

    return handle


def _plain(command: CommandKind) -> Handler:
    async def handle(request: web.Request) -> CommandAnswer:
        return await _ask(request, command)

    return handle


async def emergency(request: web.Request) -> CommandAnswer:
    wanted = body_of(request, Emergency)
    command = CommandKind.CONFERENCE if wanted.way == "conference" else CommandKind.EMERGENCY_TRANSFER
    return await _ask(request, command, wanted.to)


async def spy(request: web.Request) -> CommandAnswer:
    return await _ask(request, CommandKind(body_of(request, Spy).mode))


async def call_for(request: web.Request) -> CommandAnswer:
    me = me_of(request)
    async with refusals_reported(request), transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        wanted, who = CallRequest(**body_of(request, CallFor).model_dump()), listener_of(request)
        return command_answer(
            me, await ask_call_out(session, me, order, wanted, who, place=request.path, pbx=pbx_of(request))
        )


async def commands(request: web.Request) -> CommandsAnswer:
    me, linkedid = me_of(request), request.match_info["linkedid"]
    async with context_of(request).sessions() as session:
        return CommandsAnswer(commands=[command_answer(me, row) for row in await commands_of(session, linkedid)])


async def command(request: web.Request) -> CommandAnswer:
    """One's own, or any for those who see the whole line."""
    me = me_of(request)
    async with context_of(request).sessions() as session:
        row = await session.get(CallCommand, id_in(request))
        if row is None or (me.role not in HALL and row.account_id != me.account_id):
            raise NotFound("没有这个操作。")
        return command_answer(me, row)


def _of_call(path: str, handler: Handler, says: str, body: type[ToWhom | Emergency | Spy] | None = None) -> Route:
    name = f"call_{path.replace('-', '_')}"
    roles = LISTENERS if body is Spy else CONTROLLERS
    return Route(
        "POST",
        f"/api/calls/{{linkedid}}/{path}",
        name,
        handler,
        roles,
        says=says,
        body=body,
        answer=CommandAnswer,
        status=202,
    )


CALLERS = CONTROLLERS | {Role.COORDINATOR, Role.OFFICE, Role.UNIT}

ROUTES = [
    _of_call("transfer", _to_whom(CommandKind.TRANSFER), "直接转接：对方不接，来电人回到队列最前", ToWhom),
    _of_call("attended", _to_whom(CommandKind.ATTENDED), "先与对方商议，来电人听音乐", ToWhom),
    _of_call("conference", _to_whom(CommandKind.CONFERENCE), "请第三方加入三方通话", ToWhom),
    _of_call("emergency", emergency, "一键接通 110、119、120", Emergency),
    _of_call("hold", _plain(CommandKind.HOLD), "保持：来电人听音乐"),
    _of_call("fetch", _plain(CommandKind.JOIN), "取回来电人，或接入三方通话"),
    _of_call("send-back", _plain(CommandKind.SEND_BACK), "请第三方离开，继续与来电人通话"),
    _of_call("hand-over", _plain(CommandKind.HAND_OVER), "把来电人交给第三方，自己离开"),
    _of_call("hang-up", _plain(CommandKind.HANG_UP), "挂断"),
    _of_call("spy", spy, "监听、耳语、插话、接管", Spy),
    Route(
        "GET", "/api/calls/{linkedid}/commands", "list_call_commands", commands, HALL,
        says="对这通电话做过的操作，新的在前", answer=CommandsAnswer,
    ),
    Route(
        "GET", "/api/commands/{id:[0-9]+}", "get_command", command, CALLERS | HALL, says="一个操作的结果",
        answer=CommandAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/calls", "call_for_order", call_for, CALLERS,
        says="就这张工单打电话：先响自己的电话；双方只看到热线号码", body=CallFor, answer=CommandAnswer, status=202,
    ),
]  # fmt: skip
