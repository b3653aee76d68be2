"""The two WebSockets: an inbox (assignments and their acknowledgement), and changes for those who see the whole line.

Both end when the session behind them does, also in the middle: a revoked token must not go on hearing.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from sqlalchemy.exc import SQLAlchemyError

from access.accounts.manage import TOPIC as SESSIONS
from access.accounts.models import Account
from access.accounts.roles import HALL, HANDS
from access.accounts.sessions import find_me, lasts_of, recognise
from access.visibility.calls import orders_of, redactor_of_call
from access.visibility.disclosures import find_who_asks
from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import BadInput, HotlineError, NotAllowed, NotSignedIn
from core.privacy.redaction import Redactor
from core.tasks import cancel, spawn
from dispatch.assignments.assign import acknowledge, get_assignment, inbox, mark_delivered
from dispatch.intake.proposals import TOPIC as PROPOSALS
from dispatch.orders.assignment_models import Assignment
from recordings.transcripts.live_store import SPEAKING, SPEECH
from telephony.calls.channel_names import browser_endpoint
from web.calls.live_transcript import get_live_call
from web.desk.phones import DESK_PHONES
from web.http.context import APP_CONTEXT, AppContext
from web.http.requests.reading import parse_json
from web.http.routes import TOKEN, Route, context_of, me_of
from web.http.sockets.inboxes import INBOXES, News, Owner, owner_of
from web.http.sockets.pace import PACES, Pace
from web.orders.presenter import order_summary

log = structlog.get_logger()

HEARTBEAT_SECONDS = 20
RECHECK_SECONDS = 60
"""How often a silent connection's session is looked at again."""
LONGEST_MESSAGE_BYTES = 4096
SESSION_ENDED = 4401
_SIGN_IN_AGAIN = "请重新登录".encode()


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
PING, PONG = '{"type":"ping"}', '{"type":"pong"}'
LIVE_TOPICS = frozenset(
    {"approval", "callback", "call", "order", "assignment", "recording", "transcript", "agent", "unit", "reachability"}
)


WORDS_RECHECK_SECONDS = 5
"""How long live words are forwarded before permissions are checked again: disclosures end, and so do sessions."""
_CHANGES_SIGHT = frozenset({"approval", "call", "order", "reconnected", "session"})
"""Topics after which somebody may see less than before."""


class Wanted(dict[str, Redactor]):
    """The call whose words this connection wants (linkedid), with what must be covered in them; none or one."""

    checked_at = 0.0
    """When (monotonic) it was last asked whether they may be heard and what must be covered; 0: ask before the next."""

    @property
    def stale(self) -> bool:
        return time.monotonic() - self.checked_at >= WORDS_RECHECK_SECONDS


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
                await socket.close(code=SESSION_ENDED, message=_SIGN_IN_AGAIN)
    if account_id is not None:
        await _silence_closed(app, app_context, int(account_id))


async def _silence_closed(app: web.Application, app_context: AppContext, account_id: int) -> None:
    """A session that ends lets a call go on (web.sip.views); an account that is closed does not."""
    async with app_context.sessions() as session:
        account = await session.get(Account, account_id)
    if account is not None and account.disabled_at is not None and account.extension is not None:
        phone = app[DESK_PHONES].holder(browser_endpoint(account.extension))
        if phone is not None:
            await phone.socket.close(code=SESSION_ENDED, message=_SIGN_IN_AGAIN)


async def inbox_socket(request: web.Request) -> web.StreamResponse:
    owner = owner_of(me_of(request))
    if owner is None:
        raise NotAllowed(f"这个账号没有指明单位或{city_words().crew}，请联系系统管理员。")
    socket = await _open(request)
    with request.app[INBOXES].connect(owner) as news:
        sender = spawn(_attend(socket, _send_inbox(request, socket, owner, news)), name=f"inbox-{owner.code}")
        try:
            with suppress(ConnectionResetError):
                await _read_inbox(request, socket, owner)
        finally:
            await cancel(sender)
    return socket


