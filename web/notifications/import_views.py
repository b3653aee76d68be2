"""Contacts from a table: looked at line by line first, then registered, all or none. Twice doubles nothing."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from core import clock
from core.database import transaction
from core.errors import BadInput
from dispatch.notifications.contacts import add_contact, contacts
from dispatch.notifications.contacts_file import COLUMNS, ContactLine, ContactsFile, read_contacts
from dispatch.notifications.labels import NOTIFICATION_CHANNELS
from web.city.new_text import text_of_upload
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of
from web.notifications.presenter import to_words
from web.notifications.views import KEEPS_CONTACTS, NOBODYS, belongs_to

PAGE = "/contacts/import"
SAMPLE = "单位,渠道,地址,登录名,办理链接\n{office},短信,13900000001,,\n督查员,邮件,line@example.cn,,"


@dataclass(frozen=True)
class ImportLine:
    """One row of the preview."""

    number: int
    to: str
    channel: str
    address: str
    account: str
    known: bool
    """It is registered already: nothing happens."""
    wrong: str


async def show_import(request: web.Request) -> web.StreamResponse:
    return _page(request, "", ContactsFile(), [])


async def submit_look(request: web.Request) -> web.StreamResponse:
    """What it would register; nothing is stored."""
    sent = await request.post()
    upload = sent.get("upload")
    try:
        text = (
            await asyncio.to_thread(text_of_upload, upload)
            if isinstance(upload, web.FileField)
            else str(sent.get("text", ""))
        )
    except BadInput as error:
        return _page(request, "", ContactsFile(wrong=error.message), [])
    async with context_of(request).sessions() as session:
        file, known = await _read(request, session, text)
    return _page(request, text, file, known)


async def submit_import(request: web.Request) -> web.StreamResponse:
    text, at = str((await request.post()).get("text", "")), clock.now()
    async with transaction(context_of(request).sessions) as session:
        file, known = await _read(request, session, text)
        if file.wrong or any(line.wrong for line in file.lines):
            return _page(request, text, file, known)
        await _register(session, request, [line for line in file.lines if line.number not in known], at)
    raise web.HTTPSeeOther("/contacts")


async def _register(session: AsyncSession, request: web.Request, lines: Sequence[ContactLine], at: dt.datetime) -> None:
    people = await _people(session, lines)
    for line in lines:
        owner = people.get(line.account)
        await add_contact(
            session, context_of(request).city, line.audience, line.code, line.channel, line.address, secret="",
            with_link=line.with_link, account_id=owner.id if owner else None, by=me_of(request).display_name, at=at,
        )  # fmt: skip


async def _read(request: web.Request, session: AsyncSession, text: str) -> tuple[ContactsFile, list[int]]:
    """The file, and the numbers of the lines that need nothing: registered already, or twice in the file."""
    app_context = context_of(request)
    file = read_contacts(text, app_context.city, app_context.settings.notifications.webhook_hosts)
    people = await _people(session, file.lines)
    seen = {(one.audience, one.code, one.channel, one.address) for one in await contacts(session)}
    known, lines = [], []
    for line in file.lines:
        key = (line.audience, line.code, line.channel, line.address)
        if not line.wrong:
            if key in seen:
                known.append(line.number)
            seen.add(key)
        lines.append(line if line.wrong or _owns(line, people.get(line.account)) else replace(line, wrong=NOBODYS))
    return ContactsFile(lines, file.wrong), known


def _owns(line: ContactLine, owner: Account | None) -> bool:
    return not line.account or belongs_to(line.audience, line.code, owner)


async def _people(session: AsyncSession, lines: Sequence[ContactLine]) -> dict[str, Account]:
    names = {line.account for line in lines if line.account}
    return {one.name: one for one in await session.scalars(select(Account).where(Account.name.in_(names)))}


def _page(request: web.Request, text: str, file: ContactsFile, known: Sequence[int]) -> web.StreamResponse:
    city = context_of(request).city
    rows = [
        ImportLine(
            line.number, line.cells["单位"] if line.wrong else to_words(city, line.audience, line.code),
            line.cells["渠道"] if line.wrong else NOTIFICATION_CHANNELS[line.channel],
            line.cells["地址"], line.account, line.number in known, line.wrong,
        )
        for line in file.lines
    ]  # fmt: skip
    wrong = [row for row in rows if row.wrong]
    context = {
        "text": text,
        "fault": file.wrong,
        "wrong": wrong,
        "new": [row for row in rows if not row.wrong and not row.known],
        "known": [row for row in rows if row.known and not row.wrong],
        "columns": COLUMNS,
        "sample": SAMPLE.format(office=next(iter(city.offices.values())).name if city.offices else ""),
    }
    return page(request, "notifications/contacts_import.html", context, status=422 if file.wrong or wrong else 200)


ROUTES = [
    Route("GET", PAGE, "contacts_import", show_import, KEEPS_CONTACTS, citizens=False),
    Route("POST", f"{PAGE}/look", "submit_contacts_look", submit_look, KEEPS_CONTACTS, citizens=False),
    Route("POST", PAGE, "submit_contacts_import", submit_import, KEEPS_CONTACTS, citizens=False),
]
