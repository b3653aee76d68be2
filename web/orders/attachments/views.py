"""What hangs on an order beside its calls: hung on as a plain body of bytes, shown and fetched."""

import asyncio
import datetime as dt
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from access.accounts.roles import EVERYBODY
from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.rules import actor_of, file_name_of, may_fetch, note_words, redactor_for, sees_order
from core import clock
from core.database import transaction
from core.errors import BadInput, NotAllowed, NotFound
from core.instants import Instant
from core.privacy.redaction import Redactor
from core.settings import Settings
from core.texts.lines import ONE_LINE
from dispatch.attachments import store as attachments
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.attachments.quotas import check_room
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.workflow import Role
from web.http.routes import Route, context_of, id_in, me_of, query_of
from web.http.schemas import Message
from web.http.sockets.socket_quota import UPLOAD_PLACES

ATTACHING = frozenset({Role.AGENT, Role.COORDINATOR, Role.OFFICE, Role.UNIT, Role.SUPERVISOR})
STALLED_SECONDS = 60
"""A phone that lost the net in the middle of a file does not keep its account's place for ever."""
_NOT_THERE = "没有这个附件，或者它不属于您能看的工单。"
SHOWN_INLINE = ("image/", "audio/")


class AttachQuery(Message):
    kind: AttachmentKind
    name: Annotated[str, Field(max_length=400), ONE_LINE] = ""
    """As the sender calls it."""
    client_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")] | None = None
    """A UUID of the sender's: sent again, it is stored once."""
    taken_at: Instant | None = None


class AttachmentAnswer(Message):
    id: int
    kind: AttachmentKind
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    taken_at: dt.datetime | None
    received_at: dt.datetime
    actor_name: str
    step_seq: int | None
    words: str | None
    """The transcript of a voice note; None: not made yet."""
    words_model: str
    address: str
    """Empty: a sound that is closed to this person."""


class AttachmentsAnswer(Message):
    attachments: list[AttachmentAnswer]


async def api_attach(request: web.Request) -> AttachmentAnswer:
    """The file is the request's body, as it is."""
    me = me_of(request)
    async with context_of(request).sessions() as session:
        order_id = (await get_visible_order(session, me, request.match_info["number"])).id
    return await take_file(request, order_id, actor_of(me))


async def take_file(request: web.Request, order_id: int, actor: Actor) -> AttachmentAnswer:
    """The request's body onto the order."""
    app_context, query = context_of(request), query_of(request, AttachQuery)
    sender = f"link to {order_id}" if actor.account_id is None else str(actor.account_id)
    async with request.app[UPLOAD_PLACES].take(sender):
        data = await read_body(request, app_context.settings)
        async with app_context.sessions() as session:
            await check_room(session, app_context.settings, order_id, actor, len(data), at=clock.now())
        received = await attachments.receive(app_context.settings, query.kind, query.name, data)
    async with transaction(app_context.sessions) as session:
        row = await attachments.attach(
            session,
            received,
            order_id,
            actor=actor,
            at=clock.now(),
            taken_at=query.taken_at,
            client_id=query.client_id,
        )
    # Shown to nobody but the sender, who named it.
    return attachment_answer(row, row.name)


async def api_attachments(request: web.Request) -> AttachmentsAnswer:
    async with context_of(request).sessions() as session:
        me = me_of(request)
        order = await get_visible_order(session, me, request.match_info["number"])
        rows, redactor = await attachments.attachments_of(session, order.id), redactor_for(me, [order])
    return AttachmentsAnswer(attachments=[_for_reader(me, order, row, redactor) for row in rows])


def _for_reader(me: Me, order: Order, row: Attachment, redactor: Redactor) -> AttachmentAnswer:
    answer = attachment_answer(row, file_name_of(me, order, row))
    if row.kind is AttachmentKind.VOICE:
        answer = answer.model_copy(update={"words": note_words(me, order, row, row.words, redactor)})
    return answer if may_fetch(me, order, row) else answer.model_copy(update={"address": ""})


async def attachment_file(request: web.Request) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        try:
            row = await attachments.get_attachment(session, id_in(request))
        except NotFound as error:
            raise NotFound(_NOT_THERE) from error
        order = await session.get_one(Order, row.order_id)
        if not sees_order(me_of(request), order):
            raise NotFound(_NOT_THERE)
    return send_file(request, me_of(request), order, row)


def send_file(request: web.Request, me: Me, order: Order, row: Attachment) -> web.FileResponse:
    """The browser shows pictures and sounds, and saves documents. Raises NotAllowed for a sound that is closed to
    `me`."""
    if not may_fetch(me, order, row):
        raise NotAllowed("诉求人要求保密，这段录音不对您开放。")
    name = file_name_of(me, order, row)
    how = "inline" if row.media_type.startswith(SHOWN_INLINE) else "attachment"
    return web.FileResponse(
        attachments.path_of(context_of(request).settings, row),
        headers={
            "Content-Type": row.media_type,
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


async def read_body(request: web.Request, settings: Settings) -> bytes:
    """At most one byte more than is allowed, so that the room says how much too large it is. Raises BadInput, and
    HTTPRequestTimeout for a file of which nothing more comes."""
    most = settings.attachments.largest_bytes
    pieces, size = [], 0
    while piece := await _next_piece(request):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            too_large = f"文件超过 {most / 1e6:.0f} MB，请缩小后再发。"
            raise BadInput(too_large, fields={"file": too_large})
    if not size:
        raise BadInput("没有收到文件内容。", fields={"file": "没有收到文件内容。"})
    return b"".join(pieces)


async def _next_piece(request: web.Request) -> bytes:
    """Empty: that was all."""
    try:
        async with asyncio.timeout(STALLED_SECONDS):
            return await request.content.readany()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout() from error


def attachment_answer(row: Attachment, name: str) -> AttachmentAnswer:
    return AttachmentAnswer(
        id=row.id,
        kind=row.kind,
        name=name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        taken_at=row.taken_at,
        received_at=row.received_at,
        actor_name=row.actor_name,
        step_seq=row.step_seq,
        words=row.words,
        words_model=row.words_model,
        address=f"/api/attachments/{row.id}/file",
    )


ROUTES = [
    Route(
        "POST", "/api/orders/{number}/attachments", "attach", api_attach, ATTACHING,
        says="添加照片、语音或文件（请求体就是文件内容）", query=AttachQuery, answer=AttachmentAnswer, status=201,
    ),
    Route(
        "GET", "/api/orders/{number}/attachments", "list_attachments", api_attachments, EVERYBODY,
        says="工单的附件", answer=AttachmentsAnswer,
    ),
    Route(
        "GET", "/api/attachments/{id:[0-9]+}/file", "attachment_file", attachment_file, EVERYBODY,
        says="附件的内容",
    ),
]  # fmt: skip
