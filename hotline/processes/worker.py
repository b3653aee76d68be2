"""`hotline worker`: archives, transcribes, sends notifications. As many as there are cores, on any number of
machines."""

import asyncio
import os

from procrastinate import App

from core.settings import Settings
from core.tasks import cancel, spawn
from hotline.bridges.city_versions import bring_organisation
from hotline.bridges.notifications import sending_of
from hotline.bridges.recordings.gazetteer import gazetteer_of
from hotline.jobs import WORKER_QUEUES, jobs_of
from hotline.runtime.durable_jobs import make_app, register, work
from hotline.runtime.job_tools import WorkerTools
from hotline.runtime.presence import keep_presence
from hotline.runtime.runtime import Runtime, open_runtime, until_stopped
from recordings.recognition.engine import Engine

_RECORDS_AT_ONCE = 4


def worker_tools(app: App, runtime: Runtime) -> WorkerTools:
    return WorkerTools(app, runtime, Engine(runtime.settings, gazetteer_of(runtime.city)), sending_of(runtime))


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM. One recording is recognised at a time: another core is another process."""
    async with open_runtime(settings) as runtime:
        app = make_app(runtime.database_url)
        tools = worker_tools(app, runtime)
        register(app, jobs_of(*WORKER_QUEUES), tools)
        runtime.holder.follow(lambda _: spawn(bring_organisation(runtime), name="organisation"))
        name = f"worker-{os.getpid()}"
        async with app.open_async():
            jobs = [
                spawn(work(app, ["records", "notifications"], concurrency=_RECORDS_AT_ONCE, name=name), name="records"),
                spawn(work(app, ["speech"], concurrency=1, name=f"{name}-speech"), name="speech"),
                spawn(keep_presence(runtime, "worker", tools.engine.loaded), name="presence"),
            ]
            await until_stopped(*jobs, runtime.listening)
            await asyncio.gather(*map(cancel, jobs))
