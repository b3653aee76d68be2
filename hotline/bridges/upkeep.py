"""What is done again and again by whichever worker is there: the handlers of the timetable in hotline/jobs.py."""

import asyncio

import structlog

from access.accounts.refusals import forget_refusals
from core import clock
from core.database import transaction
from dispatch.assignments.crew_search import look_after
from dispatch.jobs.ask_citizens import ask_due
from dispatch.jobs.overdue import sweep
from dispatch.jobs.send_notifications import wake
from hotline.bridges.line.callbacks import release_stuck
from hotline.bridges.reachability import check_due
from hotline.bridges.recordings.retention import forget_spoken, keep_retention
from hotline.bridges.recordings.search_covers import index_all_missing
from hotline.bridges.recordings.voice_notes import requeue_unheard
from hotline.bridges.recounting import recount_limits
from hotline.runtime.disks import written_folders
from hotline.runtime.durable_jobs import take_back
from hotline.runtime.job_tools import WorkerTools
from recordings.archive.archiving import recheck
from recordings.archive.disk import disk_trouble
from recordings.transcripts.transcribe import requeue_if_model

log = structlog.get_logger()


async def take_back_stalled(worker: WorkerTools) -> None:
    await take_back(worker.app)


async def sweep_orders(worker: WorkerTools) -> None:
    await sweep(worker.runtime.sessions, worker.runtime.policy, at=clock.now())


async def recount_orders(worker: WorkerTools) -> None:
    runtime = worker.runtime
    await recount_limits(runtime.sessions, runtime.policy, runtime.settings.pbx.name, at=clock.now())


async def retry_recordings(worker: WorkerTools) -> None:
    runtime = worker.runtime
    if trouble := await asyncio.to_thread(disk_trouble, *written_folders(runtime.settings)):
        log.error("disk_nearly_full", detail=trouble)
    async with transaction(runtime.sessions) as session:
        await recheck(session)
    await requeue_if_model(runtime.sessions, runtime.settings)
    await requeue_unheard(runtime.sessions, runtime.settings)


async def release_callbacks(worker: WorkerTools) -> None:
    await release_stuck(worker.runtime)


async def look_after_crew_searches(worker: WorkerTools) -> None:
    async with transaction(worker.runtime.sessions) as session:
        await look_after(session, at=clock.now())


async def index_missing(worker: WorkerTools) -> None:
    await index_all_missing(worker.runtime.sessions)


async def reachability_round(worker: WorkerTools) -> None:
    await check_due(worker.runtime)


async def ask_citizens(worker: WorkerTools) -> None:
    sending = worker.sending
    await ask_due(sending.sessions, sending.policy, at=sending.clock())


async def wake_notifications(worker: WorkerTools) -> None:
    await wake(worker.sending)


async def destroy_what_is_due(worker: WorkerTools) -> None:
    await keep_retention(worker.runtime)
    await forget_spoken(worker.runtime.settings)
    async with transaction(worker.runtime.sessions) as session:
        await forget_refusals(session, clock.now())
