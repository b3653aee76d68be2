"""Ends the calls that are stored as open and of which Asterisk knows nothing any more, also while the connection lasts.

What a full disk swallowed never comes. At a login it is looked as well (hotline/processes/line.py); after a full disk
has room again there may be no login for weeks.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.errors import HotlineError
from telephony.calls.cel_reader import Reconciled
from telephony.control.rows import LiveChannel

log = structlog.get_logger()

_CHECK_SECONDS = 120.0
"""Longer than the record of a call's end may be late."""


class Reconcile(Protocol):
    async def __call__(self, live_linkedids: Collection[str], *, asked_at: dt.datetime) -> Reconciled: ...


class VanishedCalls:
    """One per PBX. Twice in a row a call must be away, so that one whose end is just being written is left alone."""

    def __init__(
        self,
        live_channels: Callable[[], Awaitable[Iterable[LiveChannel]]],
        reconcile: Reconcile,
    ) -> None:
        self._live_channels = live_channels
        self._reconcile = reconcile
        self._before: tuple[dt.datetime, frozenset[str]] | None = None

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            try:
                await self.check()
            except (HotlineError, SQLAlchemyError, OSError) as error:
                self._before = None
                log.warning("open_calls_not_compared", reason=str(error))

    async def check(self) -> None:
        """Once. Raises what the connection and the database raise."""
        at = clock.now()
        live = frozenset([channel.linkedid for channel in await self._live_channels()])
        before, self._before = self._before, (at, live)
        if before is not None:
            await self._reconcile(before[1] | live, asked_at=before[0])
