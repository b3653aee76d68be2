"""Addresses of the lists of calls and orders with their filters. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from web.calls.schemas import CallsQuery


def calls_address(query: CallsQuery, after: str | None = None) -> str:
    """The calls page with these filters; the same page unless `after` is given."""
    before = query.before and query.before.isoformat()
    filters = {"outcome": query.outcome, "direction": query.direction, "before": before, "after": after or query.after}
    return _address("/calls", {name: value for name, value in filters.items() if value})


def orders_address(filters: Mapping[str, Any], after: str | None) -> str:
    return _address("/orders", {**filters, **({"after": after} if after else {})})


def _address(path: str, query: Mapping[str, Any]) -> str:
    given = {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in query.items()}
    return f"{path}?{urlencode(given)}" if given else path
