"""How long a connection may stand open without having asked anything whole: aiohttp itself waits for ever.

Only its first request: afterwards aiohttp's keep-alive limit holds. Bodies have their own limit
(web.http.requests.reading).
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

HEAD_SECONDS = 20.0
"""How long the head of the first request may take to arrive."""


class Patience:
    def __init__(self, seconds: float = HEAD_SECONDS) -> None:
        self._seconds = seconds
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    def awaiting(self, answer: Callable[[], web.RequestHandler]) -> Callable[[], web.RequestHandler]:
        """`answer` makes what serves one connection; the same, and it is hung up when it stays silent."""

        def accept() -> web.RequestHandler:
            handler = answer()
            self._silent[handler] = asyncio.get_running_loop().call_later(self._seconds, self._hang_up, handler)
            return handler

        return accept

    def heard(self, request: web.Request) -> None:
        """The connection has asked something."""
        if timer := self._silent.pop(request.protocol, None):
            timer.cancel()

    def _hang_up(self, handler: web.RequestHandler) -> None:
        self._silent.pop(handler, None)
        handler.force_close()


PATIENCE = web.AppKey("patience", Patience)


@web.middleware
async def hear(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    request.app[PATIENCE].heard(request)
    return await handler(request)
