"""The line's half that works a search off: the real jobs on the real queue, at a real Asterisk. Also as a program, to
be killed in its midst. Arguments: var folder, city folder; AMI_PORT, AMI_SECRET and DATABASE_URL in the environment."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.assignments.assign import CALL_UNIT
from dispatch.assignments.crew_search import CONTINUE_SEARCH
from dispatch.reachability.checks import CHECK_PHONE
from hotline.jobs import JOBS
from hotline.runtime.durable_jobs import make_app, register, take_back, work
from hotline.runtime.job_tools import LineTools
from hotline.runtime.runtime import open_runtime
from telephony.agents.after_call_work import AfterCallWork
from telephony.agents.phones import AgentPhones
from telephony.pbx.settings import pbx_settings
from tests.conftest import until
from tests.support.crew_line import Line, running


@contextlib.asynccontextmanager
async def working(var: Path, city: Path, url: str, ami_port: int, ami_secret: str) -> AsyncIterator[None]:
    settings = Settings(var=var, city=city, database_url=url)
    async with open_runtime(settings) as parts, running(Line(ami_port, ami_secret, var / "speech")) as line:
        await until(lambda: line.logins)
        app = make_app(url)
        after_call_work, phones = (
            AfterCallWork(parts.sessions, line.control, 0),
            AgentPhones(parts.sessions, line.control),
        )
        tools = LineTools(parts, pbx_settings(settings), line.control, line.sessions, after_call_work, phones)
        register(app, [job for job in JOBS if job.name in (CONTINUE_SEARCH, CALL_UNIT, CHECK_PHONE)], tools)
        async with app.open_async():
            await take_back(app)
            jobs = spawn(work(app, ["line"], concurrency=8, name="search"), name="line jobs")
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
