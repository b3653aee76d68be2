"""Looks after a step for a confidential citizen's name or number in the words of somebody who may not know it."""

from access.visibility.reporter_guesses import Written, find_reporter_guesses, find_reporter_guesses_in
from core import clock
from core.database import transaction
from hotline.runtime.job_tools import WorkerTools


async def find_guesses(worker: WorkerTools, order_id: int, after_seq: int) -> None:
    """The job `access.find_reporter_guesses`."""
    async with transaction(worker.runtime.sessions) as session:
        pbx = worker.runtime.settings.pbx.name
        await find_reporter_guesses(session, pbx, order_id, after_seq, at=clock.now())


async def find_guesses_in(worker: WorkerTools, where: str, row_id: int) -> None:
    """The job `access.find_reporter_guesses_in`."""
    async with transaction(worker.runtime.sessions) as session:
        pbx = worker.runtime.settings.pbx.name
        await find_reporter_guesses_in(session, pbx, Written(where), row_id, at=clock.now())
