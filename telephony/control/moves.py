"""Moves within the room, one after the other, each awaited: the next key finds the call as the last one left it.

Asterisk answers a Redirect before the channel has moved: for tens of milliseconds, on a busy machine for longer, its
channels stand in CoreShowChannels where they were. Two keys pressed one upon the other were lost by that: the second
saw the citizen where the first was only about to take them from, and did nothing. Who was to hear music then heard
what the agent said.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakValueDictionary

from telephony.control.parties import Parties

ARRIVAL_SECONDS = 5.0
"""How long a channel may be on its way; one that hangs up never arrives."""
LOOK_SECONDS = 0.05


class Turns:
    """One after the other on each call, in the order in which they came; another call's wait for nobody."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, linkedid: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(linkedid, asyncio.Lock()):
            yield


class Moves:
    def __init__(self, read: Callable[[str], Awaitable[Parties]]) -> None:
        """`read`: the parties of a call (linkedid) as they are now; raises Conflict when it is over."""
        self._read = read
        self._turns = Turns()

    def turn(self, linkedid: str) -> AbstractAsyncContextManager[None]:
        """Nobody else moves the parties of this call meanwhile."""
        return self._turns.of(linkedid)

    async def until(self, linkedid: str, ready: Callable[[Parties], bool]) -> Parties:
        """The parties once they are `ready`, or as they are after ARRIVAL_SECONDS. Raises Conflict when it is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ARRIVAL_SECONDS
        while True:
            parties = await self._read(linkedid)
            if ready(parties) or loop.time() > deadline:
                return parties
            await asyncio.sleep(LOOK_SECONDS)
