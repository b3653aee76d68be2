"""原系统: files of a former system's orders: uploaded, columns and words confirmed, tried, taken over."""

import asyncio
from collections.abc import Mapping

from aiohttp import BodyPartReader, web
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import ADMINISTRATORS
from access.visibility.rules import actor_of
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict, HotlineError, NotAllowed
from core.texts.lines import one_line
from dispatch.former.fields import FormerField
from dispatch.former.files import (
    LARGEST_BYTES,
    add_file,
    begin_check,
    begin_takeover,
    files,
    first_rows,
    get_file,
    left_out,
    present_mapping,
    remove_file,
    save_columns,
    words_of,
)
from dispatch.former.models import WORKING, FileState, FormerFile
from dispatch.kinds import Channel
from web.former.presenter import (
    LABELS,
    SHOWN_ROWS,
    columns_of,
    file_facts,
    left_out_csv,
    preview_of,
    said_words,
    words_to_map,
)
from web.http.answers.pages import page
from web.http.requests.reading import cleaned
from web.http.routes import Route, context_of, id_in, me_of
from web.http.sockets.socket_quota import UPLOAD_PLACES

PAGE = "/admin/former"
ONE = f"{PAGE}/{{id:[0-9]+}}"
_STALLED_SECONDS = 60
_LONGEST_FIELD = 1000
"""Bytes."""
_TOO_LARGE = f"文件超过{LARGEST_BYTES // 1024**2} MB。请分成几个文件，或另存为 .xlsx 再上传。"
_NOT_YOURS = "各列的内容只给上传的人看。请由上传的人核对，或删去后自己上传。"


async def show_files(request: web.Request) -> web.StreamResponse:
    return await _list_page(request)


async def submit_file(request: web.Request) -> web.StreamResponse:
    me = me_of(request)
    try:
        async with request.app[UPLOAD_PLACES].take(str(me.account_id)):
            sent = await _read_upload(request)
            async with transaction(context_of(request).sessions) as session:
                file = await add_file(
                    session, system=sent.system, file_name=sent.name, content=sent.content, actor=actor_of(me),
                    at=clock.now(),
                )  # fmt: skip
    except BadInput as error:
        return await _list_page(request, error)
    raise web.HTTPSeeOther(f"{PAGE}/{file.id}")


async def show_file(request: web.Request) -> web.StreamResponse:
    return await _file_page(request)


async def show_progress(request: web.Request) -> web.StreamResponse:
    """While a worker is at it; then the page as it is now."""
    async with context_of(request).sessions() as session:
        file = await get_file(session, id_in(request))
        facts = await file_facts(session, file)
    if file.state in WORKING:
        return page(request, "former/former_progress.html", {"file": file, "facts": facts, **LABELS})
    return web.Response(headers={"HX-Redirect": f"{PAGE}/{file.id}"})


