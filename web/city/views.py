"""城市数据: the city's files on screen. Each change is looked at first: what it changes and moves; then it is stored as
a version with its reason (dispatch.versions).
"""

import asyncio
import datetime as dt
import re
from contextlib import suppress

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import ADMINISTRATORS
from core import clock
from core.database import transaction
from core.errors import BadInput, ConfigurationError, Conflict, HotlineError, NotFound
from core.folder.retention_file import FILE as RETENTION
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.versions.change import LONGEST_TEXT, Author, FileChange, store, take_back, text_of_folder, versions_of
from dispatch.versions.difference import read_table
from dispatch.versions.files import FILES
from dispatch.versions.models import CityVersion
from ivr.announcements import FILE as ANNOUNCEMENTS
from web.city.cells import in_codes, safe_in_excel
from web.city.file_pages import FileQuery, city_folder, file_of, file_page, form_of, mark_of, preview_page, text_seen
from web.city.keeping import recordings_due, retention_of
from web.city.listening import refuse_what_is_too_long
from web.city.new_text import CALENDAR, text_of_form, text_of_upload, tidy
from web.city.presenter import file_rows, parse_effective
from web.city.whole_city import read_city_folder
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of

_FOLLOWED_SECONDS = 5.0
"""The version is stored; it comes into force here later, too."""


async def show_city(request: web.Request) -> web.StreamResponse:
    at = clock.now()
    async with context_of(request).sessions() as session:
        versions = (await session.scalars(select(CityVersion).order_by(CityVersion.id))).all()
    policy = context_of(request).policy
    context = {
        "rows": file_rows(versions, at),
        "calendar_file": CALENDAR,
        "calendar": calendar_wanted(policy.times, policy.city.calendar, at),
    }
    return page(request, "city/city.html", context)


async def show_file(request: web.Request) -> web.StreamResponse:
    return await file_page(request)


async def export_file(request: web.Request) -> web.StreamResponse:
    """As it is in force; with a mark in front, by which spreadsheet programs know the encoding."""
    async with context_of(request).sessions() as session:
        seen = await text_seen(request, session)
    text = safe_in_excel(seen.text) if FILES[file_of(request)].table else seen.text
    headers = {"Content-Disposition": f'attachment; filename="{file_of(request)}"'}
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/plain", charset="utf-8", headers=headers)


async def submit_preview(request: web.Request) -> web.StreamResponse:
    """What the change would do; nothing is stored."""
    try:
        text = await _wanted_text(request)
    except BadInput as error:
        return await file_page(request, error)
    return await preview_page(request, text, await _somebody_else(request))


async def submit_version(request: web.Request) -> web.StreamResponse:
    at, form, replaced = clock.now(), await form_of(request), context_of(request).holder.replacement()
    try:
        change = FileChange(
            file=file_of(request),
            text=tidy(form.get("text", "")),
            reason=form.get("reason", ""),
            effective_at=parse_effective(form.get("effective_at", ""), at),
            based_on=_number(form.get("based_on", "")),
        )
        if change.file == ANNOUNCEMENTS:
            async with context_of(request).sessions() as session:
                seen = await text_seen(request, session)
            await refuse_what_is_too_long(context_of(request).settings, seen.text, change.text or "")
        async with transaction(context_of(request).sessions) as session:
            if change.file == RETENTION and form.get("previewed") != mark_of(change.text):
                await _refuse_unseen(request, session, change.text or "", at)
            await store(session, city_folder(request), change, _author(request), at=at, read=read_city_folder)
    except HotlineError as error:
        return await preview_page(request, tidy(form.get("text", "")), error, form)
    if change.effective_at <= at:
        await _until_followed(replaced)
    raise web.HTTPSeeOther(f"/admin/city/{file_of(request)}")


async def submit_take_back(request: web.Request) -> web.StreamResponse:
    form, at, replaced = await form_of(request), clock.now(), context_of(request).holder.replacement()
    version_id = _number(form.get("version", ""))
    try:
        async with transaction(context_of(request).sessions) as session:
            version = await session.get(CityVersion, version_id)
            if version is None or version.file != file_of(request):
                raise NotFound("没有这个版本。")
            folder, by, seen = city_folder(request), _author(request), await text_seen(request, session)
            now = await take_back(session, folder, version.id, form.get("reason", ""), by, at=at, read=read_city_folder)
            if now.file == RETENTION:
                await _refuse_shorter(request, session, seen.text, now, at)
    except (BadInput, Conflict) as error:
        return await file_page(request, error)
    if now.effective_at <= at:
        await _until_followed(replaced)
    raise web.HTTPSeeOther(f"/admin/city/{file_of(request)}")


