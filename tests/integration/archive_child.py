"""A process that archives one recording and kills itself the COUNTth time it passes a named point.

Arguments: database URL, recordings folder, recording's id, POINT, [COUNT].
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from core.database import make_engine, make_sessions
from recordings.archive import archive


class Killer:
    def __init__(self, point: str, count: int) -> None:
        self.point = point
        self.left = count

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, folder: str, recording_id: str, point: str, count: str = "1") -> None:
    engine = make_engine(url)
    await archive(make_sessions(engine), Path(folder), int(recording_id), passed=Killer(point, int(count)))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
