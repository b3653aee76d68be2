"""What each durable job does, and the workers that do them.

Jobs run at least once: a worker that is killed leaves its jobs `doing`, its heartbeat ends, and after
`STALLED_SECONDS` whoever lives takes them back. So every task is idempotent by its arguments.
"""

import asyncio
from collections.abc import Sequence

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition

from access.accounts.refusals import forget_refusals
from core import clock
from core.database import transaction
from dispatch.assignments.escalation import LOOK_AFTER, look_after
from dispatch.attachments.store import HEAR_VOICE
from dispatch.jobs.overdue import SWEEP, sweep
from hotline.bridges.callbacks import RELEASE, release_stuck
from hotline.bridges.gazetteer import gazetteer_of
from hotline.bridges.proposals import propose_from_transcript
from hotline.bridges.recounting import RECOUNT, recount_limits
from hotline.bridges.retention import forget_spoken, keep_retention
from hotline.bridges.search_covers import cover_of_call, index_transcript, register_search_covers
from hotline.bridges.transcribing import is_emergency
from hotline.bridges.voice_notes import hear_voice, requeue_unheard
from hotline.runtime.disks import written_folders
from hotline.runtime.parts import Parts
from recordings.archive.archiving import archive, recheck
from recordings.archive.disk import disk_trouble
from recordings.archive.retention import RETENTION
from recordings.audio.keys import keys_of
from recordings.recognition.engine import Engine
from recordings.transcripts.transcribe import AGAIN, requeue_if_model, transcribe, transcribe_again

log = structlog.get_logger()

HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 12.0

STUBBORN = RetryStrategy(max_attempts=12, exponential_wait=3)
"""Outside trouble passes: 3 s, 9 s, 27 s, … then the job lies among the failed, where people see it."""


def make_app(database_url: str) -> App:
    return App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=4))


def register_upkeep(app: App, parts: Parts) -> None:
    """The timetable: what is done again and again, by whichever worker is there."""

    @app.periodic(cron="* * * * * */5")  # the sixth field is seconds
    @app.task(name="house.take_back_stalled", queue="records", queueing_lock="take_back_stalled", pass_context=True)
    async def take_back_stalled(context: JobContext, timestamp: int) -> None:
        await take_back(context.app)

    @app.periodic(cron="* * * * *")
    @app.task(name=SWEEP, queue="records", queueing_lock=SWEEP)
    async def sweep_orders(timestamp: int) -> None:
        await sweep(parts.sessions, parts.policy, at=clock.now())

    @app.periodic(cron="* * * * *")
    @app.task(name=RECOUNT, queue="records", queueing_lock=RECOUNT)
    async def recount_orders(timestamp: int) -> None:
        await recount_limits(parts.sessions, parts.policy, parts.settings.pbx.name, at=clock.now())

    @app.periodic(cron="* * * * *")
    @app.task(name="recordings.look_again", queue="records", queueing_lock="look_again")
    async def look_again(timestamp: int) -> None:
        if trouble := await asyncio.to_thread(disk_trouble, *written_folders(parts.settings)):
            log.error("disk_nearly_full", detail=trouble)
        async with transaction(parts.sessions) as session:
            await recheck(session)
        await requeue_if_model(parts.sessions, parts.settings)
        await requeue_unheard(parts.sessions, parts.settings)

    @app.periodic(cron="* * * * *")
    @app.task(name=RELEASE, queue="records", queueing_lock=RELEASE)
    async def release_callbacks(timestamp: int) -> None:
        await release_stuck(parts)

    @app.periodic(cron="* * * * *")
    @app.task(name=LOOK_AFTER, queue="records", queueing_lock=LOOK_AFTER)
    async def look_after_chains(timestamp: int) -> None:
        async with transaction(parts.sessions) as session:
            await look_after(session, at=clock.now())

    @app.periodic(cron="20 19 * * *")  # UTC: the city's night
    @app.task(name=RETENTION, queue="records", queueing_lock=RETENTION, lock=RETENTION)
    async def retention(timestamp: int) -> None:
        await keep_retention(parts)
        await forget_spoken(parts.settings)
        async with transaction(parts.sessions) as session:
            await forget_refusals(session, clock.now())


def register_records(app: App, parts: Parts) -> None:
    """Files and speech: what any worker can do."""
    register_search_covers(app, parts)
    engine = Engine(parts.settings, gazetteer_of(parts.city))

    @app.task(name="recordings.archive", queue="records", retry=STUBBORN)
    async def archive_recording(recording_id: int) -> None:
        await archive(
            parts.sessions,
            parts.settings.recordings,
            recording_id,
            keys=keys_of(parts.settings),
            is_emergency=is_emergency,
        )

    @app.task(name="recordings.transcribe", queue="speech", retry=STUBBORN)
    async def transcribe_recording(transcript_id: int) -> None:
        await transcribe(parts.sessions, parts.settings.recordings, engine, transcript_id, cover=cover_of_call)
        await propose_from_transcript(parts.sessions, parts.policy, transcript_id, pbx=parts.settings.pbx.name)
        await index_transcript(parts.sessions, transcript_id)

    @app.task(name=AGAIN, queue="speech", retry=STUBBORN)
    async def transcribe_recording_again(transcript_id: int) -> None:
        await transcribe_again(parts.sessions, parts.settings.recordings, engine, transcript_id, cover=cover_of_call)
        await propose_from_transcript(parts.sessions, parts.policy, transcript_id, pbx=parts.settings.pbx.name)
        await index_transcript(parts.sessions, transcript_id)

    @app.task(name=HEAR_VOICE, queue="speech", retry=STUBBORN)
    async def hear_voice_note(attachment_id: int) -> None:
        await hear_voice(parts.sessions, parts.settings, engine, attachment_id)


async def take_back(app: App) -> int:
    """Put the jobs of workers that died back into their queues. Returns how many."""
    taken = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await app.job_manager.retry_job(job)
        except (UniqueViolation, ConnectorException):
            # The same work waits already under its key: this one is not needed any more.
            await app.job_manager.finish_job(job, status="failed", delete_job=True)  # type: ignore[arg-type]
        log.warning("job_taken_back", job=job.id, task=job.task_name)
        taken += 1
    return taken


async def work(app: App, queues: Sequence[str], *, concurrency: int, name: str) -> None:
    """Do jobs of these queues until cancelled."""
    await app.run_worker_async(
        queues=list(queues),
        concurrency=concurrency,
        name=name,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=10,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
    )
