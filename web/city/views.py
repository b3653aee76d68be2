"""城市数据: the city's files on screen. Each change is looked at first: what it changes and moves; then it is stored as
a version with its reason (dispatch.versions).
"""

import asyncio
import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import ADMINISTRATORS
from core import clock
from core.database import transaction
from core.errors import BadInput, ConfigurationError, Conflict, HotlineError, NotFound
from core.folder.retention_file import FILE as RETENTION
from core.texts.lines import ONE_LINE
from core.texts.normal_form import asked_words
from dispatch.city.records import City
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.versions.change import (
    LONGEST_TEXT,
    Author,
    FileChange,
    check,
    store,
    take_back,
    text_of_folder,
    texts_in_force,
    version_in_force,
    versions_of,
)
from dispatch.versions.difference import line_differences, read_table, row_differences, row_key
from dispatch.versions.files import FILES
from dispatch.versions.models import CityVersion
from ivr.announcements import FILE as ANNOUNCEMENTS
from web.city.announcing import DAYS, announcement_rows, doubts
from web.city.cells import SEVERAL, in_codes, safe_in_excel
from web.city.keeping import recordings_due, retention_fields, retention_of
from web.city.listening import Heard, new_sounds, refuse_what_is_too_long
from web.city.moves import what_moves
from web.city.new_text import CALENDAR, text_of_form, text_of_upload, tidy
from web.city.presenter import (
    HINTS,
    LONG,
    choices,
    column_words,
    file_rows,
    has_words,
    listed,
    on_screen,
    parse_effective,
    shown_cell,
)
from web.city.whole_city import read_city_folder
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Message

_FOLLOWED_SECONDS = 5.0
"""The version is stored; it comes into force here later, too."""


class FileQuery(Message):
    row: Annotated[str, Field(max_length=200), ONE_LINE] = ""
    """The row to be changed; `+`: a new one."""
    q: Annotated[str, Field(max_length=100), ONE_LINE] = ""
    """Words that a row of the list must have."""


@dataclass(frozen=True)
class FileInForce:
    """A file as it is in force."""

    text: str
    latest: int
    """Its latest version, also one that is to come; 0: none."""


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
    return await _file_page(request)


async def export_file(request: web.Request) -> web.StreamResponse:
    """As it is in force; with a mark in front, by which spreadsheet programs know the encoding."""
    async with context_of(request).sessions() as session:
        seen = await _seen(request, session)
    text = safe_in_excel(seen.text) if FILES[_file(request)].table else seen.text
    headers = {"Content-Disposition": f'attachment; filename="{_file(request)}"'}
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/plain", charset="utf-8", headers=headers)


async def submit_preview(request: web.Request) -> web.StreamResponse:
    """What the change would do; nothing is stored."""
    try:
        text = await _wanted_text(request)
    except BadInput as error:
        return await _file_page(request, error)
    return await _preview_page(request, text, await _somebody_else(request))


async def submit_version(request: web.Request) -> web.StreamResponse:
    at, form, replaced = clock.now(), await _form(request), context_of(request).holder.replacement()
    try:
        change = FileChange(
            file=_file(request),
            text=tidy(form.get("text", "")),
            reason=form.get("reason", ""),
            effective_at=parse_effective(form.get("effective_at", ""), at),
            based_on=_number(form.get("based_on", "")),
        )
        if change.file == ANNOUNCEMENTS:
            async with context_of(request).sessions() as session:
                seen = await _seen(request, session)
            await refuse_what_is_too_long(context_of(request).settings, seen.text, change.text or "")
        async with transaction(context_of(request).sessions) as session:
            if change.file == RETENTION and form.get("previewed") != _mark(change.text):
                await _refuse_unseen(request, session, change.text or "", at)
            await store(session, _city_folder(request), change, _author(request), at=at, read=read_city_folder)
    except HotlineError as error:
        return await _preview_page(request, tidy(form.get("text", "")), error, form)
    if change.effective_at <= at:
        await _until_followed(replaced)
    raise web.HTTPSeeOther(f"/admin/city/{_file(request)}")