async def live_socket(request: web.Request) -> web.StreamResponse:
    socket = await _open(request)
    wanted, pace = Wanted(), _pace(request)
    sender = spawn(_attend(socket, _send_live(request, socket, wanted)), name="live")
    try:
        # A client that went away during its answer is gone, and no fault of ours.
        with suppress(ConnectionResetError):
            async for message in socket:
                if message.type is WSMsgType.TEXT and not await _is_ping(socket, message.data):
                    await pace.wait()
                    await _want_words(request, socket, wanted, message.data)
    finally:
        await cancel(sender)
    return socket


async def _open(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LONGEST_MESSAGE_BYTES, compress=False)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket, SocketHolder(me_of(request).account_id, request[TOKEN]))
    return socket


def _pace(request: web.Request) -> Pace:
    return request.app[PACES].of(me_of(request).account_id)


async def _attend(socket: web.WebSocketResponse, sending: Coroutine[Any, Any, None]) -> None:
    """A client that cannot be sent to any more is disconnected, so that it reconnects and reads what it missed."""
    try:
        await sending
    except ConnectionResetError:
        log.info("socket_lost")
    except SQLAlchemyError as error:
        log.warning("socket_closed", error=str(error))
    finally:
        await socket.close()


async def _send_inbox(
    request: web.Request, socket: web.WebSocketResponse, owner: Owner, news: asyncio.Queue[News]
) -> None:
    sent: set[int] = set()
    check = _SessionCheck(request, socket)
    item: News | None = News("again")
    while await check.still_signed_in():
        match item:
            case News("again"):
                await _send_open(request, socket, owner, sent)
            case News("assignment", assignment_id):
                await _send_push(request, socket, owner, assignment_id, sent)
            case News("order", order_id):
                await socket.send_json({"type": "order", "id": order_id})
        item = await _next(news)


async def _send_open(request: web.Request, socket: web.WebSocketResponse, owner: Owner, sent: set[int]) -> None:
    """Every assignment that waits for this recipient and was not sent on this connection, oldest first."""
    async with context_of(request).sessions() as session:
        waiting = await inbox(session, owner.kind, owner.code)
    for assignment in reversed(waiting):
        if assignment.id not in sent:
            await _send_one(request, socket, assignment)
            sent.add(assignment.id)


async def _send_push(
    request: web.Request, socket: web.WebSocketResponse, owner: Owner, assignment_id: int, sent: set[int]
) -> None:
    async with context_of(request).sessions() as session:
        assignment = await get_assignment(session, assignment_id)
    if assignment.acknowledged_at or assignment.withdrawn_at:
        await socket.send_json(
            {"type": "closed", "id": assignment.id, "withdrawn": assignment.withdrawn_at is not None}
        )
    elif assignment.id not in sent:
        await _send_one(request, socket, assignment)
        sent.add(assignment.id)


async def _send_one(request: web.Request, socket: web.WebSocketResponse, assignment: Assignment) -> None:
    summary = order_summary(assignment.order).model_dump(mode="json")
    await socket.send_json(
        {
            "type": "assignment",
            "id": assignment.id,
            "purpose": assignment.purpose,
            "created_at": assignment.created_at.isoformat(),
            "order": summary,
        }
    )
    async with transaction(context_of(request).sessions) as session:
        await mark_delivered(session, assignment.id, at=clock.now())


