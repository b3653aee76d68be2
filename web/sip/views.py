"""The browser's telephone reaches the exchange through us: same origin, same certificate, same session.

Asterisk's own WebSocket stays on the loopback. What passes is SIP as text; requests are signed here (web.sip.digest),
for the telephone of the agent who is signed in and for no other. Sound does not come this way: browser and exchange
send it to one another directly (DTLS-SRTP over UDP).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, ClientWSTimeout, WSMsgType, web
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.roles import PHONES
from access.accounts.sessions import find_me
from core import clock
from core.errors import BadInput, Unavailable
from core.tasks import cancel, spawn
from telephony.calls.channel_names import browser_endpoint
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, pbx_settings
from web.desk.phones import DESK_PHONES, TAKEN
from web.http.routes import TOKEN, Route, context_of, me_of
from web.sip.calls import SipCalls
from web.sip.digest import ForeignAccount, sign
from web.sip.identity import check_speaker
from web.sockets.open_sockets import SOCKETS

log = structlog.get_logger()

LARGEST_MESSAGE_BYTES = 64 * 1024
HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 5
CLOSE_SECONDS = 1
"""Asterisk drops the connection without the farewell that is waited for."""
RECHECK_SECONDS = 5
"""A stolen session that was ended holds the telephone no longer than this, and the call that it is in."""
LAST_WORDS_SECONDS = 1
"""After the call that outlived its session, for the farewell to be answered."""
EXCHANGE_AWAY = 4503
SESSION_ENDED = 4401
FORBIDDEN = 4403


@dataclass(frozen=True)
class SocketSpeaker:
    """In whose name a socket may speak."""

    account: str
    password: str
    others: frozenset[str]
    """All further names that the exchange knows."""


async def sip_socket(request: web.Request) -> web.StreamResponse:
    """Passes SIP both ways until either side ends, the session does, or another window takes the telephone.

    A session that ends in mid-call ends nobody's call: what belongs to it passes until it is over, and only that.

    Raises Unavailable before the socket is accepted where the exchange does not answer: a door that opens and shuts at
    once would be a success to the telephone, which then comes again every second.
    """
    extension = me_of(request).extension
    if extension is None:
        raise BadInput("这个账号没有分机号，请联系系统管理员。")
    account = browser_endpoint(extension)
    pbx = pbx_settings(context_of(request).settings)
    password = (await asyncio.to_thread(load_secrets, pbx)).phones.get(account)
    if password is None:
        raise Unavailable(f"电话系统没有分机 {extension}，请联系系统管理员。")
    socket = web.WebSocketResponse(
        protocols=("sip",), heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE_BYTES, compress=False
    )
    if not socket.can_prepare(request):
        raise BadInput("这个地址只供坐席台的软电话使用。")
    speaker = SocketSpeaker(account, password, frozenset({*pbx.phones(), "trunk"} - {account}))
    async with _exchange(pbx, account) as exchange:
        await socket.prepare(request)
        request.app[SOCKETS].add(socket)
        if not await _may_hold(request, account, socket):
            return socket
        code, words = EXCHANGE_AWAY, "电话系统暂时没有回应"
        try:
            code, words = await _pass_both_ways(request, socket, exchange, speaker)
            log.info("sip_socket_ended", account=account, browser=socket.close_code, code=code)
        finally:
            request.app[DESK_PHONES].leave(account, socket)
            await socket.close(code=code, message=words.encode())
    return socket


@asynccontextmanager
async def _exchange(pbx: PbxSettings, account: str) -> AsyncIterator[ClientWebSocketResponse]:
    """Asterisk's own WebSocket. Raises Unavailable."""
    async with ClientSession(timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)) as client:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                exchange = await client.ws_connect(
                    f"http://{pbx.http_host}:{pbx.http_port}/ws",
                    protocols=("sip",),
                    max_msg_size=LARGEST_MESSAGE_BYTES,
                    timeout=ClientWSTimeout(ws_close=CLOSE_SECONDS),
                )
        except (ClientError, TimeoutError) as error:
            log.warning("exchange_away", account=account, error=str(error))
            raise Unavailable("the exchange does not answer") from error
        async with exchange:
            yield exchange


