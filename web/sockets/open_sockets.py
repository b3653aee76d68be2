"""All WebSockets of this process; each ends with the session behind it: a revoked token must not go on hearing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import structlog
from aiohttp import WSCloseCode, web
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.manage import TOPIC as SESSIONS
from access.accounts.models import Account
from access.accounts.sessions import find_me
from core import clock
from core.tasks import cancel, spawn
from telephony.calls.channel_names import browser_endpoint
from web.desk.phones import DESK_PHONES
from web.http.context import APP_CONTEXT, AppContext

log = structlog.get_logger()

SESSION_ENDED = 4401
SIGN_IN_AGAIN = "请重新登录".encode()


@dataclass(frozen=True)
class SocketHolder:
    """The party at the other end of a socket."""

    account_id: int
    token: str


class Sockets(WeakKeyDictionary[web.WebSocketResponse, SocketHolder | None]):
    """All open ones of this process, with whom they end; None: they look after that themselves (web.sip.views)."""

    def add(self, socket: web.WebSocketResponse, holder: SocketHolder | None = None) -> None:
        self[socket] = holder


SOCKETS = web.AppKey("sockets", Sockets)


async def close_sockets(app: web.Application) -> None:
    """On shutdown, before aiohttp waits for open connections: browsers come again by themselves."""
    sockets = app[SOCKETS]
    await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(sockets)))


async def end_with_sessions(app: web.Application) -> AsyncIterator[None]:
    """While the application runs, sockets end with the session behind them, at once."""
    watching = spawn(_end_with_sessions(app), name="sockets-end-with-sessions")
    yield
    await cancel(watching)


async def _end_with_sessions(app: web.Application) -> None:
    app_context = app[APP_CONTEXT]
    async with app_context.bus.subscribe() as changes:
        while True:
            change = await changes.get()
            if change.topic in (SESSIONS, "reconnected"):
                try:
                    await end_dead(app, app_context, None if change.topic == "reconnected" else change.id)
                except SQLAlchemyError as error:
                    # The sockets themselves look again within a minute.
                    log.warning("sessions_not_looked_at", error=str(error))


async def end_dead(app: web.Application, app_context: AppContext, account_id: str | None) -> None:
    held = [(socket, holder) for socket, holder in list(app[SOCKETS].items()) if holder is not None]
    for socket, holder in held:
        if account_id is None or str(holder.account_id) == account_id:
            async with app_context.sessions() as session:
                alive = await find_me(session, holder.token, clock.now())
            if alive is None:
                await socket.close(code=SESSION_ENDED, message=SIGN_IN_AGAIN)
    if account_id is not None:
        await _silence_closed(app, app_context, int(account_id))


async def _silence_closed(app: web.Application, app_context: AppContext, account_id: int) -> None:
    """A session that ends lets a call go on (web.sip.views); an account that is closed does not."""
    async with app_context.sessions() as session:
        account = await session.get(Account, account_id)
    if account is not None and account.disabled_at is not None and account.extension is not None:
        phone = app[DESK_PHONES].holder(browser_endpoint(account.extension))
        if phone is not None:
            await phone.socket.close(code=SESSION_ENDED, message=SIGN_IN_AGAIN)
