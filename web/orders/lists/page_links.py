"""Addresses of the lists of calls and orders with their filters. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from web.calls.schemas import CallsQuery


def calls_address(query: CallsQuery, after: str | None = None) -> str:
    """The calls page with these filters; the same page unless `after` is given."""
    before = query.before and query.before.isoformat()
    days = {"first": query.first and query.first.isoformat(), "last": query.last and query.last.isoformat()}
    filters = {
        "q": query.q,
        **days,
        "outcome": query.outcome,
        "direction": query.direction,
        "before": before,
        "after": after or query.after,
    }
    return _address("/calls", {name: value for name, value in filters.items() if value})


def calls_of_outcome(query: CallsQuery, outcome: str | None) -> str:
    """The calls page with the same filters but this outcome (None: all), from its beginning."""
    return calls_address(query.model_copy(update={"outcome": outcome, "after": ""}))


def orders_address(filters: Mapping[str, Any], after: str | None, before: str | None = None) -> str:
    place = {"after": after} if after else {"before": before} if before else {}
    return _address("/orders", {**filters, **place})


def order_address(number: str, kept: str, done: str = "") -> str:
    """The order's page, with the list from which it is opened (`kept`: what stands after the ? of the list's address).
    `done`: another order, which was just dispatched."""
    query = {"in": kept, "done": done}
    return _address(f"/orders/{number}", {name: value for name, value in query.items() if value})


def _address(path: str, query: Mapping[str, Any]) -> str:
    given = {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in query.items()}
    return f"{path}?{urlencode(given)}" if given else path
