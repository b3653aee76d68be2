"""A process that archives one recording (or changes the keys of all) and kills itself the COUNTth time it passes a
named point.

Arguments: database URL, recordings folder, recording's id (or `rekey`), POINT, [COUNT, [keys file]].
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from core.database import make_engine, make_sessions
from recordings.archive.archiving import archive
from recordings.archive.rekey import rekey
from recordings.audio.keys import Keys


class Killer:
    def __init__(self, point: str, count: int) -> None:
        self.point = point
        self.left = count

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, folder: str, what: str, point: str, count: str = "1", keys_file: str = "") -> None:
    engine = make_engine(url)
    sessions, keys, killer = (
        make_sessions(engine),
        Keys(Path(keys_file) if keys_file else None),
        Killer(point, int(count)),
    )
    if what == "rekey":
        await rekey(sessions, Path(folder), keys, keys.newest(), passed=killer)
    else:
        await archive(sessions, Path(folder), int(what), keys=keys, passed=killer)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
