"""内部留言 on an order: between city hall (coordinators, supervisors) and its offices; nobody else learns of them."""

import asyncio
import datetime as dt
from typing import Annotated

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from access.visibility.reporter_guesses import Written, queue_guess_check_in
from access.visibility.rules import OF_THE_OFFICE, actor_of, closed_behind_link, own_or_covered
from core import clock
from core.city_words import city_words
from core.clock import day_and_minute
from core.database import transaction
from core.texts.lines import MANY_LINES
from dispatch.city.records import City
from dispatch.orders.actors import Actor
from dispatch.orders.families.followers import interested_in
from dispatch.orders.labels import ROLES
from dispatch.orders.models import Order
from dispatch.orders.request_models import InternalNote, NoteReceipt
from dispatch.policy import Policy
from dispatch.steps.internal_notes import HALL, LONGEST, WRITE, mark_read, notes_of, offices_of, side_of, write_note
from dispatch.workflow import Role
from web.http.answers.pages import page
from web.http.answers.rejection import NOTHING_WRONG, REJECTED, Rejection, rejection_of
from web.http.routes import Route, body_of, context_of, me_of, read
from web.http.schemas import Code, Done, Message
from web.orders.covering.covered_texts import redactor_on


class WriteNote(Message):
    text: Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\x00]*$"), MANY_LINES]
    to: Code = ""
    """From city hall: code of an office of the order; empty: all of them. An office writes to city hall."""


class NoteAnswer(Message):
    id: int
    at: dt.datetime
    writer: str
    """Side and person."""
    to: list[str]
    text: str
    mine: bool
    """Written by the side that reads it."""
    read: list[str]
    """Of each side it was written to, when it read it; in Chinese."""
    unread: bool
    """By the side that reads it."""


class NotesAnswer(Message):
    notes: list[NoteAnswer]
    """Oldest first."""


async def load_notes(session: AsyncSession, city: City, me: Me, order: Order) -> list[NoteAnswer]:
    """As `me`, who may read them, reads them."""
    side = side_of(actor_of(me))
    rows = await notes_of(session, order.id, side)
    redactor = redactor_on(me, order, await interested_in(session, order.id))

    def shown(note: InternalNote) -> str:
        if closed_behind_link(me, order, note.author):
            return OF_THE_OFFICE
        return own_or_covered(me, note.author, note.text, redactor)

    # In a thread, as all covering of long texts.
    texts = await asyncio.to_thread(lambda: [shown(note) for note, _ in rows])
    return [_answer(city, note, receipts, text, side) for (note, receipts), text in zip(rows, texts, strict=True)]


async def add_note(session: AsyncSession, policy: Policy, order: Order, actor: Actor, wanted: WriteNote) -> None:
    """In the transaction of the caller, who knows that `actor` sees the order."""
    note = await write_note(session, policy, order, actor, wanted.text, to=wanted.to, at=clock.now())
    await queue_guess_check_in(session, Written.NOTE, note.id)


async def api_notes(request: web.Request) -> NotesAnswer:
    me = me_of(request)
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        return NotesAnswer(notes=await load_notes(session, context_of(request).city, me, order))


async def api_write_note(request: web.Request) -> NotesAnswer:
    await _write(request, body_of(request, WriteNote))
    return await api_notes(request)


async def api_read_notes(request: web.Request) -> Done:
    await _read(request)
    return Done()


async def show_notes(request: web.Request) -> web.StreamResponse:
    """An office that opens its order has read them; at city hall, where many look at an order, somebody says so."""
    if me_of(request).role is Role.OFFICE:
        await _read(request)
    return await _section(request)


async def show_thread(request: web.Request) -> web.StreamResponse:
    return await _section(request, template="orders/order_notes_thread.html")


async def submit_note(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    typed = {name: str(sent.get(name, "")) for name in ("text", "to")}
    try:
        await _write(request, read(WriteNote, typed))
    except REJECTED as error:
        return await _section(request, typed, rejection_of(error))
    return await _answered(request)


async def submit_read_notes(request: web.Request) -> web.StreamResponse:
    await _read(request)
    return await _answered(request)


async def _answered(request: web.Request) -> web.StreamResponse:
    if "HX-Request" in request.headers:
        return await _section(request)
    raise web.HTTPSeeOther(f"/orders/{request.match_info['number']}")


async def _write(request: web.Request, wanted: WriteNote) -> None:
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await add_note(session, context_of(request).policy, order, actor_of(me), wanted)


async def _read(request: web.Request) -> None:
    me = me_of(request)
    async with transaction(context_of(request).sessions) as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        await mark_read(session, order, side_of(actor_of(me)), by=me.signature, at=clock.now())


async def _section(
    request: web.Request,
    typed: dict[str, str] | None = None,
    wrong: Rejection = NOTHING_WRONG,
    *,
    template: str = "orders/order_notes.html",
) -> web.StreamResponse:
    me, city = me_of(request), context_of(request).city
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me, request.match_info["number"])
        notes = await load_notes(session, city, me, order)
    context = {
        "number": order.number,
        "notes": notes,
        "offices": [] if me.role is Role.OFFICE else [(code, _side(city, code)) for code in offices_of(order)],
        "writes": bool(offices_of(order)) and order.former_system is None,
        "to_hall": me.role is Role.OFFICE,
        "typed": {"text": "", "to": ""} | (typed or {}),
        "wrong": wrong,
        "longest": LONGEST,
    }
    return page(request, template, context, status=wrong.status)


def _answer(city: City, note: InternalNote, receipts: list[NoteReceipt], text: str, side: str) -> NoteAnswer:
    written_by = note.office_code or HALL
    return NoteAnswer(
        id=note.id,
        at=note.at,
        writer=f"{_side(city, written_by) if written_by else ROLES[note.actor_role]} {note.actor_name}",
        to=[_side(city, one.side) for one in receipts],
        text=text,
        mine=written_by == side,
        read=[
            f"{_side(city, one.side)}{day_and_minute(one.read_at)}已读"
            if one.read_at
            else f"{_side(city, one.side)}未读"
            for one in receipts
        ],
        unread=any(one.side == side and one.read_at is None for one in receipts),
    )


def _side(city: City, code: str) -> str:
    if code == HALL:
        return city_words().coordinator
    return city.offices[code].name if code in city.offices else code


_PAGE, _API = "/orders/{number}/notes", "/api/orders/{number}/notes"
ROUTES = [
    Route("GET", _PAGE, "order_notes", show_notes, WRITE),
    Route("GET", f"{_PAGE}/thread", "order_notes_thread", show_thread, WRITE),
    Route("POST", _PAGE, "submit_note", submit_note, WRITE),
    Route("POST", f"{_PAGE}/read", "submit_read_notes", submit_read_notes, WRITE),
    Route("GET", _API, "list_notes", api_notes, WRITE, says="工单的内部留言", answer=NotesAnswer),
    Route(
        "POST", _API, "write_note", api_write_note, WRITE,
        says="写一条内部留言", body=WriteNote, answer=NotesAnswer,
    ),
    Route("POST", f"{_API}/read", "read_notes", api_read_notes, WRITE, says="内部留言已阅", answer=Done),
]  # fmt: skip
