"""How fast one account may ask for something over its sockets, each time some questions to the database: what comes
faster waits, and meanwhile nothing more is read from that socket.
"""

import asyncio
from weakref import WeakValueDictionary

from aiohttp import web

BURST = 60
"""An office that comes back acknowledges all that waited; each of an agent's windows asks for the present call."""
A_SECOND = 10.0


class Pace:
    """Whoever asks slower than `A_SECOND` never waits."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._counted_at = 0.0

    def seconds(self, at: float) -> float:
        """How long what comes at this instant (monotonic seconds) must wait; it is counted."""
        self._left = min(float(BURST), self._left + (at - self._counted_at) * A_SECOND) - 1
        self._counted_at = at
        return max(0.0, -self._left / A_SECOND)

    async def wait(self) -> None:
        if (seconds := self.seconds(asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(seconds)


class Paces(WeakValueDictionary[int, Pace]):
    """By account; one is there while a socket of its account holds it."""

    def of(self, account_id: int) -> Pace:
        return self.setdefault(account_id, Pace())


PACES = web.AppKey("paces", Paces)
