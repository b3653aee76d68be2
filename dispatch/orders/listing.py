"""Lists of orders: filters, Chinese text search, and paging that neither skips nor repeats while orders come in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    exists,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.numbers.phone import number_keys
from core.paging import page_key, parse_key
from core.texts.normal_form import asked_words
from core.texts.search import is_piece, like_pattern, search_query
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.orders.models import CoHandlingOffice, Order, OrderCall
from dispatch.workflow import FINAL, State

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What is wanted; None and "": all. Orders that a person may not see are kept out by `office` and `unit`."""

    states: tuple[State, ...] = ()
    open_only: bool = False
    channel: Channel | None = None
    kind: Kind | None = None
    urgency: Urgency | None = None
    town: str | None = None
    subject: str | None = None
    office: str | None = None
    """Leads or helps."""
    unit: str | None = None
    citizen_phone: str = ""
    """In any spelling; for those who may ask whose a number is."""
    waiting: ColumnElement[bool] | None = None
    """dispatch.orders.work_queues.waits."""
    received_from: dt.datetime | None = None
    received_before: dt.datetime | None = None
    text: str = ""
    """In number, title, matter, place, answer or any reply."""
    said: Select[str] | None = None
    """Selects the calls (linkedid) in which the text was said: what was said on an order's call finds it too."""


@dataclass(frozen=True)
class Page:
    orders: Sequence[Order]
    after: str | None
    """Hand this to the next call for the following page; None: this was the last."""


async def list_orders(session: AsyncSession, wanted: Filter, *, after: str | None = None, limit: int = PAGE) -> Page:
    """Newest first. An `after` that is not one of ours begins at the top."""
    found_by: Select[Any] | CompoundSelect[Any] = _newest(
        select(Order.id).where(*_conditions(wanted)), after, limit + 1
    )
    if wanted.text and wanted.said is not None:
        # The newest of each, then the newest of both: one query over both at once would use neither index.
        found_by = union(found_by, _newest(select(Order.id).where(*_heard(wanted, wanted.said)), after, limit + 1))
    found = (await session.scalars(_newest(select(Order).where(Order.id.in_(found_by)), None, limit + 1))).all()
    more = len(found) > limit
    last = found[:limit][-1:]
    return Page(found[:limit], page_key(last[0].received_at, str(last[0].id)) if more and last else None)


def _newest(query: Select[Any], after: str | None, limit: int) -> Select[Any]:
    if (key := parse_key(after)) is not None and key[1].isdecimal() and len(key[1]) <= 18:
        query = query.where(tuple_(Order.received_at, Order.id) < (key[0], int(key[1])))
    return query.order_by(Order.received_at.desc(), Order.id.desc()).limit(limit)


def _conditions(wanted: Filter, *, text: bool = True) -> list[ColumnElement[bool]]:
    equal = {
        Order.channel: wanted.channel,
        Order.kind: wanted.kind,
        Order.urgency: wanted.urgency,
        Order.place_town: wanted.town,
        Order.subject: wanted.subject,
        Order.unit_code: wanted.unit,
    }
    conditions = [column == value for column, value in equal.items() if value]
    conditions += _text_conditions(wanted.text) if text else []
    if wanted.citizen_phone:
        conditions.append(Order.phone_keys.overlap([*number_keys(wanted.citizen_phone)]))
    if wanted.states:
        conditions.append(Order.state.in_(wanted.states))
    if wanted.open_only:
        conditions.append(Order.state.not_in(FINAL))
    if wanted.office:
        helps = exists().where(CoHandlingOffice.order_id == Order.id, CoHandlingOffice.office_code == wanted.office)
        conditions.append(or_(Order.lead_office_code == wanted.office, helps))
    if wanted.waiting is not None:
        conditions.append(wanted.waiting)
    if wanted.received_from:
        conditions.append(Order.received_at >= wanted.received_from)
    if wanted.received_before:
        conditions.append(Order.received_at < wanted.received_before)
    return conditions


def _heard(wanted: Filter, said: Select[str]) -> list[ColumnElement[bool]]:
    """What was said on a call of theirs; never what somebody said who wishes to stay unnamed."""
    other_call, other = aliased(OrderCall), aliased(Order)
    secret = exists().where(
        other_call.linkedid == OrderCall.linkedid,
        other_call.order_id != OrderCall.order_id,
        other.id == other_call.order_id,
        other.confidential,
    )
    heard = exists().where(OrderCall.order_id == Order.id, OrderCall.linkedid.in_(said), ~secret)
    return [*_conditions(wanted, text=False), ~Order.confidential, heard]


def _text_conditions(words: str) -> list[ColumnElement[bool]]:
    """Every word must be there: by the index, then checked where its pieces can stand without it. In the covered text
    only, whoever asks."""
    conditions: list[ColumnElement[bool]] = []
    for word in asked_words(words):
        if query := search_query(word):
            conditions.append(Order.search.op("@@")(func.to_tsquery("simple", query)))
        if not is_piece(word):
            conditions.append(Order.search_text.like(like_pattern(word)))
    return conditions
