"""A former system's file, carried on by a worker (dispatch.former.carry_on)."""

from core import clock
from dispatch.former.carry_on import carry_on
from hotline.runtime.job_tools import WorkerTools


async def carry_on_former(worker: WorkerTools, file_id: int) -> None:
    await carry_on(worker.runtime.sessions, lambda: worker.runtime.city, file_id, clock.now)
