"""One connection: opened, kept at a pace, asked whether it still lives, and closed with its session."""

import time
from collections.abc import Coroutine
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.sessions import lasts_of, recognise
from core import clock
from web.http.routes import TOKEN, context_of, me_of
from web.http.sockets.pace import PACES, Pace
from web.sockets.open_sockets import SESSION_ENDED, SIGN_IN_AGAIN, SOCKETS, SocketHolder

log = structlog.get_logger()

HEARTBEAT_SECONDS = 20
RECHECK_SECONDS = 60
"""How often a silent connection's session is looked at again."""
LONGEST_MESSAGE_BYTES = 4096
PING, PONG = '{"type":"ping"}', '{"type":"pong"}'


async def open_socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LONGEST_MESSAGE_BYTES, compress=False)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket, SocketHolder(me_of(request).account_id, request[TOKEN]))
    return socket


def pace_of(request: web.Request) -> Pace:
    return request.app[PACES].of(me_of(request).account_id)


async def attend(socket: web.WebSocketResponse, sending: Coroutine[Any, Any, None]) -> None:
    """A client that cannot be sent to any more is disconnected, so that it reconnects and reads what it missed."""
    try:
        await sending
    except ConnectionResetError:
        log.info("socket_lost")
    except SQLAlchemyError as error:
        log.warning("socket_closed", error=str(error))
    finally:
        await socket.close()


async def is_ping(socket: web.WebSocketResponse, text: str) -> bool:
    """A page cannot see the protocol's own pings; it asks itself whether we still answer, every few seconds."""
    if text == PING:
        await socket.send_str(PONG)
    return text == PING


class SessionCheck:
    """Looks at the session behind a connection, at most once a minute, and closes the connection with it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket
        self._looked_at = time.monotonic()

    async def still_signed_in(self) -> bool:
        if self._socket.closed:
            return False
        if time.monotonic() - self._looked_at < RECHECK_SECONDS:
            return True
        self._looked_at = time.monotonic()
        app_context = context_of(self._request)
        me = await recognise(
            app_context.sessions, self._request[TOKEN], clock.now(), lasts_of(app_context.settings.web)
        )
        before = me_of(self._request)
        if me is not None and (me.role, me.office_code, me.unit_code) != (
            before.role,
            before.office_code,
            before.unit_code,
        ):
            # Its stream was decided for the former role; it reconnects with the present one.
            me = None
        if me is None:
            await self._socket.close(code=SESSION_ENDED, message=SIGN_IN_AGAIN)
        return me is not None
