"""Changes, for those who see the whole line; and the words of one call, redacted, for those who may hear it now."""

import asyncio
import json
import time
from contextlib import suppress

from aiohttp import WSMsgType, web

from access.accounts.roles import HALL
from access.visibility.calls import orders_of, redactor_of_call
from access.visibility.disclosures import find_who_asks
from core import clock
from core.errors import BadInput, HotlineError, NotSignedIn
from core.privacy.redaction import Redactor
from core.tasks import cancel, spawn
from dispatch.intake.proposals import TOPIC as PROPOSALS
from recordings.transcripts.live_store import SPEAKING, SPEECH
from web.calls.live_transcript import get_live_call
from web.http.requests.reading import parse_json
from web.http.routes import TOKEN, context_of
from web.sockets.connection import RECHECK_SECONDS, SessionCheck, attend, is_ping, open_socket, pace_of

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


async def live_socket(request: web.Request) -> web.StreamResponse:
    socket = await open_socket(request)
    wanted, pace = Wanted(), pace_of(request)
    sender = spawn(attend(socket, _send_live(request, socket, wanted)), name="live")
    try:
        # A client that went away during its answer is gone, and no fault of ours.
        with suppress(ConnectionResetError):
            async for message in socket:
                if message.type is WSMsgType.TEXT and not await is_ping(socket, message.data):
                    await pace.wait()
                    await _want_words(request, socket, wanted, message.data)
    finally:
        await cancel(sender)
    return socket


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
    check = SessionCheck(request, socket)
    # What changed between the reading of the page and this moment it has missed.
    async with context_of(request).bus.subscribe(since=request.query.get("since", "")) as changes:
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
