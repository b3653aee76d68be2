"""The page of one of the city's files: as it is in force, and what a change of it would do."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.errors import BadInput, Conflict, HotlineError, NotFound
from core.folder.retention_file import FILE as RETENTION
from core.texts.lines import ONE_LINE
from core.texts.normal_form import asked_words
from dispatch.city.records import City
from dispatch.clock.calendar_wanted import calendar_wanted
from dispatch.versions.change import check, text_of_folder, texts_in_force, version_in_force, versions_of
from dispatch.versions.difference import line_differences, read_table, row_differences, row_key
from dispatch.versions.files import FILES
from dispatch.versions.models import CityVersion
from ivr.announcements import FILE as ANNOUNCEMENTS
from web.city.announcing import DAYS, announcement_rows, doubts
from web.city.cells import SEVERAL
from web.city.keeping import recordings_due, retention_fields, retention_of
from web.city.listening import Heard, new_sounds
from web.city.moves import what_moves
from web.city.new_text import CALENDAR, tidy
from web.city.presenter import HINTS, LONG, choices, column_words, has_words, listed, on_screen, shown_cell
from web.city.whole_city import read_city_folder
from web.http.answers.pages import page
from web.http.routes import context_of, query_of
from web.http.schemas import Message


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


async def file_page(request: web.Request, refused: HotlineError | None = None) -> web.StreamResponse:
    file, at, city = file_of(request), clock.now(), context_of(request).city
    async with context_of(request).sessions() as session:
        seen = await text_seen(request, session)
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


async def preview_page(
    request: web.Request, text: str, refused: HotlineError | None = None, typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Whatever is wrong in the new text is said beside it, to be corrected there."""
    file, at, holder = file_of(request), clock.now(), context_of(request).holder
    settings, sounds, moved = context_of(request).settings, list[Heard](), list[str]()
    async with context_of(request).sessions() as session:
        seen = await text_seen(request, session)
        texts = await texts_in_force(session, at) | {file: text}
    if text == seen.text and refused is None:
        refused = BadInput("和现在的内容一样，没有要保存的修改。")
    try:
        policy = await check(city_folder(request), texts, read_city_folder)
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
        "previewed": mark_of(text),
        "rows": row_differences(seen.text, text, FILES[file].keys) if FILES[file].table else [],
        "lines": [] if FILES[file].table else line_differences(seen.text, text),
        "words_of": partial(column_words, file),
        "moved": moved,
        "sounds": sounds,
        "refused": _words(file, refused),
        "typed": typed or {},
    }
    return page(request, "city/preview.html", context, status=_status(refused))


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


async def text_seen(request: web.Request, session: AsyncSession) -> FileInForce:
    file = file_of(request)
    latest = await session.scalar(select(func.max(CityVersion.id)).where(CityVersion.file == file))
    text = (await texts_in_force(session, clock.now())).get(file)
    if text is None:
        text = await asyncio.to_thread(text_of_folder, city_folder(request), file) or FILES[file].empty
    return FileInForce(tidy(text), latest or 0)


async def form_of(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def file_of(request: web.Request) -> str:
    """Raises NotFound."""
    file = request.match_info["file"]
    if file not in FILES:
        raise NotFound("没有这个文件。")
    return file


def city_folder(request: web.Request) -> Path:
    return context_of(request).settings.city


def mark_of(text: str | None) -> str:
    """Of a text whose effects were shown."""
    return hashlib.sha256((text or "").encode()).hexdigest()


def _words(file: str, error: HotlineError | None) -> str:
    return on_screen(file, "".join(getattr(error, "fields", {}).values()) or error.message) if error else ""


def _status(error: HotlineError | None) -> int:
    return 200 if error is None else 409 if isinstance(error, Conflict) else 422
