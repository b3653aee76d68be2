"""What one account may hold at a time: WebSockets, each costing a task and work for each event; uploads, each its
memory.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from core.errors import TooManyTries

SOCKETS_AN_ACCOUNT = 60
"""An office's account is used at several desks, each with some windows."""
UPLOADS_A_SENDER = 4
"""Pages send a form's files one after the other; an office has several desks."""


class SocketPlaces:
    def __init__(self, each: int = SOCKETS_AN_ACCOUNT) -> None:
        self._each = each
        self._taken: Counter[int] = Counter()

    @contextmanager
    def take(self, account_id: int) -> Iterator[None]:
        """Held while the socket is open. Raises TooManyTries."""
        if self._taken[account_id] >= self._each:
            raise TooManyTries("这个账号打开的窗口太多，请关掉一些再试。")
        self._taken[account_id] += 1
        try:
            yield
        finally:
            self._taken[account_id] -= 1
            if not self._taken[account_id]:
                del self._taken[account_id]


class UploadPlaces:
    """Files are read into memory whole: a limited number of one sender at a time; the next wait unread, and nobody else
    does.
    """

    def __init__(self, each: int = UPLOADS_A_SENDER) -> None:
        self._each = each
        self._senders: dict[str, asyncio.Semaphore] = {}
        self._here: Counter[str] = Counter()

    @asynccontextmanager
    async def take(self, sender: str) -> AsyncIterator[None]:
        places = self._senders.setdefault(sender, asyncio.Semaphore(self._each))
        self._here[sender] += 1
        try:
            async with places:
                yield
        finally:
            self._here[sender] -= 1
            if not self._here[sender]:
                del self._here[sender], self._senders[sender]


UPLOAD_PLACES = web.AppKey("upload_places", UploadPlaces)
SOCKET_PLACES = web.AppKey("socket_places", SocketPlaces)