async def _read_inbox(request: web.Request, socket: web.WebSocketResponse, owner: Owner) -> None:
    pace = _pace(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT and not await _is_ping(socket, message.data):
            await pace.wait()
            await socket.send_json(await _obey(request, owner, message.data))


async def _is_ping(socket: web.WebSocketResponse, text: str) -> bool:
    """A page cannot see the protocol's own pings; it asks itself whether we still answer, every few seconds."""
    if text == PING:
        await socket.send_str(PONG)
    return text == PING


async def _obey(request: web.Request, owner: Owner, text: str) -> dict[str, Any]:
    """Do what the client says; the answer to send back. The only thing to say is `ack`."""
    try:
        said = parse_json(text)
        kind, assignment_id = said["type"], said["id"]
    except (BadInput, TypeError, KeyError):
        return {"type": "error", "slug": "bad_input", "message": '应为 {"type":"ack","id":…}。'}
    if kind != "ack" or not isinstance(assignment_id, int) or not 0 < assignment_id < 2**63:
        return {"type": "error", "slug": "bad_input", "message": "只能确认收到（ack）。"}
    try:
        async with transaction(context_of(request).sessions) as session:
            me = me_of(request)
            await acknowledge(
                session,
                assignment_id,
                kind=owner.kind,
                code=owner.code,
                by=me.display_name,
                at=clock.now(),
                via="inbox",
            )
    except HotlineError as error:
        return {"type": "error", "id": assignment_id, "slug": error.slug, "message": error.message}
    return {"type": "acked", "id": assignment_id}


async def _want_words(request: web.Request, socket: web.WebSocketResponse, wanted: Wanted, text: str) -> None:
    """`{"type":"speech","call":LINKEDID}`: from now on this call's words too, and no other's; an empty one: none."""
    try:
        said = parse_json(text)
        kind, linkedid = said["type"], said["call"]
    except (BadInput, TypeError, KeyError):
        kind, linkedid = "", ""
    if kind != "speech" or not isinstance(linkedid, str):
        await socket.send_json({"type": "error", "slug": "bad_input", "message": '应为 {"type":"speech","call":…}。'})
        return
    wanted.clear()
    if linkedid:
        try:
            wanted[linkedid] = await _may_hear_now(request, linkedid)
        except HotlineError as error:
            await socket.send_json({"type": "error", "slug": error.slug, "message": error.message})
            return
        wanted.checked_at = time.monotonic()
        # Nobody was notified of what was stored between the client's reading and this moment.
        for topic in (SPEECH, PROPOSALS):
            await socket.send_json({"type": "changed", "topic": topic, "id": linkedid})


async def _may_hear_now(request: web.Request, linkedid: str) -> Redactor:
    """What must be redacted in the words of a call. Raises NotFound for a person who may not hear it, NotSignedIn.

    By the account as it is now: at the handshake its call may not have begun, nor its disclosure.
    """
    async with context_of(request).sessions() as session:
        me = await find_who_asks(session, request[TOKEN], clock.now())
        if me is None or me.role not in HALL:
            raise NotSignedIn()
        call = await get_live_call(session, me, linkedid)
        return await redactor_of_call(session, me, call, (await orders_of(session, [linkedid]))[linkedid])


async def _recheck(request: web.Request, socket: web.WebSocketResponse, wanted: Wanted) -> None:
    """Check again who may hear the words; a client that no longer may is notified and gets nothing further."""
    linkedid = next(iter(wanted))
    wanted.checked_at = time.monotonic()
    try:
        redactor = await _may_hear_now(request, linkedid)
    except HotlineError as error:
        wanted.pop(linkedid, None)
        await socket.send_json({"type": "error", "slug": error.slug, "message": error.message})
        return
    if linkedid in wanted:
        wanted[linkedid] = redactor


async def _send_live(request: web.Request, socket: web.WebSocketResponse, wanted: Wanted) -> None:
    check = _SessionCheck(request, socket)
    async with context_of(request).bus.subscribe() as changes:
        while await check.still_signed_in():
            try:
                change = await asyncio.wait_for(changes.get(), RECHECK_SECONDS)
            except TimeoutError:
                continue
            if change.topic in _CHANGES_SIGHT:
                wanted.checked_at = 0.0
            if change.topic == SPEAKING:
                speaking = json.loads(change.id)
                if speaking["linkedid"] in wanted and wanted.stale:
                    await _recheck(request, socket, wanted)
                if (redactor := wanted.get(speaking["linkedid"])) is not None:
                    await socket.send_json({"type": SPEAKING} | redactor.all_of(speaking))
            elif change.topic in LIVE_TOPICS or change.topic == "reconnected" or change.id in wanted:
                await socket.send_json({"type": "changed", "topic": change.topic, "id": change.id})


async def _next(news: asyncio.Queue[News]) -> News | None:
    """None: nothing for a while."""
    try:
        return await asyncio.wait_for(news.get(), RECHECK_SECONDS)
    except TimeoutError:
        return None


class _SessionCheck:
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
            await self._socket.close(code=SESSION_ENDED, message=_SIGN_IN_AGAIN)
        return me is not None


ROUTES = [
    Route("GET", "/ws/inbox", "inbox_socket", inbox_socket, HANDS, socket=True),
    Route("GET", "/ws/live", "live_socket", live_socket, HALL, socket=True),
]
