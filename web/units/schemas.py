"""The crews over the API: members on shift, status, orders in hand, and position with its age."""

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
    on_shift: bool
    people: list[str]
    """Members on shift."""
    status: UnitStatus
    status_name: str
    since: dt.datetime | None
    """The current status; None: none was ever reported."""
    minutes_over: int | None
    """By how many minutes this status exceeds the city's limit; None: it does not."""
    order: OrderSummary | None
    """Because of which it stands there."""
    orders_in_hand: int
    """Accepted and not yet answered."""
    position: UnitPosition | None


class UnitsAnswer(Message):
    at: dt.datetime
    units: list[UnitAnswer]
    """Those that stand too long first, then those under way, free, off shift."""
