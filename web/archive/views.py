"""The use of recordings: each listening, and their export as evidence."""

import asyncio
import os
import tempfile
from typing import IO

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.calls import may_hear, orders_of
from access.visibility.orders import get_visible_order
from core import clock
from core.database import transaction
from core.errors import NotFound, Unavailable
from dispatch.orders.labels import ROLES
from dispatch.steps.take import calls_of
from dispatch.workflow import Role
from recordings.archive.export import BLOCK_BYTES, Heading, write_export
from recordings.archive.listening_log import note_listening
from recordings.archive.models import HowHeard
from recordings.audio.keys import keys_of
from recordings.models import Recording
from recordings.transcripts.backlog import load_backlog
from telephony.calls.models import Call
from web.calls.presenter import recordings_of
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of
from web.http.schemas import Message
from web.http.sockets.listeners import READS_THE_LOG, ListeningsAnswer, listener_of, listenings_answer

log = structlog.get_logger()

EXPORTS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})


async def api_order_listenings(request: web.Request) -> ListeningsAnswer:
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        linkedids = [call.linkedid for call in await calls_of(session, order.id)]
        return await listenings_answer(session, linkedids)


async def api_call_listenings(request: web.Request) -> ListeningsAnswer:
    linkedid = request.match_info["linkedid"]
    async with context_of(request).sessions() as session:
        if await session.get(Call, linkedid) is None:
            raise NotFound("没有这通电话。")
        return await listenings_answer(session, [linkedid])


async def show_order_listenings(request: web.Request) -> web.StreamResponse:
    return page(request, "archive/listenings.html", {"listenings": (await api_order_listenings(request)).listenings})


async def show_call_listenings(request: web.Request) -> web.StreamResponse:
    return page(request, "archive/listenings.html", {"listenings": (await api_call_listenings(request)).listenings})


async def export(request: web.Request) -> web.StreamResponse:
    """The order's sound as a zip. The receiver is recorded before the first byte is sent; nothing stays behind here."""
    app_context, me, at = context_of(request), me_of(request), clock.now()
    async with app_context.sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        linkedids = [call.linkedid for call in await calls_of(session, order.id)]
        wanted, withheld = await _audible(session, me, linkedids)
    heading = Heading(order.number, me.display_name, me.name, ROLES[me.role], at)
    try:
        # Without a name: it is gone with this request, whatever ends it.
        with tempfile.TemporaryFile(dir=app_context.settings.var) as file:
            done = await asyncio.to_thread(
                write_export,
                file,
                app_context.settings.recordings,
                heading,
                wanted,
                withheld,
                keys_of(app_context.settings),
            )
            async with transaction(app_context.sessions) as session:
                await note_listening(session, listener_of(request), done.recordings, how=HowHeard.EXPORT, at=at)
            log.info("recordings_exported", order=order.number, account=me.name, recordings=len(done.recordings))
            return await _send(request, file, f"{order.number}.zip")
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        log.error("export_not_written", order=order.number, error=str(error))
        raise Unavailable(f"无法生成导出文件：{error.strerror or error}") from error


async def _audible(session: AsyncSession, me: Me, linkedids: list[str]) -> tuple[list[Recording], list[str]]:
    """What `me` may hear, and the calls with recordings that `me` may not."""
    recordings, linked = await recordings_of(session, linkedids), await orders_of(session, linkedids)
    wanted: list[Recording] = []
    withheld: list[str] = []
    for linkedid in linkedids:
        call = await session.get(Call, linkedid)
        if call is not None and await may_hear(session, me, call, linked[linkedid]):
            wanted += recordings[linkedid]
        elif call is None or call.answered_at or recordings[linkedid]:
            withheld.append(linkedid)
    return wanted, withheld


async def _send(request: web.Request, file: IO[bytes], name: str) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/zip", "Content-Disposition": f'attachment; filename="{name}"'}
    )
    response.content_length = file.tell()
    file.seek(0)
    await response.prepare(request)
    while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
        await response.write(block)
    await response.write_eof()
    return response


class BacklogAnswer(Message):
    new: int
    """Transcripts that were never made."""
    new_audio_seconds: float
    again: int
    """Transcripts that are made again, after all new ones."""
    again_audio_seconds: float
    workers: int
    estimate_seconds: float | None
    """Until all is done, with so many workers; None: not known yet."""


async def api_backlog(request: web.Request) -> BacklogAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        backlog = await load_backlog(session, clock.now())
    workers = app_context.settings.speech.workers or os.cpu_count() or 1
    return BacklogAnswer(
        new=backlog.new,
        new_audio_seconds=backlog.new_audio_seconds,
        again=backlog.again,
        again_audio_seconds=backlog.again_audio_seconds,
        workers=workers,
        estimate_seconds=backlog.work_seconds(workers),
    )


ROUTES = [
    Route("GET", "/orders/{number}/listenings", "order_listenings", show_order_listenings, READS_THE_LOG),
    Route("GET", "/calls/{linkedid}/listenings", "call_listenings", show_call_listenings, READS_THE_LOG),
    Route(
        "GET", "/api/orders/{number}/listenings", "list_order_listenings", api_order_listenings, READS_THE_LOG,
        says="谁听过这张工单的录音", answer=ListeningsAnswer,
    ),
    Route(
        "GET", "/api/calls/{linkedid}/listenings", "list_call_listenings", api_call_listenings, READS_THE_LOG,
        says="谁听过这通电话的录音", answer=ListeningsAnswer,
    ),
    Route(
        "GET", "/api/orders/{number}/recordings.zip", "export_recordings", export, EXPORTS,
        says="导出这张工单的全部录音和转写，附校验值（zip）",
    ),
    Route(
        "GET", "/api/transcripts/backlog", "transcript_backlog", api_backlog, HALL,
        says="等待转写的录音和预计用时", answer=BacklogAnswer,
    ),
]  # fmt: skip
