"""Which instants and dates can be meant at all: what lies outside was mistyped, or sent to do harm. Pure.

PostgreSQL keeps instants that Python cannot read (before the year 1), so one such row makes every list fail that holds
it; and sums near the year 9999 fail in Python. Every instant that comes from outside is held to these bounds.
"""

import datetime as dt

EARLIEST = dt.datetime(1950, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
