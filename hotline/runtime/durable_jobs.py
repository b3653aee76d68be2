"""How durable jobs are registered and done: the engine below the table in hotline/jobs.py.

Jobs run at least once: a worker that is killed leaves its jobs `doing`, its heartbeat ends, and after
`STALLED_SECONDS` any other worker takes them back.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition

log = structlog.get_logger()

HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 12.0


@dataclass(frozen=True)
class JobSpec:
    """One kind of durable job."""

    name: str
    queue: str
    handler: Callable[..., Awaitable[object]]
    """Called with the tools of its process, then with the job's arguments. Idempotent by these."""
    period: str | None = None
    """Cron, UTC; a sixth field is seconds. None: only when it is deferred."""
    key: str | None = None
    """While a job with this key waits, the same is not enqueued again; of deferred ones see `core.jobs.Job.key`."""
    lock: str | None = None
    """Jobs with the same lock never run side by side; of deferred ones see `core.jobs.Job.lock`."""
    retry: RetryStrategy | int | None = None
    """After a failure; None: not again."""


def make_app(database_url: str) -> App:
    return App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=4))


def register(app: App, jobs: Iterable[JobSpec], tools: object) -> None:
    """Let the workers of `app` do these jobs, with the tools of their process."""
    for job in jobs:
        task = app.task(name=job.name, queue=job.queue, queueing_lock=job.key, lock=job.lock, retry=job.retry or False)(
            _runs(job, tools)
        )
        if job.period is not None:
            app.periodic(cron=job.period)(task)


def _runs(job: JobSpec, tools: object) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: object) -> None:
        await job.handler(tools, **arguments)

    async def run_now(timestamp: int) -> None:
        """The instant for which it was planned is no argument: a late job does what is due by now."""
        await job.handler(tools)

    return run if job.period is None else run_now


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
