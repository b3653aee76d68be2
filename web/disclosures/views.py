"""Seeing a citizen's name and number on a stated reason; and who has seen whose."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.calls import may_open, orders_of
from access.visibility.disclosure_limits import TOLD, reached
from access.visibility.disclosure_models import Look
from access.visibility.disclosures import TooManyLooks, latest_looks, look, looks_of, past_looks
from access.visibility.orders import get_visible_order
from access.visibility.rules import MAY_LOOK, gave, redactor_of_order
from core import clock
from core.database import transaction
from core.errors import NotFound
from core.texts.lines import ONE_LINE
from dispatch.orders.models import Order
from dispatch.workflow import Role
from telephony.calls.models import Call
from telephony.monitoring.incidents import raise_incident
from telephony.trouble_kinds import TroubleKind
from web.http.listeners import listener_of
from web.http.pages import page
from web.http.routes import Route, body_of, house_of, me_of, query_of, read
from web.http.schemas import Message

log = structlog.get_logger()

READS_THE_LOOKS = frozenset({Role.SUPERVISOR})


class LookWish(Message):
    reason: Annotated[str, Field(max_length=400), ONE_LINE]
    """What is to be done with the citizen, in some words (core.texts.reasons)."""


class IdentityAnswer(Message):
    name: str
    phone: str
    """Empty: withheld."""
    until_at: dt.datetime
    """From then on masked again, everywhere."""


class LookAnswer(Message):
    id: int
    at: dt.datetime
    until_at: dt.datetime
    display_name: str
    account_name: str
    role: str
    order: str
    """Number; empty: a call without an order."""
    linkedid: str
    confidential: bool
    reason: str
    place: str
    """Where it was asked: path of the page or the API."""
    address: str


class LooksAnswer(Message):
    looks: list[LookAnswer]
    next: int | None
    """`before` of the next page; None: this was the last."""


class LooksQuery(Message):
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


async def api_look_at_order(request: web.Request) -> IdentityAnswer:
    return await _look_at_order(request, body_of(request, LookWish))


async def api_look_at_call(request: web.Request) -> IdentityAnswer:
    return await _look_at_call(request, body_of(request, LookWish))


async def submit_look_at_order(request: web.Request) -> web.StreamResponse:
    await _look_at_order(request, await _wish(request))
    raise web.HTTPSeeOther(f"/orders/{request.match_info['number']}")


async def submit_look_at_call(request: web.Request) -> web.StreamResponse:
    await _look_at_call(request, await _wish(request))
    raise web.HTTPSeeOther(f"/calls/{request.match_info['linkedid']}")


async def api_looks(request: web.Request) -> LooksAnswer:
    query = query_of(request, LooksQuery)
    async with house_of(request).sessions() as session:
        rows = await latest_looks(session, before=query.before, limit=query.limit + 1)
        shown = rows[: query.limit]
        answers = await _answers(session, me_of(request), shown)
    return LooksAnswer(looks=answers, next=shown[-1].id if len(rows) > query.limit else None)


async def show_looks(request: web.Request) -> web.StreamResponse:
    return page(request, "disclosures/looks.html", dict(await api_looks(request)))


async def api_order_looks(request: web.Request) -> LooksAnswer:
    async with house_of(request).sessions() as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        return LooksAnswer(looks=await _answers(session, me_of(request), await looks_of(session, order.id)), next=None)


async def show_order_looks(request: web.Request) -> web.StreamResponse:
    return page(request, "disclosures/order_looks.html", dict(await api_order_looks(request)))


@asynccontextmanager
async def _watched(request: web.Request) -> AsyncIterator[AsyncSession]:
    """A transaction for one look; supervisors are notified of many looks, and of refused ones."""
    house, me = house_of(request), me_of(request)
    try:
        async with transaction(house.sessions) as session:
            yield session
            at = clock.now()
            if (limit := reached(TOLD, await past_looks(session, me.account_id, at), at)) is not None:
                await _tell(session, request, f"{limit.words}已超过{limit.most}次", at)
    except TooManyLooks as error:
        log.warning("looks_refused", account=me.name)
        async with transaction(house.sessions) as session:
            await _tell(session, request, f"被拒绝继续查看：{error.message}", clock.now())
        raise


async def _tell(session: AsyncSession, request: web.Request, what: str, at: dt.datetime) -> None:
    me = me_of(request)
    detail = f"账号{me.name}（{me.display_name}）{what}"
    await raise_incident(session, house_of(request).settings.pbx.name, TroubleKind.MASS_LOOKS, detail, at)


async def _wish(request: web.Request) -> LookWish:
    return read(LookWish, {"reason": str((await request.post()).get("reason", "")).strip()})


async def _look_at_order(request: web.Request, wish: LookWish) -> IdentityAnswer:
    async with _watched(request) as session:
        order = await get_visible_order(session, me_of(request), request.match_info["number"])
        row = await _write_down(session, request, wish, order, confidential=order.confidential)
        return IdentityAnswer(name=order.citizen_name, phone=order.citizen_phone, until_at=row.until_at)


async def _look_at_call(request: web.Request, wish: LookWish) -> IdentityAnswer:
    linkedid, me = request.match_info["linkedid"], me_of(request)
    async with _watched(request) as session:
        call = await session.get(Call, linkedid)
        linked = (await orders_of(session, [linkedid]))[linkedid]
        if call is None or not may_open(me, linked):
            raise NotFound("没有这通电话。")
        secret = any(order.confidential for order, _ in linked)
        row = await _write_down(
            session, request, wish, linked[0][0] if linked else None, linkedid=linkedid, confidential=secret
        )
        return IdentityAnswer(name="", phone=call.caller_number, until_at=row.until_at)


async def _write_down(
    session: AsyncSession,
    request: web.Request,
    wish: LookWish,
    order: Order | None,
    *,
    linkedid: str = "",
    confidential: bool,
) -> Look:
    return await look(
        session,
        me_of(request),
        listener_of(request),
        order=order,
        linkedid=linkedid,
        confidential=confidential,
        reason=wish.reason,
        place=request.path,
        minutes=house_of(request).settings.web.identity_minutes,
        at=clock.now(),
    )


async def _answers(session: AsyncSession, me: Me, rows: Sequence[Look]) -> list[LookAnswer]:
    """A reason may name the citizen; a reader of the looks must not learn the name by that."""
    ids = {row.order_id for row in rows if row.order_id is not None}
    orders = {order.id: order for order in await session.scalars(select(Order).where(Order.id.in_(ids)))}
    return [_answer(me, row, orders.get(row.order_id or 0)) for row in rows]


def _answer(me: Me, row: Look, order: Order | None) -> LookAnswer:
    covering = None if order is None or gave(me, row.account_id, row.role) else redactor_of_order(order)
    return LookAnswer(
        id=row.id,
        at=row.at,
        until_at=row.until_at,
        display_name=row.display_name,
        account_name=row.account_name,
        role=row.role,
        order=row.order_number,
        linkedid=row.linkedid,
        confidential=row.confidential,
        reason=covering.text(row.reason) if covering else row.reason,
        place=row.place,
        address=row.address,
    )


ROUTES = [
    Route("GET", "/looks", "looks", show_looks, READS_THE_LOOKS, query=LooksQuery),
    Route("GET", "/orders/{number}/looks", "order_looks", show_order_looks, READS_THE_LOOKS),
    Route("POST", "/orders/{number}/identity", "submit_look_at_order", submit_look_at_order, MAY_LOOK),
    Route("POST", "/calls/{linkedid}/identity", "submit_look_at_call", submit_look_at_call, MAY_LOOK & HALL),
    Route(
        "GET", "/api/looks", "list_looks", api_looks, READS_THE_LOOKS,
        says="谁查看过诉求人，新的在前", query=LooksQuery, answer=LooksAnswer,
    ),
    Route(
        "GET", "/api/orders/{number}/looks", "list_order_looks", api_order_looks, READS_THE_LOOKS,
        says="谁查看过这张工单的诉求人", answer=LooksAnswer,
    ),
    Route(
        "POST", "/api/orders/{number}/identity", "look_at_order", api_look_at_order, MAY_LOOK,
        says="说明理由，查看诉求人的姓名和号码（留痕，限时）", body=LookWish, answer=IdentityAnswer,
    ),
    Route(
        "POST", "/api/calls/{linkedid}/identity", "look_at_call", api_look_at_call, MAY_LOOK & HALL,
        says="说明理由，查看一通电话的号码（留痕，限时）", body=LookWish, answer=IdentityAnswer,
    ),
]  # fmt: skip