async def submit_take_back(request: web.Request) -> web.StreamResponse:
    form, at, replaced = await _form(request), clock.now(), context_of(request).holder.replacement()
    version_id = _number(form.get("version", ""))
    try:
        async with transaction(context_of(request).sessions) as session:
            version = await session.get(CityVersion, version_id)
            if version is None or version.file != _file(request):
                raise NotFound("没有这个版本。")
            folder, by, seen = _city_folder(request), _author(request), await _seen(request, session)
            now = await take_back(session, folder, version.id, form.get("reason", ""), by, at=at, read=read_city_folder)
            if now.file == RETENTION:
                await _refuse_shorter(request, session, seen.text, now, at)
    except (BadInput, Conflict) as error:
        return await _file_page(request, error)
    if now.effective_at <= at:
        await _until_followed(replaced)
    raise web.HTTPSeeOther(f"/admin/city/{_file(request)}")


async def _until_followed(replaced: asyncio.Event) -> None:
    """Whoever saved a new office finds it on the next page: this process takes the version over first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FOLLOWED_SECONDS):
            await replaced.wait()


async def _refuse_unseen(request: web.Request, session: AsyncSession, text: str, at: dt.datetime) -> None:
    """Recordings are destroyed by a text alone whose effects were shown. Raises BadInput."""
    seen, settings = await _seen(request, session), context_of(request).settings
    try:
        due = await recordings_due(session, retention_of(seen.text, settings), retention_of(text, settings), at=at)
    except ConfigurationError as error:
        raise BadInput(error.message) from error
    if due:
        raise BadInput("这份内容缩短了保存期限，还没有看过它的影响。请看下面的影响，再保存。")


def _mark(text: str | None) -> str:
    """Of a text whose effects were shown."""
    return hashlib.sha256((text or "").encode()).hexdigest()


async def _refuse_shorter(
    request: web.Request, session: AsyncSession, old: str, version: CityVersion, at: dt.datetime
) -> None:
    """Taking back asks nothing; what destroys recordings is said before it is stored. Raises BadInput."""
    text, settings = version.text, context_of(request).settings
    if text is None:
        text = await asyncio.to_thread(text_of_folder, _city_folder(request), version.file)
    if said := await recordings_due(session, retention_of(old, settings), retention_of(text, settings), at=at):
        raise BadInput(f"撤回会缩短保存期限，没有撤回。{said[0]}要缩短，请在“保存几个月”里填好，看过影响再保存。")


async def _file_page(request: web.Request, refused: HotlineError | None = None) -> web.StreamResponse:
    file, at, city = _file(request), clock.now(), context_of(request).city
    async with context_of(request).sessions() as session:
        seen = await _seen(request, session)
        versions = await versions_of(session, file)
    table = read_table(seen.text) if FILES[file].table else None
    query = query_of(request, FileQuery) if request.method == "GET" else FileQuery()
    row, words = query.row, asked_words(query.q)
    rows = [
        _shown_row(file, one, city)
        for one in (table.rows if table else ())
        if not words or has_words(file, one, words, city)
    ]
    chosen = next((one for one in table.rows if row_key(one, FILES[file].keys) == row), None) if table else None
    context: dict[str, Any] = {
        "file": file,
        "kind": FILES[file],
        "text": seen.text,
        "based_on": seen.latest,
        "columns": [(one, column_words(file, one)) for one in listed(file, table.columns)] if table else [],
        "rows": rows,
        "row": row,
        "q": query.q,
        "all_rows": len(table.rows) if table else 0,
        "cells": _cells(file, table.columns, chosen or {}, city) if table and (chosen or row == "+") else [],
        "versions": versions,
        "in_force": version_in_force(versions, at),
        "refused": _words(file, refused),
        "calendar": calendar_wanted(context_of(request).policy.times, city.calendar, at),
        "next_year": at.year + (at.month >= 11),
        "is_calendar": file == CALENDAR,
        "long": LONG,
        "hints": HINTS,
        **_form_of(request, file, row, seen.text),
    }
    return page(request, "city/file.html", context, status=_status(refused))


async def _preview_page(
    request: web.Request, text: str, refused: HotlineError | None = None, typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Whatever is wrong in the new text is said beside it, to be corrected there."""
    file, at, holder = _file(request), clock.now(), context_of(request).holder
    settings, sounds, moved = context_of(request).settings, list[Heard](), list[str]()
    async with context_of(request).sessions() as session:
        seen = await _seen(request, session)
        texts = await texts_in_force(session, at) | {file: text}
    if text == seen.text and refused is None:
        refused = BadInput("和现在的内容一样，没有要保存的修改。")
    try:
        policy = await check(_city_folder(request), texts, read_city_folder)
    except BadInput as error:
        refused = refused or error
    else:
        async with context_of(request).sessions() as session:
            moved = await what_moves(session, holder.policy, policy, at=at)
            if file == RETENTION:
                moved += await recordings_due(
                    session, retention_of(seen.text, settings), retention_of(text, settings), at=at
                )
        if file == ANNOUNCEMENTS:
            moved += doubts(seen.text, text, at)
            try:
                sounds = await new_sounds(settings, seen.text, text)
            except HotlineError as error:
                refused = refused or error
    context = {
        "file": file,
        "kind": FILES[file],
        "text": text,
        "based_on": seen.latest,
        "previewed": _mark(text),
        "rows": row_differences(seen.text, text, FILES[file].keys) if FILES[file].table else [],
        "lines": [] if FILES[file].table else line_differences(seen.text, text),
        "words_of": partial(column_words, file),
        "moved": moved,
        "sounds": sounds,
        "refused": _words(file, refused),
        "typed": typed or {},
    }
    return page(request, "city/preview.html", context, status=_status(refused))


