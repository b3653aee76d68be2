"""The inbox's socket: assignments of an office or a crew, and their acknowledgement."""

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, HotlineError, NotAllowed
from core.tasks import cancel, spawn
from dispatch.assignments.assign import acknowledge, get_assignment, inbox, mark_delivered
from dispatch.orders.assignment_models import Assignment
from web.http.requests.reading import parse_json
from web.http.routes import context_of, me_of
from web.http.sockets.inboxes import INBOXES, News, Owner, owner_of
from web.orders.presenter import order_summary
from web.sockets.connection import RECHECK_SECONDS, SessionCheck, attend, is_ping, open_socket, pace_of


async def inbox_socket(request: web.Request) -> web.StreamResponse:
    owner = owner_of(me_of(request))
    if owner is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    socket = await open_socket(request)
    with request.app[INBOXES].connect(owner) as news:
        sender = spawn(attend(socket, _send_inbox(request, socket, owner, news)), name=f"inbox-{owner.code}")
        try:
            with suppress(ConnectionResetError):
                await _read_inbox(request, socket, owner)
        finally:
            await cancel(sender)
    return socket


async def _send_inbox(
    request: web.Request, socket: web.WebSocketResponse, owner: Owner, news: asyncio.Queue[News]
) -> None:
    sent: set[int] = set()
    check = SessionCheck(request, socket)
    item: News | None = News("again")
    while await check.still_signed_in():
        match item:
            case News("again"):
                await _send_open(request, socket, owner, sent)
            case News("assignment", assignment_id):
                await _send_push(request, socket, owner, assignment_id, sent)
            case News("order", order_id):
                await socket.send_json({"type": "order", "id": order_id})
        item = await _next(news)


async def _send_open(request: web.Request, socket: web.WebSocketResponse, owner: Owner, sent: set[int]) -> None:
    """Every assignment that waits for this recipient and was not sent on this connection, oldest first."""
    async with context_of(request).sessions() as session:
        waiting = await inbox(session, owner.kind, owner.code)
    for assignment in reversed(waiting):
        if assignment.id not in sent:
            await _send_one(request, socket, assignment)
            sent.add(assignment.id)


async def _send_push(
    request: web.Request, socket: web.WebSocketResponse, owner: Owner, assignment_id: int, sent: set[int]
) -> None:
    async with context_of(request).sessions() as session:
        assignment = await get_assignment(session, assignment_id)
    if assignment.acknowledged_at or assignment.withdrawn_at:
        await socket.send_json(
            {"type": "closed", "id": assignment.id, "withdrawn": assignment.withdrawn_at is not None}
        )
    elif assignment.id not in sent:
        await _send_one(request, socket, assignment)
        sent.add(assignment.id)


async def _send_one(request: web.Request, socket: web.WebSocketResponse, assignment: Assignment) -> None:
    summary = order_summary(assignment.order).model_dump(mode="json")
    await socket.send_json(
        {
            "type": "assignment",
            "id": assignment.id,
            "purpose": assignment.purpose,
            "created_at": assignment.created_at.isoformat(),
            "order": summary,
        }
    )
    async with transaction(context_of(request).sessions) as session:
        await mark_delivered(session, assignment.id, at=clock.now())


async def _read_inbox(request: web.Request, socket: web.WebSocketResponse, owner: Owner) -> None:
    pace = pace_of(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT and not await is_ping(socket, message.data):
            await pace.wait()
            await socket.send_json(await _obey(request, owner, message.data))


async def _obey(request: web.Request, owner: Owner, text: str) -> dict[str, Any]:
    """Do what the client says; the answer to send back. The only thing to say is `ack`."""
    try:
        said = parse_json(text)
        kind, assignment_id = said["type"], said["id"]
    except (BadInput, TypeError, KeyError):
        return {"type": "error", "slug": "bad_input", "message": '应为 {"type":"ack","id":…}。'}
    if kind != "ack" or not isinstance(assignment_id, int) or not 0 < assignment_id < 2**63:
        return {"type": "error", "slug": "bad_input", "message": "只能确认收到（ack）。"}
    try:
        async with transaction(context_of(request).sessions) as session:
            me = me_of(request)
            await acknowledge(
                session,
                assignment_id,
                kind=owner.kind,
                code=owner.code,
                by=me.signature,
                at=clock.now(),
                via="inbox",
            )
    except HotlineError as error:
        return {"type": "error", "id": assignment_id, "slug": error.slug, "message": error.message}
    return {"type": "acked", "id": assignment_id}


async def _next(news: asyncio.Queue[News]) -> News | None:
    """None: nothing for a while."""
    try:
        return await asyncio.wait_for(news.get(), RECHECK_SECONDS)
    except TimeoutError:
        return None
