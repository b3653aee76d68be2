"""The block list as the exchange obeys it: a file for each spelling of a number, named after it, holding when it ends.

The dialplan reads it at each call (context `blocked`), so it holds while our program is down and ends by itself. Files
and not Asterisk's own database: writing there takes a manager's right to do anything to the system, and the process
that reads the exchange's CEL file shares its disk anyhow.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from core import clock
from core.bus import RECONNECTED, Bus
from core.database import Sessions
from core.numbers.plan import spellings
from telephony.blocking.block_list import TOPIC, ends_in_force

AGAIN_SECONDS = 60.0
"""A lost change is made up for after so long."""


def write_blocks(directory: Path, ends: Mapping[str, int]) -> None:
    """Make the files agree with `ends` (key → second since 1970). A file is there as a whole or not at all.

    A file for each way in which a network may give the number, so that core.numbers.phone alone knows what a key is."""
    ends = {name: end for key, end in ends.items() for name in spellings(key) if name.isdigit()}
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.iterdir():
        if path.name not in ends:
            path.unlink(missing_ok=True)
    for name, end in ends.items():
        path = directory / name
        if not path.exists() or path.read_text("ascii") != str(end):
            fresh = path.with_name(f".{name}")
            fresh.write_text(str(end), "ascii")
            fresh.replace(path)


class BlockFiles:
    """In the line's process, beside its exchange: the files follow at start, with each change, each minute."""

    def __init__(self, directory: Path, sessions: Sessions) -> None:
        self._directory = directory
        self._sessions = sessions

    async def run(self, live: Bus) -> None:
        async with live.subscribe() as changes:
            while True:
                await self.update()
                try:
                    async with asyncio.timeout(AGAIN_SECONDS):
                        while (await changes.get()).topic not in (TOPIC, RECONNECTED.topic):
                            pass
                except TimeoutError:
                    pass

    async def update(self) -> None:
        async with self._sessions() as session:
            ends = await ends_in_force(session, clock.now())
        await asyncio.to_thread(write_blocks, self._directory, ends)
