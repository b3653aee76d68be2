"""AsyncAGI sessions: channels that the dialplan has handed to us, each walked through its flow.

`AgiSessions` takes every manager event and hands it to the one session of that channel, never waiting; each session
runs in the task that called `run`. A lost manager connection does not end a session: after the next login `resync`
finds out whether its channel still lives, and its last command is given again (heard twice at worst).
"""

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from asterisk.ami.action import Action

from core.errors import Conflict, HotlineError
from core.tasks import spawn
from ivr.agi import BREAK, Utterance, parse_answer, read_event, spell, waiting_seconds
from ivr.flows import (
    CommandFailed,
    Decide,
    Fetched,
    Finish,
    Flow,
    FlowCommand,
    FlowEvent,
    HungUp,
    LookUp,
    Spoken,
    start,
    step,
)
from ivr.voice.prompts import Sound
from telephony.ami.framing import ManagerEvent, ManagerResponse
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerUnavailable
from telephony.control.rows import LiveChannel

log = structlog.get_logger()


Decided = Callable[[str], Awaitable[None]]
LookUps = Callable[[str], Awaitable[Fetched]]
"""Looks up what was keyed in. A HotlineError ends the flow as a failed command."""


class ChannelManager(Protocol):
    """What is needed of telephony.ami.manager.ManagerConnection."""

    async def send(self, action: Action, *, seconds: float | None = None) -> ManagerResponse: ...


class Sounds(Protocol):
    """What is needed of ivr.voice.prompts.Prompts."""

    async def render(self, parts: Sequence[Spoken]) -> Sound: ...


@dataclass(frozen=True)
class SessionLimits:
    """Seconds."""

    answer_margin: float = 10.0
    """Beyond the sound's own length and the wait for keys: a busy Asterisk, a slow file."""
    reconnect: float = 60.0
    """How long a session waits for the manager connection to come back."""
    let_go: float = 3.0
    look_up: float = 2.5


