"""Seeing a citizen's name and number on a stated reason; and who has seen whose."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.calls import may_open, orders_of
from access.visibility.disclosure_models import Disclosure
from access.visibility.disclosures import disclose, disclosures_of, latest_disclosures
from access.visibility.orders import get_visible_order
from access.visibility.rules import MAY_DISCLOSE, gave, redactor_of_all
from core import clock
from core.errors import NotFound
from core.privacy.redaction import CLEAR, Redactor
from core.texts.lines import ONE_LINE
from dispatch.citizens.redaction import stays_unnamed
from dispatch.orders.models import Order
from dispatch.workflow import Role
from telephony.calls.models import Call
from web.disclosures.watched import watched
from web.http.answers.pages import page
from web.http.routes import Route, body_of, context_of, me_of, query_of, read
from web.http.schemas import Message
from web.http.sockets.listeners import listener_of

READS_DISCLOSURES = frozenset({Role.SUPERVISOR})


class DisclosureRequest(Message):
    reason: Annotated[str, Field(max_length=400), ONE_LINE]
    """What is to be done with the citizen, in some words (core.texts.reasons)."""


class IdentityAnswer(Message):
    name: str
    phone: str
    """Empty: withheld."""
    until_at: dt.datetime
    """From then on masked again, everywhere."""


class DisclosureAnswer(Message):
    id: int
    at: dt.datetime
    until_at: dt.datetime
    display_name: str
    account_name: str
    role: str
    order: str
    """Number; empty: a call without an order."""
    linkedid: str
    by_name: bool
    """A search by the citizen's name; without an order the search itself."""
    confidential: bool
    reason: str
    place: str
    """Where it was asked: path of the page or the API."""
    address: str


class DisclosuresAnswer(Message):
    disclosures: list[DisclosureAnswer]
    next: int | None
    """`before` of the next page; None: this was the last."""


class DisclosuresQuery(Message):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


async def api_disclose_order(request: web.Request) -> IdentityAnswer:
    return await _disclose_order(request, body_of(request, DisclosureRequest))


async def api_disclose_call(request: web.Request) -> IdentityAnswer:
    return await _disclose_call(request, body_of(request, DisclosureRequest))


async def submit_disclose_order(request: web.Request) -> web.StreamResponse:
    await _disclose_order(request, await _wanted(request))
    raise web.HTTPSeeOther(f"/orders/{request.match_info['number']}")


async def submit_disclose_call(request: web.Request) -> web.StreamResponse:
    await _disclose_call(request, await _wanted(request))
    raise web.HTTPSeeOther(f"/calls/{request.match_info['linkedid']}")


async def api_disclosures(request: web.Request) -> DisclosuresAnswer:
    query = query_of(request, DisclosuresQuery)
    async with context_of(request).sessions() as session:
        rows = await latest_disclosures(session, before=query.before, limit=query.limit + 1)
        shown = rows[: query.limit]
        answers = await _answers(session, me_of(request), shown)
    return DisclosuresAnswer(disclosures=answers, next=shown[-1].id if len(rows) > query.limit else None)


async def show_disclosures(request: web.Request) -> web.StreamResponse:
    return page(request, "disclosures/disclosures.html", dict(await api_disclosures(request)))


async def api_order_disclosures(request: web.Request) -> DisclosuresAnswer:
    async with context_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        return DisclosuresAnswer(
            disclosures=await _answers(session, me_of(request), await disclosures_of(session, order.id)), next=None
        )


async def show_order_disclosures(request: web.Request) -> web.StreamResponse:
    return page(request, "disclosures/order_disclosures.html", dict(await api_order_disclosures(request)))


async def _wanted(request: web.Request) -> DisclosureRequest:
    return read(DisclosureRequest, {"reason": str((await request.post()).get("reason", "")).strip()})


async def _disclose_order(request: web.Request, wanted: DisclosureRequest) -> IdentityAnswer:
    async with watched(request) as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        row = await _write_down(session, request, wanted, order, confidential=stays_unnamed(order))
        return IdentityAnswer(name=order.citizen_name, phone=order.citizen_phone, until_at=row.until_at)


