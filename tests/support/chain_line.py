"""The line's half that works a chain off: the real jobs on the real queue, at a real Asterisk. Also as a program, to be
killed in its midst. Arguments: var folder, city folder; AMI_PORT, AMI_SECRET and DATABASE_URL in the environment."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.crew_calls import register_calling
from hotline.bridges.reachability import register_reach_calls
from hotline.jobs import make_app, take_back, work
from hotline.runtime.parts import open_parts
from tests.conftest import until
from tests.support.crew_line import Line, running


@contextlib.asynccontextmanager
async def working(var: Path, city: Path, url: str, ami_port: int, ami_secret: str) -> AsyncIterator[None]:
    settings = Settings(var=var, city=city, database_url=url)
    async with open_parts(settings) as parts, running(Line(ami_port, ami_secret, var / "speech")) as line:
        await until(lambda: line.logins)
        app = make_app(url)
        register_calling(app, parts, line.control, line.sessions)
        register_reach_calls(app, parts, line.control, line.sessions)
        async with app.open_async():
            await take_back(app)
            jobs = spawn(work(app, ["line"], concurrency=8, name="chain"), name="line jobs")
            yield
            await cancel(jobs)


async def main(var: str, city: str) -> None:
    environment = os.environ
    async with working(
        Path(var), Path(city), environment["DATABASE_URL"], int(environment["AMI_PORT"]), environment["AMI_SECRET"]
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
