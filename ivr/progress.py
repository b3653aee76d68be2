"""Serves callers whom the dialplan's context `progress` has handed over: the status of an order, by its number.

The dialplan never relies on us: it takes a caller back after a few seconds, and every moment that we are there moves
that limit on by as much. So whatever happens to us, the caller is back in the queue.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import structlog
from asterisk.ami.action import Action

from core import clock
from core.errors import Conflict
from core.tasks import cancel, spawn
from ivr.agi import parse_env
from ivr.flows import Fetched
from ivr.progress_flow import PROGRESS_FLOW, FindProgress, say_progress
from ivr.session import AgiSession, AgiSessions, ChannelManager
from telephony.ami.framing import ManagerEvent
from telephony.ami.status import ManagerActionFailed, ManagerActionTimeout, ManagerUnavailable
from telephony.control.rows import LiveChannel

log = structlog.get_logger()

CONTEXT = "progress"
LEASE_SECONDS = 5
BEAT_SECONDS = 1.5


class ProgressDesk:
    """All callers who ask, of one PBX. Hand it every manager event, and the live channels after each login."""

    def __init__(self, conn: ChannelManager, sessions: AgiSessions, find: FindProgress) -> None:
        self._conn = conn
        self._sessions = sessions
        self._find = find
        self._open: dict[str, AgiSession] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, event: ManagerEvent) -> None:
        channel_id = event.get("Uniqueid")
        if event.name == "AsyncAGIStart" and parse_env(event.get("Env")).get("context") == CONTEXT:
            self._serve_soon(channel_id)
        elif event.name == "AsyncAGIEnd" and channel_id in self._open:
            self._open[channel_id].end()

    def resync(self, channels: Iterable[LiveChannel]) -> None:
        """Callers handed over while we were away who still wait."""
        for row in channels:
            if row.awaits_orders and row.context == CONTEXT and row.uniqueid not in self._open:
                self._serve_soon(row.uniqueid)

    async def close(self) -> None:
        """Gives every caller back to the queue."""
        for task in tuple(self._tasks):
            await cancel(task)

    def _serve_soon(self, channel_id: str) -> None:
        task = spawn(self._serve(channel_id), name=f"progress-{channel_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, channel_id: str) -> None:
        try:
            with self._sessions.attend(channel_id) as session:
                self._open[channel_id] = session
                beating = spawn(self._keep(session), name=f"keep-{channel_id}")
                try:
                    result = await session.run(PROGRESS_FLOW, {}, look_up=self._look_up)
                finally:
                    del self._open[channel_id]
                    await cancel(beating)
                log.info("progress_asked", channel=channel_id, result=result)
        except Conflict:
            log.warning("progress_asked_twice", channel=channel_id)

    async def _keep(self, session: AgiSession) -> None:
        """Moves the dialplan's limit on. Never after the channel was given back: that would cut the caller off."""
        keys = {"Channel": session.channel_id, "Variable": "TIMEOUT(absolute)", "Value": str(LEASE_SECONDS)}
        while session.ours:
            with suppress(ManagerUnavailable, ManagerActionTimeout, ManagerActionFailed):
                await self._conn.send(Action("Setvar", keys), seconds=BEAT_SECONDS)
            await asyncio.sleep(BEAT_SECONDS)

    async def _look_up(self, keyed: str) -> Fetched:
        return say_progress(await self._find(keyed), clock.now())
