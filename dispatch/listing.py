"""Lists of orders: filters, Chinese text search, and paging that neither skips nor repeats while orders come in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.text import like_pattern, pieces
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.models import CoOffice, Order
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
    due_before: dt.datetime | None = None
    """Open orders whose limit is before this instant."""
    received_from: dt.datetime | None = None
    received_before: dt.datetime | None = None
    text: str = ""
    """In number, title, matter, place or answer."""


@dataclass(frozen=True)
class Page:
    orders: Sequence[Order]
    after: str | None
    """Hand this to the next call for the following page; None: this was the last."""


async def list_orders(session: AsyncSession, wanted: Filter, *, after: str | None = None, limit: int = PAGE) -> Page:
    """Newest first. An `after` that is not one of ours begins at the top."""
    query = (
        select(Order).where(*_conditions(wanted)).order_by(Order.received_at.desc(), Order.id.desc()).limit(limit + 1)
    )
    if (key := _parse_key(after)) is not None:
        query = query.where(tuple_(Order.received_at, Order.id) < key)
    found = (await session.scalars(query)).all()
    more = len(found) > limit
    return Page(found[:limit], _key(found[limit - 1]) if more else None)


async def count_orders(session: AsyncSession, wanted: Filter) -> int:
    return await session.scalar(select(func.count()).select_from(Order).where(*_conditions(wanted))) or 0


async def count_by_state(session: AsyncSession, wanted: Filter) -> dict[State, int]:
    """States without orders are left out."""
    query = select(Order.state, func.count()).where(*_conditions(wanted)).group_by(Order.state)
    return {state: count for state, count in await session.execute(query)}


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    equal = {
        Order.channel: wanted.channel,
        Order.kind: wanted.kind,
        Order.urgency: wanted.urgency,
        Order.place_town: wanted.town,
        Order.subject: wanted.subject,
        Order.unit_code: wanted.unit,
        Order.citizen_phone: wanted.citizen_phone,
    }
    conditions = [column == value for column, value in equal.items() if value]
    if wanted.states:
        conditions.append(Order.state.in_(wanted.states))
    if wanted.open_only:
        conditions.append(Order.state.not_in(FINAL))
    if wanted.office:
        helps = exists().where(CoOffice.order_id == Order.id, CoOffice.office_code == wanted.office)
        conditions.append(or_(Order.lead_office_code == wanted.office, helps))
    if wanted.due_before:
        conditions.append(and_(Order.closed_at.is_(None), Order.finish_due_at < wanted.due_before))
    if wanted.received_from:
        conditions.append(Order.received_at >= wanted.received_from)
    if wanted.received_before:
        conditions.append(Order.received_at < wanted.received_before)
    return conditions + _text_conditions(wanted.text)


def _text_conditions(words: str) -> list[ColumnElement[bool]]:
    """Every word must be there: by the index first, then checked, since pairs match where the phrase does not."""
    conditions: list[ColumnElement[bool]] = []
    for word in words.replace("\0", " ").split():
        pattern = like_pattern(word)
        columns = (Order.number, Order.title, Order.matter, Order.place, Order.public_answer)
        if query := _index_query(word):
            conditions.append(Order.search.op("@@")(func.to_tsquery("simple", query)))
        conditions.append(or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    return conditions


def _index_query(word: str) -> str:
    """What the index can narrow down: pairs of characters, and words of letters and digits by their beginning.

    One Chinese character alone may stand second in every pair: only the check finds it.
    """
    known = [piece for piece in pieces(word) if piece.isascii() or len(piece) > 1]
    return " & ".join(f"'{piece}'" + (":*" if piece.isascii() else "") for piece in known)


def _key(order: Order) -> str:
    return f"{order.received_at.timestamp():.6f}-{order.id}"


def _parse_key(after: str | None) -> tuple[dt.datetime, int] | None:
    try:
        instant, _, order_id = (after or "").partition("-")
        return dt.datetime.fromtimestamp(float(instant), dt.UTC), int(order_id)
    except (ValueError, OverflowError, OSError):
        return None