async def _may_hold(request: web.Request, account: str, socket: web.WebSocketResponse) -> bool:
    """Another window's telephone is taken only by one who says so."""
    phones, window = request.app[DESK_PHONES], request.query.get("window", "")
    if phones.held_elsewhere(account, window) and "take" not in request.query:
        await socket.close(code=TAKEN, message="另一个窗口正在接听电话".encode())
        return False
    if before := phones.take(account, window, socket):
        await before.socket.close(code=TAKEN, message="电话已由另一个窗口接管".encode())
    return True


async def _pass_both_ways(
    request: web.Request,
    socket: web.WebSocketResponse,
    exchange: ClientWebSocketResponse,
    speaker: SocketSpeaker,
) -> tuple[int, str]:
    """Returns when one side has ended, or the session: with what code and words the browser's is to be closed."""
    account, passing = speaker.account, _Passing()
    from_browser = spawn(_to_exchange(socket, exchange, speaker, passing), name=f"sip from {account}")
    session = spawn(_until_it_may_close(request, account, passing), name=f"session of {account}")
    ways = [from_browser, session, spawn(_to_browser(exchange, socket, passing), name=f"sip to {account}")]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if session.done():
            return SESSION_ENDED, "登录已结束，请重新登录"
        if from_browser.done() and from_browser.result():
            return FORBIDDEN, "只能使用自己的分机"
        return EXCHANGE_AWAY, "电话系统暂时没有回应"
    finally:
        for way in ways:
            await cancel(way)


@dataclass
class _Passing:
    """What both ways of one connection know."""

    calls: SipCalls = field(default_factory=SipCalls)
    no_call: asyncio.Event = field(default_factory=asyncio.Event)
    signed_out: bool = False

    def saw(self, message: str, *, from_page: bool) -> None:
        self.calls.saw(message, from_page=from_page)
        if self.calls.in_progress:
            self.no_call.clear()
        else:
            self.no_call.set()


async def _to_exchange(
    socket: web.WebSocketResponse, exchange: ClientWebSocketResponse, speaker: SocketSpeaker, passing: _Passing
) -> bool:
    """Whether it ended because of another's account."""
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        if passing.signed_out and not passing.calls.may_pass(message.data):
            log.warning("sip_without_a_session", account=speaker.account, start=message.data.partition(" ")[0][:20])
            continue
        try:
            check_speaker(message.data, speaker.account, speaker.others)
            passing.saw(message.data, from_page=True)
            await exchange.send_str(sign(message.data, speaker.account, speaker.password))
        except ForeignAccount as error:
            log.warning("foreign_sip_account", account=speaker.account, error=str(error)[:120])
            return True
        except (ClientError, ConnectionResetError):
            break
    return False


async def _to_browser(exchange: ClientWebSocketResponse, socket: web.WebSocketResponse, passing: _Passing) -> None:
    async for message in exchange:
        if message.type is WSMsgType.TEXT:
            passing.saw(message.data, from_page=False)
            try:
                await socket.send_str(message.data)
            except ConnectionResetError:
                return


async def _until_it_may_close(request: web.Request, account: str, passing: _Passing) -> None:
    await _until_session_ends(request)
    passing.signed_out = True
    if passing.calls.in_progress:
        log.info("call_outlives_its_session", account=account)
        await passing.no_call.wait()
        await asyncio.sleep(LAST_WORDS_SECONDS)


async def _until_session_ends(request: web.Request) -> None:
    """A database that is away ends no call: it is asked again."""
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        try:
            async with context_of(request).sessions() as session:
                me = await find_me(session, request[TOKEN], clock.now())
        except SQLAlchemyError:
            continue
        if me is None or me.extension != me_of(request).extension:
            return


ROUTES = [Route("GET", "/ws/sip", "sip_socket", sip_socket, PHONES, socket=True)]
