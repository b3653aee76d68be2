"""How a list of orders is sorted, and its pages in both directions. No page skips or repeats an order while others come
in: a page begins where another order stands, not at a number."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.paging import page_key, parse_key
from dispatch.orders.models import Order

_LONGEST_ID = 18


class ListSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    LIMIT = "limit"
    """The limit that ends first. Only orders that are not over have limits; the others are left out."""


_INSTANTS: Mapping[ListSort, InstrumentedAttribute[dt.datetime]] = {
    ListSort.NEWEST: Order.received_at,
    ListSort.OLDEST: Order.received_at,
    ListSort.LIMIT: Order.nearest_limit_at,
}


@dataclass(frozen=True)
class PageStart:
    """Where a page begins: after an order, or (`backwards`) before it; without one at the beginning."""

    key: str | None = None
    """What `key_of` gave. One that is not ours means the beginning."""
    backwards: bool = False

    @property
    def order(self) -> tuple[dt.datetime, int] | None:
        key = parse_key(self.key)
        if key is None or not key[1].isdecimal() or len(key[1]) > _LONGEST_ID:
            return None
        return key[0], int(key[1])


def key_of(order: Order, sort: ListSort) -> str:
    """For the address of the page that begins at this order."""
    instant: dt.datetime = getattr(order, _INSTANTS[sort].key)
    return page_key(instant, str(order.id))


def sort_query(query: Select[Any], sort: ListSort, place: PageStart, limit: int) -> Select[Any]:
    """The `limit` orders that follow `place`; those before it nearest first."""
    instant = _INSTANTS[sort]
    if sort is ListSort.LIMIT:
        query = query.where(Order.closed_at.is_(None))
    backwards = place.backwards and place.order is not None
    falling = (sort is ListSort.NEWEST) is not backwards
    if (order := place.order) is not None:
        here = tuple_(instant, Order.id)
        query = query.where(here < order if falling else here > order)
    if falling:
        return query.order_by(instant.desc(), Order.id.desc()).limit(limit)
    return query.order_by(instant, Order.id).limit(limit)
