"""The manager connection that is always there: logged in, listening, and made again for ever when it is lost.

Events are handed on one by one, in order, by a task of their own, so that a slow consumer never stalls the
reader (Asterisk throws out who does not read). After every login `on_login` runs in that same row: after the
events of the connection before, and before those that came since this login. So its owner subscribes, takes a
snapshot, reconciles, and then drains. AMI repeats nothing: what happened while nobody was connected is read
from the CEL files by others.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from asterisk.ami.action import Action
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential, wait_random

from core import clock
from core.tasks import cancel
from telephony.ami.framing import MAX_MESSAGE_BYTES, ManagerEvent, ManagerResponse
from telephony.ami.session import ManagerSession, open_session
from telephony.ami.status import ManagerState, ManagerStatus, ManagerUnavailable
from telephony.ami.watch import watch

log = structlog.get_logger()

OnLogin = Callable[["ManagerConnection"], Awaitable[None]]
OnEvent = Callable[[ManagerEvent], Awaitable[None]]

NEEDS_A_HAND = frozenset({ManagerState.REFUSED_LOGIN, ManagerState.NOT_A_MANAGER})
WANTED = frozenset({ManagerState.CONNECTED, ManagerState.CLOSED})
TURN_EVENTS = 100
"""After so many events handed on in one go the reader gets its turn."""


class ManagerSettings(BaseModel):
    """Where the manager is, who we are, and how long each thing may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int
    username: str
    secret: SecretStr
    connect_seconds: float = Field(default=5, gt=0)
    """From the first packet to Asterisk's greeting."""
    login_seconds: float = Field(default=5, gt=0)
    resync_seconds: float = Field(default=30, gt=0)
    """For `on_login`."""
    action_seconds: float = Field(default=5, gt=0)
    list_seconds: float = Field(default=10, gt=0)
    """For an action whose answer is a list."""
    ping_seconds: float = Field(default=3, gt=0)
    """Between two pings. A half-open connection is noticed within this and `silence_seconds`."""
    silence_seconds: float = Field(default=3, gt=0)
    """After a ping, without a single byte from Asterisk."""
    retry_first_seconds: float = Field(default=0.5, gt=0)
    retry_most_seconds: float = Field(default=10, gt=0)
    stable_seconds: float = Field(default=10, ge=0)
    """A session that lived this long resets the back-off."""
    close_seconds: float = Field(default=2, ge=0)
    """For handing on the last events when we close."""
    backlog_warn: int = Field(default=1_000, gt=0)
    """Events that wait for `on_event`."""
    backlog_most: int = Field(default=50_000, gt=0)
    """From this many on, they are thrown away and the line's state is read again: about 60 MB."""
    max_message_bytes: int = Field(default=MAX_MESSAGE_BYTES, gt=0)


