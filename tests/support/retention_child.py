"""A process that destroys what is due after one month and kills itself at a named point.

Arguments: database URL, recordings folder, POINT.
"""

import asyncio
import sys
from pathlib import Path

from core import clock
from core.database import make_engine, make_sessions
from hotline.bridges.recordings.retention import look_up
from recordings.archive.retention import Rules, destroy_due
from tests.support.archive_child import Killer


async def main(url: str, folder: str, point: str) -> None:
    engine = make_engine(url)
    sessions = make_sessions(engine)
    await destroy_due(sessions, Path(folder), Rules(1), look_up, at=clock.now(), by="child", passed=Killer(point, 1))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