class AgiSession:
    """One channel, known by its uniqueid. `started`, `gone` and `decided` may be awaited by anybody."""

    def __init__(self, channel_id: str, conn: ChannelManager, prompts: Sounds, limits: SessionLimits) -> None:
        loop = asyncio.get_running_loop()
        self.channel_id = channel_id
        self.started: asyncio.Future[None] = loop.create_future()
        """The dialplan has handed the channel to us."""
        self.gone: asyncio.Future[int | None] = loop.create_future()
        """The channel has ended: its Q.850 cause; None when it ended unseen."""
        self._conn = conn
        self._prompts = prompts
        self._limits = limits
        self.ours = True
        """False as soon as the dialplan has the channel back, or is asked to take it."""
        self._hung_up = False
        self._logged_in = asyncio.Event()
        self._answers: dict[str, asyncio.Future[str]] = {}
        """CommandID → where its answer is awaited. A command given again has two ids and one future."""
        # Unlike those of a session before us on this channel, whose last command may still be answered.
        self._command_ids = (f"{uuid.uuid4().hex[:8]}-{number}" for number in itertools.count(1))

    async def run(
        self,
        flow: Flow,
        values: Mapping[str, tuple[Spoken, ...]],
        decided: Decided | None = None,
        look_up: LookUps | None = None,
    ) -> str:
        """Walk the channel through `flow`, then give it back to the dialplan. Returns the flow's result.

        `decided` is called with the result as soon as it is certain, which may be before the callee has hung up.
        """
        try:
            state, commands = start(flow, values)
            while True:
                event = None
                for command in commands:
                    if isinstance(command, Finish):
                        return command.result
                    event = await self._do(command, decided, look_up) or event
                assert event is not None, "a flow's step ends with something to wait for"
                log.debug("flow_step", channel=self.channel_id, node=state.node, event_seen=str(event))
                state, commands = step(flow, state, event)
        finally:
            await self._let_go()

    # What the manager's events say; called by AgiSessions, never waits

    def take(self, event: ManagerEvent) -> None:
        match event.name:
            case "AsyncAGIStart":
                self._set_started()
            case "AsyncAGIExec":
                self._answer(event.get("CommandId") or event.get("CommandID"), event.get("Result"))
            case "HangupRequest":
                self._hung_up = True
            case "Hangup":
                cause = event.get("Cause")
                self._set_gone(int(cause) if cause.isdecimal() else None)

    def end(self) -> None:
        """The dialplan has the channel back: nothing more can be said."""
        self._set_gone(None)

    def resync(self, row: LiveChannel | None) -> None:
        """After a login: `row` is the channel as it is now, None when it is not there."""
        if row is None:
            if self.started.done():
                self._set_gone(None)
            return
        if row.awaits_orders:
            self._set_started()
        self._logged_in.set()

    def _set_started(self) -> None:
        if not self.started.done():
            self.started.set_result(None)

    def _set_gone(self, cause: int | None) -> None:
        self._hung_up = True
        self.ours = False
        if not self.gone.done():
            self.gone.set_result(cause)

    def _answer(self, command_id: str, result: str) -> None:
        waiting = self._answers.get(command_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    # What we say

    async def _do(self, command: FlowCommand, decided: Decided | None, look_up: LookUps | None) -> FlowEvent | None:
        if isinstance(command, Decide):
            if decided is not None:
                await decided(command.result)
            return None
        assert not isinstance(command, Finish)
        try:
            if isinstance(command, LookUp):
                assert look_up is not None, "a flow that looks things up is run with whoever can"
                async with asyncio.timeout(self._limits.look_up):
                    return await look_up(command.answer)
            sound = await self._prompts.render(command.parts)
            return await self._perform(command, sound)
        except TimeoutError:
            log.error("ivr_look_up_too_slow", channel=self.channel_id, limit_seconds=self._limits.look_up)
            return CommandFailed("looking it up took too long")
        except HotlineError as error:
            log.error("ivr_command_failed", channel=self.channel_id, error=error.slug, detail=error.message)
            return CommandFailed(error.message)

    async def _perform(self, command: Utterance, sound: Sound) -> FlowEvent:
        """Have `command` done and wait for what comes of it. Raises HotlineError when it cannot be done."""
        text = spell(command, sound.path)
        limit = sound.seconds + waiting_seconds(command) + self._limits.answer_margin
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            while not self.gone.done():
                self._logged_in.clear()
                if await self._send(text, answer):
                    # A login in between means that the answer may have been lost with the connection before.
                    again = await self._first(answer, limit)
                else:
                    again = await self._first(answer, self._limits.reconnect)
                if answer.done():
                    return read_event(command, parse_answer(answer.result()), hung_up=self._hung_up)
                if not again and not self.gone.done():
                    return CommandFailed(f"no answer within {limit:.0f} s")
            return HungUp()
        finally:
            self._answers.clear()

    async def _send(self, text: str, answer: asyncio.Future[str]) -> bool:
        """False: there is no connection now. What is not known to have arrived counts as sent."""
        command_id = next(self._command_ids)
        self._answers[command_id] = answer
        keys = {"Channel": self.channel_id, "Command": text, "CommandID": command_id}
        try:
            await self._conn.send(Action("AGI", keys))
        except ManagerUnavailable:
            return False
        except ManagerActionTimeout:
            return True
        except ManagerActionFailed as error:
            if "does not exist" in error.message:
                self._set_gone(None)
                return True
            raise
        return True

    async def _first(self, answer: asyncio.Future[str], seconds: float) -> bool:
        """Wait for the answer, the channel's end, or a new login (True)."""
        login = spawn(self._logged_in.wait(), name=f"login-{self.channel_id}")
        awaited: list[asyncio.Future[Any]] = [answer, self.gone, login]
        try:
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            login.cancel()
        return self._logged_in.is_set()

    async def _let_go(self) -> None:
        """Back to the dialplan, which hangs up. A channel that cannot be handed back runs into the dialplan's own time
        limit.
        """
        self.ours = False
        if self.gone.done():
            return
        keys = {"Channel": self.channel_id, "Command": BREAK, "CommandID": next(self._command_ids)}
        try:
            await self._conn.send(Action("AGI", keys), seconds=self._limits.let_go)
        except (ManagerUnavailable, ManagerActionTimeout, ManagerActionFailed) as error:
            log.info("ivr_not_let_go", channel=self.channel_id, detail=error.message)


class AgiSessions:
    """All sessions of one PBX. Hand it every manager event, and the live channels after each login."""

    def __init__(self, conn: ChannelManager, prompts: Sounds, limits: SessionLimits | None = None) -> None:
        self._conn = conn
        self._prompts = prompts
        self._limits = limits or SessionLimits()
        self._sessions: dict[str, AgiSession] = {}

    @contextmanager
    def attend(self, channel_id: str) -> Iterator[AgiSession]:
        """The session of a channel that is or will be there. Begin before the channel can start."""
        if channel_id in self._sessions:
            raise Conflict(f"channel {channel_id} is attended already")
        session = self._sessions[channel_id] = AgiSession(channel_id, self._conn, self._prompts, self._limits)
        try:
            yield session
        finally:
            del self._sessions[channel_id]
            for waiting in (session.started, session.gone):
                waiting.cancel()

    def handle(self, event: ManagerEvent) -> None:
        """Take notice of any manager event; most are not for us."""
        if event.name in ("AsyncAGIStart", "AsyncAGIExec", "Hangup", "HangupRequest"):
            session = self._sessions.get(event.get("Uniqueid"))
            if session is not None:
                session.take(event)

    def resync(self, channels: Iterable[LiveChannel]) -> None:
        """After each login of the manager connection: `channels` as Control.live_channels gave them."""
        live = {row.uniqueid: row for row in channels}
        for session in tuple(self._sessions.values()):
            session.resync(live.get(session.channel_id))
