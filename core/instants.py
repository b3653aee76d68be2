"""Which instants, days and numbers can be meant at all: what lies outside was mistyped, or sent to do harm.

PostgreSQL keeps instants that Python cannot read (before the year 1), so one such row makes every list fail that holds
it; sums near the year 9999 fail in Python; and a number beyond a column's fails in the database. All that comes from
outside is held to these bounds (tests/unit/web/test_bounds.py walks every route), and a row that is out of them all the
same is read as the nearest that can be.
"""

import datetime as dt
from typing import Annotated, Any

from psycopg import AsyncConnection, DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

EARLIEST = dt.datetime(1950, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def _out_of_bounds() -> PydanticCustomError:
    return PydanticCustomError(
        "out_of_bounds",
        "must lie between the years {first} and {last}",
        {"first": EARLIEST.year, "last": LATEST.year - 1},
    )


def _bounded_instant(instant: dt.datetime) -> dt.datetime:
    if not EARLIEST <= instant < LATEST:
        raise _out_of_bounds()
    return instant


def _bounded_day(day: dt.date) -> dt.date:
    if not EARLIEST.year <= day.year < LATEST.year:
        raise _out_of_bounds()
    return day


Instant = Annotated[AwareDatetime, AfterValidator(_bounded_instant)]
"""An instant with its zone."""
Day = Annotated[dt.date, AfterValidator(_bounded_day)]
Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""What a column of whole numbers holds."""
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The id of a row."""


def read_all_instants(connection: AsyncConnection[Any]) -> None:
    """Have `connection` read instants and days that Python has not as EARLIEST or LATEST, so that a list can be shown
    and what is wrong be put right on its page."""
    for name, least, most in (
        ("timestamptz", EARLIEST, LATEST),
        ("date", EARLIEST.date(), LATEST.date()),
    ):
        oid = connection.adapters.types[name].oid
        known = connection.adapters.get_loader(oid, Format.TEXT)
        assert known is not None
        connection.adapters.register_loader(oid, _nearest(known, least, most))


def _nearest(known: type[Any], least: object, most: object) -> type[Loader]:
    class Nearest(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._load = known(oid, context).load

        def load(self, data: Buffer) -> Any:
            try:
                return self._load(data)
            except DataError:
                text = bytes(data)
                return least if text.endswith(b"BC") or text.startswith(b"-") else most

    return Nearest
