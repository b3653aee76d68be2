"""Looks after a step for a confidential citizen's name or number in the words of somebody who may not know it."""

from access.visibility.probing import Written, look_for_probing, look_for_probing_in
from core import clock
from core.database import transaction
from hotline.runtime.job_tools import WorkerTools


async def look_for_reporters(worker: WorkerTools, order_id: int, after_seq: int) -> None:
    """The job `access.look_for_probing`."""
    async with transaction(worker.runtime.sessions) as session:
        pbx = worker.runtime.settings.pbx.name
        await look_for_probing(session, pbx, order_id, after_seq, at=clock.now())


async def look_for_reporters_in(worker: WorkerTools, where: str, row_id: int) -> None:
    """The job `access.look_for_probing_in`."""
    async with transaction(worker.runtime.sessions) as session:
        pbx = worker.runtime.settings.pbx.name
        await look_for_probing_in(session, pbx, Written(where), row_id, at=clock.now())
