"""The strip of queue and colleagues as all desks see it, read once between two changes.

Each change on the line makes every open desk ask for it, within the same breath.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from aiohttp import web

from core.tasks import cancel, spawn
from web.desk.presenter import Strip, read_strip
from web.http.context import APP_CONTEXT, AppContext

CHANGES = frozenset({"call", "agent", "reconnected"})
LONGEST_KEPT_SECONDS = 10.0
"""What the bus says nothing of, a new name say, is seen after so long."""


class Strips:
    def __init__(self, app_context: AppContext) -> None:
        self._app_context = app_context
        self._reading: asyncio.Task[Strip] | None = None
        self._begun = 0.0
        """Monotonic clock."""

    async def read(self) -> Strip:
        if self._reading is None or time.monotonic() - self._begun > LONGEST_KEPT_SECONDS:
            self._begun = time.monotonic()
            self._reading = spawn(self._read(), name="strip")
        reading = self._reading
        try:
            # Whoever goes away takes it from nobody else.
            return await asyncio.shield(reading)
        except Exception:
            if self._reading is reading:
                self._reading = None
            raise

    async def run(self) -> None:
        """Forget it with each change, for ever."""
        async with self._app_context.bus.subscribe() as changes:
            while True:
                if (await changes.get()).topic in CHANGES:
                    self._reading = None

    async def _read(self) -> Strip:
        async with self._app_context.sessions() as session:
            return await read_strip(session)


STRIPS = web.AppKey("strips", Strips)


async def keep_strips(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context: runs as long as the application."""
    app[STRIPS] = Strips(app[APP_CONTEXT])
    task = spawn(app[STRIPS].run(), name="strips")
    yield
    await cancel(task)
