"""待回电: a citizen who kept a place is called back by one click. The line process rings; the web only defers."""

from aiohttp import web

from access.accounts.roles import DESK, HALL
from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from core.errors import BadInput, Unavailable
from dispatch.callbacks.queue import begin_try, settle
from web.calls.callbacks import CallbacksAnswer, SettleRequest, list_callbacks
from web.http.routes import Route, body_of, context_of, id_in, me_of, read
from web.http.schemas import Done

_SETTLES = DESK | {role for role in HALL if role.value in ("coordinator", "supervisor")}


async def api_callbacks(request: web.Request) -> CallbacksAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        return await list_callbacks(session, me_of(request), app_context.policy.callbacks, clock.now())


async def api_dial(request: web.Request) -> Done:
    await _dial(request)
    return Done()


async def api_settle(request: web.Request) -> Done:
    await _settle(request, body_of(request, SettleRequest))
    return Done()


async def submit_dial(request: web.Request) -> web.StreamResponse:
    """The same from the page; what is refused is said where the row stands."""
    await _dial(request)
    raise web.HTTPSeeOther("/calls")


async def submit_settle(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    await _settle(request, read(SettleRequest, {"note": str(form.get("note", ""))}))
    raise web.HTTPSeeOther("/calls")


async def _dial(request: web.Request) -> None:
    app_context, me = context_of(request), me_of(request)
    if me.extension is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    if not (app_context.settings.pbx.outgoing_host or app_context.settings.pbx.test_phones):
        raise Unavailable("没有设置外呼线路，不能回电。")
    async with transaction(app_context.sessions) as session:
        await begin_try(
            session, app_context.policy.callbacks, id_in(request), actor_of(me), me.extension, at=clock.now()
        )


async def _settle(request: web.Request, wanted: SettleRequest) -> None:
    async with transaction(context_of(request).sessions) as session:
        await settle(session, id_in(request), actor_of(me_of(request)), wanted.note, at=clock.now())


ROUTES = [
    Route(
        "GET", "/api/callbacks", "list_callbacks", api_callbacks, HALL,
        says="待回电：保留位置的来电人，按排队先后", answer=CallbacksAnswer,
    ),
    Route(
        "POST", r"/api/callbacks/{id:\d+}/dial", "dial_callback", api_dial, DESK,
        says="回电：先响我的电话，接起后再拨来电人", answer=Done, status=202,
    ),
    Route(
        "POST", r"/api/callbacks/{id:\d+}/settle", "settle_callback", api_settle, _SETTLES,
        says="不用回电，说明原因", body=SettleRequest, answer=Done,
    ),
    Route("POST", r"/callbacks/{id:\d+}/dial", "submit_dial", submit_dial, DESK),
    Route("POST", r"/callbacks/{id:\d+}/settle", "submit_settle", submit_settle, _SETTLES),
]  # fmt: skip
