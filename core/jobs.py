"""Durable work: a job is a row deferred in the transaction that makes it necessary.

Rooms name the job (`Job`) and defer it; `hotline.jobs` says what each name does. The engine is Procrastinate
on the same PostgreSQL: jobs run at least once, so every task is idempotent by its arguments.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.ext.asyncio import AsyncSession

_deferrer = App(connector=PsycopgConnector())
"""Never opened: it only spells Procrastinate's INSERT, which then runs on the session's own connection."""


@dataclass(frozen=True)
class Job:
    """One piece of work to be done after this transaction."""

    name: str
    """`room.verb_object`, as registered in hotline.jobs."""
    queue: str
    """line (needs the telephone), records (files), notifications, speech (recogniser)."""
    arguments: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    """While a job with this key waits, the same is not enqueued again."""
    run_at: dt.datetime | None = None
    """Not before this instant; None: at once."""
    lock: str | None = None
    """Jobs with the same lock never run side by side."""
    priority: int = 0
    """Higher first."""


async def defer(session: AsyncSession, job: Job) -> int | None:
    """Put `job` into the session's own transaction. Returns its id; None: one with its key waits already."""
    await session.flush()
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    deferrer = _deferrer.configure_task(
        job.name,
        queue=job.queue,
        queueing_lock=job.key,
        lock=job.lock,
        schedule_at=job.run_at,
        priority=job.priority,
        connection=raw.driver_connection,
    )
    try:
        # A refused key aborts the whole transaction in PostgreSQL; the savepoint keeps what was done before.
        async with connection.begin_nested():
            return await deferrer.defer_async(**job.arguments)
    except AlreadyEnqueued:
        return None