class ManagerConnection:
    """Spawn `run`, which lasts until `close`. `send` and `collect` work whenever `status.state` is connected."""

    def __init__(
        self,
        settings: ManagerSettings,
        *,
        on_login: OnLogin,
        on_event: OnEvent,
        on_forged: Callable[[str], None] | None = None,
    ) -> None:
        """`on_forged`: see ManagerSession; with it events must begin as those of an exchange of ours do."""
        self.status = ManagerStatus(ManagerState.CONNECTING, clock.now(), "not connected yet")
        self.discarded_events = 0
        """Events thrown away because too many waited, since the start."""
        self._settings = settings
        self._on_login = on_login
        self._on_event = on_event
        self._on_forged = on_forged
        self._session: ManagerSession | None = None
        self._row: asyncio.Queue[ManagerEvent | ManagerSession] = asyncio.Queue()
        """Events in the order they came; a session stands where its login was."""
        self._backlog_reported = 0
        self._closing = asyncio.Event()
        self._closed = asyncio.Event()
        self._closed.set()

    @property
    def backlog(self) -> int:
        """Events that wait to be handed on."""
        return self._row.qsize()

    async def run(self) -> None:
        """Keep connected and hand events on until `close`, or until this task is cancelled."""
        self._closed.clear()
        try:
            async with asyncio.TaskGroup() as group:
                keep = group.create_task(self._keep_connected(), name="manager-keep-connected")
                hand_on = group.create_task(self._hand_on(), name="manager-hand-on")
                await self._closing.wait()
                await cancel(keep)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.close_seconds):
                        await self._row.join()
                hand_on.cancel()
        finally:
            if self._row.qsize():
                log.warning("manager_events_not_handed_on", events=self._row.qsize())
            self._say(ManagerState.CLOSED, "we closed the manager connection")
            self._closed.set()

    async def close(self) -> None:
        """Log off, hand on what has come, and let `run` return."""
        self._closing.set()
        await self._closed.wait()

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse:
        """Asterisk's answer to `action`.

        Raises UnsafeAction (nothing was sent), ManagerActionFailed (Asterisk said no), ManagerActionTimeout (after
        `seconds`, default `action_seconds`), ManagerUnavailable (there is no connection, or it was lost meanwhile).
        """
        response, _ = await self._connected().request(action, seconds or self._settings.action_seconds)
        return response

    async def collect(
        self, action: Action, *, seconds: float | None = None
    ) -> tuple[ManagerResponse, list[ManagerEvent]]:
        """The answer to a list action and the list's events, which go to nobody else. Raises as `send` does."""
        return await self._connected().request(action, seconds or self._settings.list_seconds, collects=True)

    def _connected(self) -> ManagerSession:
        if self._session is None:
            raise ManagerUnavailable(self.status.detail, state=self.status.state)
        return self._session

    # Keeping the connection

    async def _keep_connected(self) -> None:
        first_seconds = self._settings.retry_first_seconds
        while True:
            retrying = AsyncRetrying(
                retry=retry_if_exception_type(ManagerUnavailable),
                wait=wait_exponential(multiplier=first_seconds, max=self._settings.retry_most_seconds)
                + wait_random(0, first_seconds),
                before_sleep=self._report_retry,
            )
            async for attempt in retrying:
                with attempt:
                    await self._live_once()

    async def _live_once(self) -> None:
        """One connection from start to end. Returns when it had lived long, else raises ManagerUnavailable."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        connected_at = None
        try:
            session = await open_session(
                settings.host,
                settings.port,
                self._take_event,
                seconds=settings.connect_seconds,
                max_message_bytes=settings.max_message_bytes,
                on_forged=self._on_forged,
            )
            try:
                await session.login(settings.username, settings.secret.get_secret_value(), settings.login_seconds)
                connected_at = loop.time()
                self._session = session
                self._say(ManagerState.CONNECTED, session.greeted.result())
                self._row.put_nowait(session)
                session.release()
                raise await watch(session, settings.ping_seconds, settings.silence_seconds)
            finally:
                self._session = None
                await session.logoff(seconds=1)
        except ManagerUnavailable as error:
            self._say(error.state, error.message)
            if connected_at is None or loop.time() - connected_at < settings.stable_seconds:
                raise

    def _report_retry(self, retry: RetryCallState) -> None:
        log.info(
            "manager_retry",
            state=self.status.state,
            reason=self.status.detail,
            attempt=retry.attempt_number,
            in_seconds=round(retry.upcoming_sleep, 2),
        )

    def _say(self, state: ManagerState, detail: str) -> None:
        before = self.status
        if (before.state, before.detail) == (state, detail):
            return
        since = before.since if before.state is state else clock.now()
        self.status = ManagerStatus(state, since, detail)
        # Name, secret or address are wrong: trying again cannot fix that.
        write = log.error if state in NEEDS_A_HAND else log.info if state in WANTED else log.warning
        write("manager_connection", state=state, detail=detail, host=self._settings.host, port=self._settings.port)

    # Handing on

    def _take_event(self, event: ManagerEvent) -> None:
        waiting = self._row.qsize()
        if waiting >= self._settings.backlog_most:
            self._discard_backlog()
        elif waiting >= max(self._settings.backlog_warn, 2 * self._backlog_reported):
            self._backlog_reported = waiting
            log.warning("manager_backlog", events=waiting)
        self._row.put_nowait(event)

    def _discard_backlog(self) -> None:
        """Too many events wait: start again from a snapshot rather than fill the memory."""
        discarded = 0
        while not self._row.empty():
            discarded += isinstance(self._row.get_nowait(), ManagerEvent)
            self._row.task_done()
        self.discarded_events += discarded
        log.error("manager_backlog_discarded", events=discarded)
        if self._session is not None:
            self._session.end(ManagerState.OVERRUN, f"{discarded} events waited and were thrown away")

    async def _hand_on(self) -> None:
        for handed_on in itertools.count(1):
            item = await self._row.get()
            try:
                if isinstance(item, ManagerSession):
                    await self._resync(item)
                else:
                    await self._on_event(item)
            except Exception:
                # The process's edge: one event that cannot be digested must not end the line.
                log.exception("manager_event_failed", name=getattr(item, "name", "login"))
            finally:
                self._row.task_done()
            if self._backlog_reported and self._row.empty():
                log.info("manager_backlog_gone", most_events=self._backlog_reported)
                self._backlog_reported = 0
            if handed_on % TURN_EVENTS == 0:
                await asyncio.sleep(0)

    async def _resync(self, session: ManagerSession) -> None:
        if session.lost.done():
            return
        try:
            async with asyncio.timeout(self._settings.resync_seconds):
                await self._on_login(self)
        except Exception as error:
            if session.lost.done():
                log.warning("manager_resync_interrupted", reason=session.lost.result().message)
                return
            log.exception("manager_resync_failed")
            session.end(ManagerState.RESYNC_FAILED, f"the line's state could not be read: {error or type(error)}")
