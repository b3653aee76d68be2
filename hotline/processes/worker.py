"""`hotline worker`: archives, transcribes, sends notices. As many as there are cores, on any number of machines."""

import asyncio
import os

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.crew_push import register_telling
from hotline.bridges.notifications import register_notices
from hotline.bridges.reachability import register_reach
from hotline.jobs import make_app, register_records, register_upkeep, work
from hotline.runtime.parts import open_parts, until_told_to_stop

_RECORDS_AT_ONCE = 4


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM. One recording is recognised at a time: another core is another process."""
    async with open_parts(settings) as parts:
        app = make_app(parts.database_url)
        register_records(app, parts)
        register_upkeep(app, parts)
        register_notices(app, parts)
        register_telling(app, parts)
        register_reach(app, parts)
        name = f"worker-{os.getpid()}"
        async with app.open_async():
            jobs = [
                spawn(work(app, ["records", "notices"], concurrency=_RECORDS_AT_ONCE, name=name), name="records"),
                spawn(work(app, ["speech"], concurrency=1, name=f"{name}-speech"), name="speech"),
            ]
            await until_told_to_stop(*jobs, parts.listening)
            await asyncio.gather(*map(cancel, jobs))