async def _somebody_else(request: web.Request) -> Conflict | None:
    """A page that is older than the file's latest version would undo it: the preview names that version."""
    form = await _form(request)
    async with context_of(request).sessions() as session:
        versions = await versions_of(session, _file(request))
    if "based_on" not in form or not versions or versions[0].id == _number(form["based_on"]):
        return None
    latest = versions[0]
    return Conflict(
        f"您打开页面以后，{latest.by_name}改过这个文件（{latest.reason}）。下面是和现在的内容比较；"
        "请看清差别，不要把那次修改改回去，再保存。"
    )


async def _wanted_text(request: web.Request) -> str:
    """The new text. Raises BadInput."""
    form, file, city = await request.post(), _file(request), context_of(request).city
    async with context_of(request).sessions() as session:
        seen = await _seen(request, session)
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
    if version_id and (version is None or version.file != _file(request)):
        raise NotFound("没有这个版本。")
    if version is not None and version.text is not None:
        return tidy(version.text)
    return tidy(await asyncio.to_thread(text_of_folder, _city_folder(request), _file(request)))


async def _seen(request: web.Request, session: AsyncSession) -> FileInForce:
    file = _file(request)
    latest = await session.scalar(select(func.max(CityVersion.id)).where(CityVersion.file == file))
    text = (await texts_in_force(session, clock.now())).get(file)
    if text is None:
        text = await asyncio.to_thread(text_of_folder, _city_folder(request), file) or FILES[file].empty
    return FileInForce(tidy(text), latest or 0)


def _shown_row(file: str, row: Mapping[str, str], city: City) -> tuple[str, list[str]]:
    shown = listed(file, list(row))
    return row_key(row, FILES[file].keys), [shown_cell(file, column, row[column], city) for column in shown]


def _cells(
    file: str, columns: Sequence[str], row: Mapping[str, str], city: City
) -> list[tuple[str, str, str, Mapping[str, str]]]:
    """(column, words, value, what may stand there)."""
    return [(one, column_words(file, one), _in_cell(file, one, row, city), choices(file, one, city)) for one in columns]


def _in_cell(file: str, column: str, row: Mapping[str, str], city: City) -> str:
    value = row.get(column, "")
    return shown_cell(file, column, value, city) if (file, column) in SEVERAL else value


def _form_of(request: web.Request, file: str, row: str, text: str) -> dict[str, Any]:
    """What the forms of single files show."""
    if file == ANNOUNCEMENTS:
        rows = announcement_rows(text)
        chosen = next((one for one in rows if one.name == row), None)
        return {"announcements": rows, "announcement": chosen, "days": DAYS}
    if file == RETENTION:
        present = retention_of(text, context_of(request).settings)
        return {"retention": present, "retention_fields": retention_fields(present)}
    return {}


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _number(typed: str) -> int:
    """Of a version; 0, which none has: it is no number."""
    return int(typed) if re.fullmatch("[0-9]{1,18}", typed) else 0


def _file(request: web.Request) -> str:
    """Raises NotFound."""
    file = request.match_info["file"]
    if file not in FILES:
        raise NotFound("没有这个文件。")
    return file


def _city_folder(request: web.Request) -> Path:
    return context_of(request).settings.city


def _author(request: web.Request) -> Author:
    me = me_of(request)
    return Author(me.account_id, me.display_name)


def _words(file: str, error: HotlineError | None) -> str:
    return on_screen(file, "".join(getattr(error, "fields", {}).values()) or error.message) if error else ""


def _status(error: HotlineError | None) -> int:
    return 200 if error is None else 409 if isinstance(error, Conflict) else 422


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