async def submit_columns(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        async with transaction(context_of(request).sessions) as session:
            file = await _own_file(request, session)
            said = [str(form.get(f"column-{at}", "")) for at in range(len(file.heads))]
            columns = [FormerField(one) if one in set(FormerField) else None for one in said]
            channel = str(form.get("channel", ""))
            await save_columns(
                session, file.id, columns, Channel(channel) if channel in set(Channel) else Channel.HOTLINE,
                context_of(request).city,
            )  # fmt: skip
    except (BadInput, Conflict) as error:
        return await _file_page(request, error, {name: str(value) for name, value in form.items()})
    raise web.HTTPSeeOther(f"{PAGE}/{file.id}#words")


async def submit_check(request: web.Request) -> web.StreamResponse:
    form = {name: str(value) for name, value in (await request.post()).items()}
    try:
        async with transaction(context_of(request).sessions) as session:
            file = await _own_file(request, session)
            mapping = present_mapping(file)
            if form.get("columns") != ",".join(one or "" for one in mapping.columns):
                raise Conflict("各列刚刚改过，请重新核对下面的对应。")
            words = await words_of(session, file, mapping)
            await begin_check(session, file.id, said_words(form, words, context_of(request).city))
    except (BadInput, Conflict) as error:
        return await _file_page(request, error)
    raise web.HTTPSeeOther(f"{PAGE}/{file.id}")


async def submit_takeover(request: web.Request) -> web.StreamResponse:
    try:
        async with transaction(context_of(request).sessions) as session:
            await begin_takeover(session, id_in(request), actor_of(me_of(request)))
    except (BadInput, Conflict) as error:
        return await _file_page(request, error)
    raise web.HTTPSeeOther(f"{PAGE}/{id_in(request)}")


async def submit_removal(request: web.Request) -> web.StreamResponse:
    try:
        async with transaction(context_of(request).sessions) as session:
            await remove_file(session, id_in(request))
    except Conflict as error:
        return await _file_page(request, error)
    raise web.HTTPSeeOther(PAGE)


async def show_left_out(request: web.Request) -> web.StreamResponse:
    """For a spreadsheet: what was left out and how to correct it. Only for the uploader: it repeats cells."""
    async with context_of(request).sessions() as session:
        file = await _own_file(request, session)
        rows = await left_out(session, file, limit=file.row_count)
    body = await asyncio.to_thread(left_out_csv, rows)
    headers = {"Content-Disposition": f'attachment; filename="former-{file.id}.csv"'}
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


class _Upload:
    def __init__(self) -> None:
        self.system, self.name, self.content = "", "", b""


async def _read_upload(request: web.Request) -> _Upload:
    """Raises BadInput."""
    sent = _Upload()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadInput("表单不完整，请重新选择文件。")
            if part.name == "upload":
                sent.name = one_line(cleaned((part.filename or "").rsplit("\\", 1)[-1]))
                sent.content = await _read_part(part, LARGEST_BYTES, _TOO_LARGE)
            elif part.name == "system":
                said = await _read_part(part, _LONGEST_FIELD, "原系统的名称太长。")
                sent.system = one_line(cleaned(said.decode("utf-8", "replace")))
    except (ValueError, AssertionError, LookupError, RuntimeError) as error:
        raise BadInput("表单不完整，请重新选择文件。") from error
    return sent


async def _read_part(part: BodyPartReader, most: int, too_large: str) -> bytes:
    """`most`: bytes. Raises BadInput."""
    pieces, size = list[bytes](), 0
    while True:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                piece = await part.read_chunk(256 * 1024)
        except TimeoutError as error:
            raise web.HTTPRequestTimeout() from error
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise BadInput(too_large)


async def _own_file(request: web.Request, session: AsyncSession) -> FormerFile:
    """Raises NotFound, NotAllowed."""
    file = await get_file(session, id_in(request))
    if file.by_account_id != me_of(request).account_id:
        raise NotAllowed(_NOT_YOURS)
    return file


async def _list_page(request: web.Request, refused: HotlineError | None = None) -> web.StreamResponse:
    async with context_of(request).sessions() as session:
        found = await files(session)
        facts = {file.id: await file_facts(session, file) for file in found if file.state in WORKING}
    context = {"files": found, "facts": facts, "refused": refused.message if refused else "", "most": LARGEST_BYTES}
    context |= LABELS
    return page(request, "former/former.html", context, status=422 if refused else 200)


async def _file_page(
    request: web.Request, refused: HotlineError | None = None, typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    city, at = context_of(request).city, clock.now()
    async with context_of(request).sessions() as session:
        file = await get_file(session, id_in(request))
        own = file.by_account_id == me_of(request).account_id
        mapping = present_mapping(file)
        mapped = own and file.state in (FileState.MAPPING, FileState.CHECKED)
        rows = await first_rows(session, file, after=file.head_row, limit=SHOWN_ROWS * 5) if mapped else []
        words = await words_of(session, file, mapping) if mapped and file.confirmed else {}
        wrong = await left_out(session, file, limit=SHOWN_ROWS) if own else []
        facts = await file_facts(session, file)
    context = {
        "file": file,
        "own": own,
        "not_yours": _NOT_YOURS,
        "facts": facts,
        "columns": columns_of(file, mapping, rows, typed or {}) if mapped else [],
        "columns_said": ",".join(one or "" for one in mapping.columns),
        "channel": mapping.channel,
        "words_to_map": words_to_map(words, mapping, city),
        "preview": preview_of(file, mapping, city, rows, at) if mapped and file.confirmed else [],
        "wrong": wrong,
        "refused": refused.message if refused else "",
        **LABELS,
    }
    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    return page(request, "former/former_file.html", context, status=status)


ROUTES = [
    Route("GET", PAGE, "former", show_files, ADMINISTRATORS, citizens=False),
    Route("POST", PAGE, "submit_former", submit_file, ADMINISTRATORS, citizens=False, streams=True),
    Route("GET", ONE, "former_file", show_file, ADMINISTRATORS, citizens=False),
    Route("GET", f"{ONE}/progress", "former_progress", show_progress, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/columns", "submit_former_columns", submit_columns, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/check", "submit_former_check", submit_check, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/take-over", "submit_former_takeover", submit_takeover, ADMINISTRATORS, citizens=False),
    Route("POST", f"{ONE}/remove", "submit_former_removal", submit_removal, ADMINISTRATORS, citizens=False),
    Route("GET", f"{ONE}/left-out.csv", "former_left_out", show_left_out, ADMINISTRATORS, citizens=False),
]
