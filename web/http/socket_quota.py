"""How many WebSockets an account may hold at a time: each costs a task and the house's attention."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from core.errors import TooManyTries

SOCKETS_AN_ACCOUNT = 60
"""An office's account is used at several desks, each with some windows."""


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


SOCKET_PLACES = web.AppKey("socket_places", SocketPlaces)