async def _disclose_call(request: web.Request, wanted: DisclosureRequest) -> IdentityAnswer:
    linkedid, me = request.match_info["linkedid"], me_of(request)
    async with watched(request) as session:
        call = await session.get(Call, linkedid)
        linked = (await orders_of(session, [linkedid]))[linkedid]
        if call is None or not may_open(me, linked):
            raise NotFound("没有这通电话。")
        secret = any(stays_unnamed(order) for order, _ in linked)
        row = await _write_down(
            session, request, wanted, linked[0][0] if linked else None, linkedid=linkedid, confidential=secret
        )
        return IdentityAnswer(name="", phone=call.caller_number, until_at=row.until_at)


async def _write_down(
    session: AsyncSession,
    request: web.Request,
    wanted: DisclosureRequest,
    order: Order | None,
    *,
    linkedid: str = "",
    confidential: bool,
) -> Disclosure:
    return await disclose(
        session,
        me_of(request),
        listener_of(request),
        order=order,
        linkedid=linkedid,
        confidential=confidential,
        reason=wanted.reason,
        place=request.path,
        minutes=context_of(request).settings.web.identity_minutes,
        at=clock.now(),
    )


async def _answers(session: AsyncSession, me: Me, rows: Sequence[Disclosure]) -> list[DisclosureAnswer]:
    """A reason may name the citizen; a reader of the disclosures must not learn the name by that. It is redacted by the
    order that was looked at and, of a call, by all orders that it belongs to now and by its own numbers."""
    ids = {row.order_id for row in rows if row.order_id is not None}
    orders = {order.id: order for order in await session.scalars(select(Order).where(Order.id.in_(ids)))}
    linkedids = [row.linkedid for row in rows if row.linkedid]
    linked = await orders_of(session, linkedids)
    calls = {call.linkedid: call for call in await session.scalars(select(Call).where(Call.linkedid.in_(linkedids)))}
    answers = []
    for row in rows:
        about = [order for order, _ in linked[row.linkedid]]
        if row.order_id in orders:
            about.append(orders[row.order_id])
        redactor = CLEAR if gave(me, row.account_id, row.role) else redactor_of_all(about, calls.get(row.linkedid))
        answers.append(_answer(row, redactor))
    return answers


def _answer(row: Disclosure, redactor: Redactor) -> DisclosureAnswer:
    return DisclosureAnswer(
        id=row.id,
        at=row.at,
        until_at=row.until_at,
        display_name=row.display_name,
        account_name=row.account_name,
        role=row.role,
        order=row.order_number,
        linkedid=row.linkedid,
        by_name=row.by_name,
        confidential=row.confidential,
        reason=redactor.text(row.reason),
        place=row.place,
        address=row.address,
    )


ROUTES = [
    Route("GET", "/disclosures", "disclosures", show_disclosures, READS_DISCLOSURES, query=DisclosuresQuery),
    Route("GET", "/orders/{number}/disclosures", "order_disclosures", show_order_disclosures, READS_DISCLOSURES),
    Route("POST", "/orders/{number}/identity", "submit_disclose_order", submit_disclose_order, MAY_DISCLOSE),
    Route("POST", "/calls/{linkedid}/identity", "submit_disclose_call", submit_disclose_call, MAY_DISCLOSE & HALL),
    Route(
        "GET", "/api/disclosures", "list_disclosures", api_disclosures, READS_DISCLOSURES,
        says="谁查看过诉求人，新的在前", query=DisclosuresQuery, answer=DisclosuresAnswer,
    ),
    Route(
        "GET", "/api/orders/{number}/disclosures", "list_order_disclosures", api_order_disclosures, READS_DISCLOSURES,
        says="谁查看过这张工单的诉求人", answer=DisclosuresAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/identity", "disclose_order", api_disclose_order, MAY_DISCLOSE,
        says="说明理由，查看诉求人的姓名和号码（留痕，限时）", body=DisclosureRequest, answer=IdentityAnswer,
    ),
    Route(
        "POST", "/api/calls/{linkedid}/identity", "disclose_call", api_disclose_call, MAY_DISCLOSE & HALL,
        says="说明理由，查看一通电话的号码（留痕，限时）", body=DisclosureRequest, answer=IdentityAnswer,
    ),
]  # fmt: skip
