"""A call in hand, from the desk: transfer, consultation, three-way, hold, hang up, listening in; calls about an order.

Each command is a row (telephony.models.CallDeed) and a job of the line process, which alone speaks with the PBX. The
answer comes at once (202); topic `call` of /ws/live announces its result.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from access.accounts.roles import CONTROLLERS, HALL, LISTENERS
from access.calls.permissions import CallWish, ask_call_out, ask_deed, deeds_of
from access.visibility.orders import get_visible_order
from core.database import transaction
from core.errors import NotFound
from dispatch.workflow import Role
from telephony.control.commands import DeedKind
from telephony.control.models import CallDeed
from web.calls.control import deed_answer
from web.calls.control_schemas import CallFor, DeedAnswer, DeedsAnswer, Emergency, Spy, ToWhom
from web.calls.dialling import pbx_of, refusals_told
from web.http.listeners import listener_of
from web.http.routes import Route, body_of, house_of, id_in, me_of

Handler = Callable[[web.Request], Awaitable[DeedAnswer]]


async def _ask(request: web.Request, deed: DeedKind, target: str = "") -> DeedAnswer:
    async with transaction(house_of(request).sessions) as session:
        me = me_of(request)
        return deed_answer(me, await ask_deed(session, me, request.match_info["linkedid"], deed, target))


def _to_whom(deed: DeedKind) -> Handler:
    async def handle(request: web.Request) -> DeedAnswer:
        async with refusals_told(request), transaction(house_of(request).sessions) as session:
            me, to = me_of(request), body_of(request, ToWhom).to
            row = await ask_deed(session, me, request.match_info["linkedid"], deed, to, pbx_of(request))
            return deed_answer(me, row)

    return handle


def _plain(deed: DeedKind) -> Handler:
    async def handle(request: web.Request) -> DeedAnswer:
        return await _ask(request, deed)

    return handle


async def emergency(request: web.Request) -> DeedAnswer:
    wish = body_of(request, Emergency)
    deed = DeedKind.CONFERENCE if wish.way == "conference" else DeedKind.EMERGENCY_TRANSFER
    return await _ask(request, deed, wish.to)


async def spy(request: web.Request) -> DeedAnswer:
    return await _ask(request, DeedKind(body_of(request, Spy).mode))


async def call_for(request: web.Request) -> DeedAnswer:
    me = me_of(request)
    async with refusals_told(request), transaction(house_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        wish, who = CallWish(**body_of(request, CallFor).model_dump()), listener_of(request)
        return deed_answer(
            me, await ask_call_out(session, me, order, wish, who, place=request.path, pbx=pbx_of(request))
        )


async def deeds(request: web.Request) -> DeedsAnswer:
    me, linkedid = me_of(request), request.match_info["linkedid"]
    async with house_of(request).sessions() as session:
        return DeedsAnswer(deeds=[deed_answer(me, row) for row in await deeds_of(session, linkedid)])


async def deed(request: web.Request) -> DeedAnswer:
    """One's own, or any for those who see the whole line."""
    me = me_of(request)
    async with house_of(request).sessions() as session:
        row = await session.get(CallDeed, id_in(request))
        if row is None or (me.role not in HALL and row.account_id != me.account_id):
            raise NotFound("没有这个操作。")
        return deed_answer(me, row)


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
        answer=DeedAnswer,
        status=202,
    )


CALLERS = CONTROLLERS | {Role.COORDINATOR, Role.OFFICE, Role.UNIT}

ROUTES = [
    _of_call("transfer", _to_whom(DeedKind.TRANSFER), "直接转接：对方不接，来电人回到队列最前", ToWhom),
    _of_call("attended", _to_whom(DeedKind.ATTENDED), "先与对方商议，来电人听音乐", ToWhom),
    _of_call("conference", _to_whom(DeedKind.CONFERENCE), "请第三方加入三方通话", ToWhom),
    _of_call("emergency", emergency, "一键接通 110、119、120", Emergency),
    _of_call("hold", _plain(DeedKind.HOLD), "保持：来电人听音乐"),
    _of_call("fetch", _plain(DeedKind.JOIN), "取回来电人，或接入三方通话"),
    _of_call("send-back", _plain(DeedKind.SEND_BACK), "请第三方离开，继续与来电人通话"),
    _of_call("hand-over", _plain(DeedKind.HAND_OVER), "把来电人交给第三方，自己离开"),
    _of_call("hang-up", _plain(DeedKind.HANG_UP), "挂断"),
    _of_call("spy", spy, "监听、耳语、插话、接管", Spy),
    Route(
        "GET", "/api/calls/{linkedid}/deeds", "list_call_deeds", deeds, HALL,
        says="对这通电话做过的操作，新的在前", answer=DeedsAnswer,
    ),
    Route("GET", "/api/deeds/{id:[0-9]+}", "get_deed", deed, CALLERS | HALL, says="一个操作的结果", answer=DeedAnswer),
    Route(
        "POST", "/api/orders/{number}/calls", "call_for_order", call_for, CALLERS,
        says="就这张工单打电话：先响自己的电话；双方只看到热线号码", body=CallFor, answer=DeedAnswer, status=202,
    ),
]  # fmt: skip
