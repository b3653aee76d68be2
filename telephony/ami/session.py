"""One connection to Asterisk's manager, from its greeting to its end: actions and their answers, and events.

The reader never waits: whatever bytes come are framed at once, answers resolve the futures of those who asked,
events go to `on_event`, which must only put them somewhere. A session that is lost stays lost; connecting
again is `telephony.ami.manager`'s.
"""

import asyncio
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from asterisk.ami.action import Action, LoginAction, LogoffAction

from telephony.ami.action import encode_action
from telephony.ami.framing import MAX_MESSAGE_BYTES, Framer, ManagerEvent, ManagerResponse, NotAManager, decode
from telephony.ami.genuine import begins_as_asterisk_does, line_slipped_in
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerState, ManagerUnavailable

log = structlog.get_logger()

Answer = tuple[ManagerResponse, list[ManagerEvent]]


@dataclass
class _Pending:
    """An action that waits for its answer."""

    action: str
    answer: asyncio.Future[Answer]
    collects: bool
    response: ManagerResponse | None = None
    events: list[ManagerEvent] = field(default_factory=list)


class ManagerSession(asyncio.Protocol):
    """Make one with `open_session`, then `login`, then `release`; `lost` says when and why it ended."""

    def __init__(
        self,
        on_event: Callable[[ManagerEvent], None],
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        on_forged: Callable[[str], None] | None = None,
    ) -> None:
        """`on_forged` gets, with the reason, what a caller put into an event instead of Asterisk; only with it is an
        event that nobody asked for held to begin as Asterisk's do.
        """
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[str] = loop.create_future()
        """Asterisk's greeting."""
        self.lost: asyncio.Future[ManagerUnavailable] = loop.create_future()
        """Why the session ended; a result, never an exception."""
        self.heard_at = loop.time()
        """When bytes came last, on the loop's clock."""
        self._loop = loop
        self._on_event = on_event
        self._on_forged = on_forged
        self._held: list[ManagerEvent] | None = []
        """Events that came before `release`."""
        self._framer = Framer(max_message_bytes)
        self._discarded = 0
        self._transport: asyncio.Transport | None = None
        self._pending: dict[str, _Pending] = {}
        self._given_up: dict[str, _Pending] = {}
        """Actions nobody waits for any more, whose answer may still come."""
        # The prefix keeps other sessions' ActionIDs, which some events carry to everybody, from being taken for ours.
        prefix = uuid.uuid4().hex[:8]
        self._action_ids = (f"hotline-{prefix}-{number}" for number in itertools.count(1))

    async def login(self, username: str, secret: str, seconds: float) -> None:
        """Raises ManagerUnavailable when Asterisk refuses, does not answer in time, or hangs up."""
        try:
            await self.request(LoginAction(username, secret), seconds)
        except ManagerActionFailed as error:
            said = error.response.get("Message")
            raise ManagerUnavailable(
                f"Asterisk refuses the login of {username!r}: {said}", state=ManagerState.REFUSED_LOGIN
            ) from error
        except ManagerActionTimeout as error:
            raise ManagerUnavailable(
                f"Asterisk did not answer the login within {seconds:g} s", state=ManagerState.SILENT
            ) from error

    async def request(self, action: Action, seconds: float, *, collects: bool = False) -> Answer:
        """Asterisk's own answer to this `action`; with `collects` also the events of the list it announces.

        Raises UnsafeAction before anything is sent, ManagerActionFailed for an error answer, ManagerActionTimeout
        after `seconds`, ManagerUnavailable when the session ends meanwhile.
        """
        if self.lost.done():
            raise _again(self.lost.result())
        if self._transport is None:
            raise ManagerUnavailable(state=ManagerState.CONNECTING)
        action_id = next(self._action_ids)
        self._transport.write(encode_action(action, action_id))
        pending = _Pending(action.name, self._loop.create_future(), collects)
        self._pending[action_id] = pending
        try:
            async with asyncio.timeout(seconds):
                return await pending.answer
        except TimeoutError:
            raise ManagerActionTimeout(
                f"Asterisk did not answer {action.name} within {seconds:g} s", action=action.name
            ) from None
        finally:
            del self._pending[action_id]
            if pending.answer.cancelled():
                self._given_up[action_id] = pending

    def release(self) -> None:
        """Hand on the events held back until now, and from now on each as it comes.

        Asterisk's first event often comes in one packet with the login's answer, before anybody could act on that.
        """
        held, self._held = self._held or [], None
        for event in held:
            self._on_event(event)

    def end(self, state: ManagerState, reason: str) -> None:
        """Cut the connection at once; `lost` gives `reason`."""
        self._lose(ManagerUnavailable(reason, state=state))
        if self._transport is not None:
            self._transport.abort()

    async def logoff(self, seconds: float) -> None:
        """Say goodbye, wait at most `seconds` for the end, and cut."""
        if self._transport is not None and not self.lost.done():
            self._transport.write(encode_action(LogoffAction(), next(self._action_ids)))
            await asyncio.wait({self.lost}, timeout=seconds)
        self.end(ManagerState.CLOSED, "we closed the manager connection")

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        try:
            frames = self._framer.feed(data)
        except NotAManager as error:
            self.end(ManagerState.NOT_A_MANAGER, error.message)
            return
        if not self.greeted.done() and self._framer.greeting is not None:
            self.greeted.set_result(self._framer.greeting.decode("ascii", "replace"))
        for frame in frames:
            self._take(frame)
        if self._framer.discarded != self._discarded:
            self._discarded = self._framer.discarded
            log.error("manager_message_too_long", discarded=self._discarded)

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            reason = "Asterisk closed the manager connection"
        elif isinstance(error, ConnectionResetError):
            reason = "the manager connection was reset"
        else:
            reason = f"the manager connection broke: {error}"
        self._lose(ManagerUnavailable(reason, state=ManagerState.DROPPED))

    # What comes in

    def _take(self, frame: bytes) -> None:
        message = decode(frame)
        if isinstance(message, ManagerEvent):
            if key := line_slipped_in(message.name, message.text):
                self._refuse(message, f"{key} where it cannot be")
            elif self._belongs_to_list(message):
                pass
            elif self._on_forged is not None and not begins_as_asterisk_does(message.text):
                self._refuse(message, "it does not begin as Asterisk's events do")
            elif self._held is not None:
                self._held.append(message)
            else:
                self._on_event(message)
        elif message is not None:
            self._take_response(message)
        else:
            log.warning("manager_message_unknown", first_bytes=frame[:60])

    def _refuse(self, event: ManagerEvent, why: str) -> None:
        log.error("manager_event_forged", name=event.name[:40], reason=why[:80])
        if self._on_forged is not None:
            self._on_forged(why)

    def _take_response(self, response: ManagerResponse) -> None:
        action_id = response.get("ActionID")
        pending = self._pending.get(action_id)
        if pending is None:
            late = self._given_up.get(action_id)
            if response.get("EventList").lower() != "start":
                self._given_up.pop(action_id, None)
            if late:
                log.warning("manager_answer_too_late", action=late.action, status=response.status)
        elif pending.answer.done():
            pass
        elif response.is_error():
            pending.answer.set_exception(ManagerActionFailed(pending.action, response))
        elif pending.collects and response.get("EventList").lower() == "start":
            pending.response = response
        else:
            pending.answer.set_result((response, []))

    def _belongs_to_list(self, event: ManagerEvent) -> bool:
        """Whether `event` is an entry of a list somebody asked for (or asked for and gave up on)."""
        if not self._pending and not self._given_up:
            return False
        action_id = event.get("ActionID")
        pending = self._pending.get(action_id) or self._given_up.get(action_id)
        if pending is None or not pending.collects:
            return False
        end = event.get("EventList").lower()
        if end in ("complete", "cancelled"):
            self._given_up.pop(action_id, None)
        if pending.answer.done() or pending.response is None:
            pass
        elif end == "complete":
            pending.answer.set_result((pending.response, pending.events))
        elif end == "cancelled":
            pending.answer.set_exception(ManagerActionFailed(pending.action, pending.response))
        else:
            pending.events.append(event)
        return True

    def _lose(self, reason: ManagerUnavailable) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(_again(reason))
        self._given_up.clear()


