"""How often a password may be guessed: pure, in the memory of this process.

Memory, not the database: a flood of guesses must not become a flood of writes, and with a few processes the
allowance grows by their number only.
"""

import datetime as dt
from collections import OrderedDict

ALLOWED = 5
"""Failures in a row before waiting begins."""
FIRST_WAIT = dt.timedelta(seconds=15)
LONGEST_WAIT = dt.timedelta(minutes=15)
REMEMBERED = 20_000


class Throttle:
    """Failures per key (account name and address); each one after the allowed doubles the wait."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, dt.datetime]] = OrderedDict()

    def wait(self, name: str, address: str, at: dt.datetime) -> dt.timedelta:
        """How long this address must still wait before it may try this name; zero: it may."""
        count, last = self._failures.get((name, address), (0, at))
        if count < ALLOWED:
            return dt.timedelta()
        # The exponent is bounded because a timedelta overflows before patience does.
        pause = min(FIRST_WAIT * (1 << min(count - ALLOWED, 10)), LONGEST_WAIT)
        return max(last + pause - at, dt.timedelta())

    def failed(self, name: str, address: str, at: dt.datetime) -> None:
        count, last = self._failures.pop((name, address), (0, at))
        self._failures[name, address] = (1 if at - last > LONGEST_WAIT * 2 else count + 1, at)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        self._failures.pop((name, address), None)
