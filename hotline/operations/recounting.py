"""`hotline recount`: what a calendar that was corrected after it was arranged moves, and the moving of it, by hand: it
may move hundreds of limits, which an operator wants to see before. Needs no running line."""

from core import clock
from core.settings import Settings
from hotline.bridges.recounting import Correction, corrections, recount_corrected
from hotline.runtime.runtime import open_runtime


async def corrections_by_hand(settings: Settings) -> list[Correction]:
    async with open_runtime(settings) as runtime:
        return await corrections(runtime.sessions, runtime.policy, at=clock.now())


async def recount_by_hand(settings: Settings) -> int:
    """Returns on how many orders a limit moved."""
    async with open_runtime(settings) as runtime:
        return await recount_corrected(runtime.sessions, runtime.policy, at=clock.now())
