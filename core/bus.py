"""Live facts for screens: PostgreSQL LISTEN/NOTIFY, ids only (and what is just being spoken, which nobody stores).

A change is sent by the transaction that makes it true, so nobody hears of what was rolled back. A lost
change costs a refresh and never data: whoever listens reads the rows again after `Reconnected`.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

log = structlog.get_logger()

CHANNEL = "hotline"


@dataclass(frozen=True)
class Change:
    """Something about one thing changed; whoever cares reads it."""

    topic: str
    """call, order, assignment, agent, transcript, recording, … or `reconnected`: all may have changed."""
    id: str


RECONNECTED = Change("reconnected", "")
REMEMBERED = 1000
"""Changes kept for a subscriber with an older mark."""


async def publish(session: AsyncSession, topic: str, id: object) -> None:
    """Notify all listeners, when this transaction commits, that `topic`'s thing `id` changed."""
    payload = json.dumps([topic, str(id)])
    await session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


class Bus:
    """One listening connection of this process, fanned out to any number of subscribers."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._subscribers: set[asyncio.Queue[Change]] = set()
        self.listening = asyncio.Event()
        self._epoch = secrets.token_hex(4)
        self._count = 0
        self._remembered: deque[Change] = deque(maxlen=REMEMBERED)

    @property
    def mark(self) -> str:
        """How far the changes have come: with what is read from now on, `subscribe(since=mark)` misses nothing."""
        return f"{self._epoch}-{self._count}"

    async def run(self) -> None:
        """Listen for ever; a lost connection is made again with back-off."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((psycopg.Error, OSError)), wait=wait_random_exponential(0.2, max=5)
        )
        async for attempt in retrying:
            with attempt:
                await self._listen()

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=10)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            self._spread(RECONNECTED)
            try:
                async for notify in connection.notifies():
                    self._spread(Change(*json.loads(notify.payload)))
            finally:
                self.listening.clear()
        raise psycopg.OperationalError("the listening connection was closed")

    def _spread(self, change: Change) -> None:
        self._count += 1
        self._remembered.append(change)
        for queue in self._subscribers:
            if queue.full():
                # A subscriber this far behind is asked to read everything again instead of every step.
                while not queue.empty():
                    queue.get_nowait()
                change = RECONNECTED
            queue.put_nowait(change)

    @asynccontextmanager
    async def subscribe(self, since: str = "") -> AsyncIterator[asyncio.Queue[Change]]:
        """A queue of all changes from now on, and of those since a mark. Filter by topic."""
        queue: asyncio.Queue[Change] = asyncio.Queue(maxsize=1000)
        for change in self._since(since) if since else ():
            queue.put_nowait(change)
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    def _since(self, mark: str) -> list[Change]:
        """Of another process, or too long ago to know: all may have changed."""
        epoch, _, count = mark.partition("-")
        if epoch != self._epoch or not count.isdecimal():
            return [RECONNECTED]
        missed = self._count - int(count[:18])
        if not 0 <= missed <= len(self._remembered):
            return [RECONNECTED]
        return list(self._remembered)[len(self._remembered) - missed :]
