"""The crews over the API: who is on duty, on which rung, with what in hand, and where, with the position's age."""

import datetime as dt

from dispatch.crews.rules import UnitStatus
from web.http.schemas import Message
from web.orders.schemas import OrderSummary


class UnitPosition(Message):
    """The newest one; degrees, WGS 84."""

    latitude: float
    longitude: float
    accuracy_metres: float
    taken_at: dt.datetime
    fresh: bool
    """Only then is the crew chosen by it."""


class UnitAnswer(Message):
    code: str
    name: str
    trade: str
    """In Chinese."""
    on_duty: bool
    people: list[str]
    """Who is on duty."""
    status: UnitStatus
    status_name: str
    since: dt.datetime | None
    """On this rung; None: it never told us of any."""
    minutes_over: int | None
    """So many minutes longer than the city allows on this rung; None: it is not."""
    order: OrderSummary | None
    """Because of which it stands there."""
    orders_in_hand: int
    """Accepted and not yet answered."""
    position: UnitPosition | None


class UnitsAnswer(Message):
    at: dt.datetime
    units: list[UnitAnswer]
    """Those that stand too long first, then those under way, free, off duty."""
