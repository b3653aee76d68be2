"""The web's sockets, as a screen hears them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.web_rig import WebRig

Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def inbox(web_rig: WebRig, token: str, path: str = "/ws/inbox") -> AsyncIterator[Socket]:
    headers = {"Authorization": f"Bearer {token}"}
    async with web_rig.client.ws_connect(web_rig.url + path, headers=headers) as socket:
        yield socket


async def hear(socket: Socket, **wanted: Any) -> dict[str, Any]:
    """The next message with these fields; others are passed over."""
    while True:
        said: dict[str, Any] = await socket.receive_json(timeout=60)
        if wanted.items() <= said.items():
            return said