def _again(reason: ManagerUnavailable) -> ManagerUnavailable:
    """A fresh exception of the same content: one raised in two places would carry a tangled traceback."""
    return ManagerUnavailable(reason.message, state=reason.state)


async def open_session(
    host: str,
    port: int,
    on_event: Callable[[ManagerEvent], None],
    *,
    seconds: float,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
    on_forged: Callable[[str], None] | None = None,
) -> ManagerSession:
    """A session that Asterisk has greeted. Raises ManagerUnavailable saying why there is none within `seconds`."""
    loop = asyncio.get_running_loop()
    where = f"{host}:{port}"
    deadline = loop.time() + seconds
    try:
        async with asyncio.timeout_at(deadline):
            _, session = await loop.create_connection(
                lambda: ManagerSession(on_event, max_message_bytes, on_forged), host, port
            )
    except ConnectionRefusedError as error:
        raise ManagerUnavailable(f"nobody listens at {where}", state=ManagerState.REFUSED) from error
    except TimeoutError as error:
        raise ManagerUnavailable(
            f"{where} did not take the connection within {seconds:g} s", state=ManagerState.UNREACHABLE
        ) from error
    except OSError as error:
        raise ManagerUnavailable(f"{where} cannot be reached: {error}", state=ManagerState.UNREACHABLE) from error
    try:
        either: set[asyncio.Future[Any]] = {session.greeted, session.lost}
        await asyncio.wait(either, timeout=deadline - loop.time(), return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        session.end(ManagerState.CLOSED, "we closed the manager connection")
        raise
    if not session.greeted.done():
        session.end(ManagerState.NOT_A_MANAGER, f"{where} did not greet as Asterisk's manager does")
    if session.lost.done():
        raise _again(session.lost.result())
    return session
