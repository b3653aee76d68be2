"""Lists of orders: filters, Chinese text search, and paging that neither skips nor repeats while orders come in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    any_,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, undefer

from core.numbers.phone import number_keys
from core.texts.normal_form import asked_words
from core.texts.search import is_piece, like_pattern, search_query
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.orders.families.family import may_name_confidential
from dispatch.orders.models import CoHandlingOffice, Order, OrderCall
from dispatch.orders.sorting import ListSort, PageStart, key_of, sort_query
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
    phone_ending: str = ""
    """The last digits of a mobile's number, as its mask shows them: found besides what `text` finds. In a family with a
    confidential reporter, whose number no mask shows, only orders that are `known`."""
    known: frozenset[int] = frozenset()
    """Ids of the orders whose citizen is shown to whoever asks just now."""
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
    """Where the following page begins; None: this was the last."""
    before: str | None
    """Where the page before ends; None: this was the first."""


BEGINNING = PageStart()
MOST_COUNTED = 1000
"""Whoever has more hits needs a filter, not their number."""


async def list_orders(
    session: AsyncSession,
    wanted: Filter,
    *,
    sort: ListSort = ListSort.NEWEST,
    place: PageStart = BEGINNING,
    limit: int = PAGE,
) -> Page:
    """A page of the orders that are wanted."""
    read = select(Order).options(undefer(Order.nearest_limit_at))
    rows = sort_query(read.where(Order.id.in_(_found(wanted, sort, place, limit + 1))), sort, place, limit + 1)
    found = (await session.scalars(rows)).all()
    more, found = len(found) > limit, found[:limit]
    backwards = place.backwards and place.order is not None
    if backwards:
        found = found[::-1]
    if not found:
        return Page(found, None, None)
    first, last = key_of(found[0], sort), key_of(found[-1], sort)
    behind, ahead = (True, more) if backwards else (more, place.order is not None)
    return Page(found, last if behind else None, first if ahead else None)


async def count_orders(session: AsyncSession, wanted: Filter, *, sort: ListSort = ListSort.NEWEST) -> int:
    """How many are wanted; MOST_COUNTED + 1: more than that."""
    found = select(_found(wanted, sort, BEGINNING, MOST_COUNTED + 1).subquery().c.id).limit(MOST_COUNTED + 1)
    return await session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _found(wanted: Filter, sort: ListSort, place: PageStart, limit: int) -> Select[Any] | CompoundSelect[Any]:
    """Ids of the orders from `place` on, at least `limit` where there are so many."""
    ways = [] if wanted.phone_ending and not wanted.text else [_conditions(wanted)]
    if wanted.text and wanted.said is not None:
        ways.append(_heard(wanted, wanted.said))
    if wanted.phone_ending:
        ways.append(_ends(wanted))
    found = [sort_query(select(Order.id).where(*way), sort, place, limit) for way in ways]
    # The first of each, then the first of all: one query over all at once would use no index.
    return union(*found) if len(found) > 1 else found[0]


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
        helped = select(CoHandlingOffice.order_id).where(CoHandlingOffice.office_code == wanted.office)
        # An array: both halves have an index then, where an office has few of a million orders.
        conditions.append(
            or_(Order.lead_office_code == wanted.office, Order.id == any_(func.array(helped.scalar_subquery())))
        )
    if wanted.waiting is not None:
        conditions.append(wanted.waiting)
    if wanted.received_from:
        conditions.append(Order.received_at >= wanted.received_from)
    if wanted.received_before:
        conditions.append(Order.received_at < wanted.received_before)
    return conditions


def _ends(wanted: Filter) -> list[ColumnElement[bool]]:
    """By the last digits of the citizen's number."""
    return [
        *_conditions(wanted, text=False),
        Order.phone_endings.contains([wanted.phone_ending]),
        or_(~may_name_confidential(Order.id), Order.id.in_(wanted.known)),
    ]


async def orders_of_name(session: AsyncSession, name: str, *, limit: int) -> Sequence[Order]:
    """Whose citizen's name is exactly this, newest first. None of a family with a confidential reporter, whoever asks:
    else one would learn by trying who the reporter is."""
    found = select(Order).where(Order.citizen_name == name, Order.citizen_name != "")
    newest = found.where(~may_name_confidential(Order.id)).order_by(Order.received_at.desc(), Order.id.desc())
    return (await session.scalars(newest.limit(limit))).all()


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