async def _until_followed(replaced: asyncio.Event) -> None:
    """Whoever saved a new office finds it on the next page: this process takes the version over first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FOLLOWED_SECONDS):
            await replaced.wait()


async def _refuse_unseen(request: web.Request, session: AsyncSession, text: str, at: dt.datetime) -> None:
    """Recordings are destroyed by a text alone whose effects were shown. Raises BadInput."""
    seen, settings = await text_seen(request, session), context_of(request).settings
    try:
        due = await recordings_due(session, retention_of(seen.text, settings), retention_of(text, settings), at=at)
    except ConfigurationError as error:
        raise BadInput(error.message) from error
    if due:
        raise BadInput("这份内容缩短了保存期限，还没有看过它的影响。请看下面的影响，再保存。")


async def _refuse_shorter(
    request: web.Request, session: AsyncSession, old: str, version: CityVersion, at: dt.datetime
) -> None:
    """Taking back asks nothing; what destroys recordings is said before it is stored. Raises BadInput."""
    text, settings = version.text, context_of(request).settings
    if text is None:
        text = await asyncio.to_thread(text_of_folder, city_folder(request), version.file)
    if said := await recordings_due(session, retention_of(old, settings), retention_of(text, settings), at=at):
        raise BadInput(f"撤回会缩短保存期限，没有撤回。{said[0]}要缩短，请在“保存几个月”里填好，看过影响再保存。")


async def _somebody_else(request: web.Request) -> Conflict | None:
    """A page that is older than the file's latest version would undo it: the preview names that version."""
    form = await form_of(request)
    async with context_of(request).sessions() as session:
        versions = await versions_of(session, file_of(request))
    if "based_on" not in form or not versions or versions[0].id == _number(form["based_on"]):
        return None
    latest = versions[0]
    return Conflict(
        f"您打开页面以后，{latest.by_name}改过这个文件（{latest.reason}）。下面是和现在的内容比较；"
        "请看清差别，不要把那次修改改回去，再保存。"
    )


async def _wanted_text(request: web.Request) -> str:
    """The new text. Raises BadInput."""
    form, file, city = await request.post(), file_of(request), context_of(request).city
    async with context_of(request).sessions() as session:
        seen = await text_seen(request, session)
        if "version" in form:
            return await _text_of_version(request, session, _number(str(form["version"])))
    upload = form.get("upload")
    if isinstance(upload, web.FileField):
        text = await asyncio.to_thread(text_of_upload, upload)
        return in_codes(file, text, read_table(seen.text).columns, city) if FILES[file].table else text
    if upload is not None:
        raise BadInput("请先选择文件。")
    return text_of_form(file, seen.text, {name: str(value) for name, value in form.items()}, city)


async def _text_of_version(request: web.Request, session: AsyncSession, version_id: int) -> str:
    """As the file was then; 0: as the city's folder has it."""
    version = await session.get(CityVersion, version_id) if version_id else None
    if version_id and (version is None or version.file != file_of(request)):
        raise NotFound("没有这个版本。")
    if version is not None and version.text is not None:
        return tidy(version.text)
    return tidy(await asyncio.to_thread(text_of_folder, city_folder(request), file_of(request)))


def _number(typed: str) -> int:
    """Of a version; 0, which none has: it is no number."""
    return int(typed) if re.fullmatch("[0-9]{1,18}", typed) else 0


def _author(request: web.Request) -> Author:
    me = me_of(request)
    return Author(me.account_id, me.display_name)


ONE = "/admin/city/{file}"
LARGEST = 4 * LONGEST_TEXT
"""Bytes of a form with a whole file in it."""
ROUTES = [
    Route("GET", "/admin/city", "city", show_city, ADMINISTRATORS, citizens=False),
    Route("GET", ONE, "city_file", show_file, ADMINISTRATORS, query=FileQuery, citizens=False),
    Route("GET", f"{ONE}/export", "city_file_export", export_file, ADMINISTRATORS, citizens=False),
    Route(
        "POST", f"{ONE}/preview", "submit_city_preview", submit_preview, ADMINISTRATORS, citizens=False,
        largest_body_bytes=LARGEST,
    ),
    Route(
        "POST", ONE, "submit_city_version", submit_version, ADMINISTRATORS, citizens=False,
        largest_body_bytes=LARGEST,
    ),
    Route("POST", f"{ONE}/take-back", "submit_city_take_back", submit_take_back, ADMINISTRATORS, citizens=False),
]  # fmt: skip
