"""What calls and orders are found by, covered: the recordings' room knows no citizens, the orders' no recordings.

Everything here may be done again at any moment; it rebuilds an index from what is stored.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Sessions, transaction
from core.privacy.redaction import Citizen, make_redactor
from dispatch.citizens.indexing import index_missing
from dispatch.citizens.redaction import citizens_of
from dispatch.orders.models import Order, OrderCall
from hotline.bridges.line.call_control import end_listening
from hotline.runtime.job_tools import WorkerTools
from recordings.models import Recording, Transcript
from recordings.transcripts.search import Hide, calls_not_indexed, index_call
from telephony.calls.models import Call

INDEX_MISSING = "search.index_missing"
_MOST_BATCHES = 50
_CALLS_AT_ONCE = 200


async def cover_of_call(session: AsyncSession, linkedid: str) -> Hide:
    """Takes out of what was said in a call whoever its orders' citizens are, and both its numbers."""
    about = select(Order).join(OrderCall, OrderCall.order_id == Order.id).where(OrderCall.linkedid == linkedid)
    orders = (await session.scalars(about)).unique().all()
    call = await session.get(Call, linkedid)
    numbers = Citizen(numbers=frozenset({call.caller_number, call.called_number}) if call else frozenset())
    return make_redactor([numbers, *(one for order in orders for one in citizens_of(order).values())]).without


async def index_calls_of(session: AsyncSession, order_ids: Collection[int]) -> None:
    of_theirs = select(OrderCall.linkedid).where(OrderCall.order_id.in_(order_ids)).distinct()
    for linkedid in (await session.scalars(of_theirs.order_by(OrderCall.linkedid))).all():
        await index_call(session, linkedid, cover_of_call)


async def citizen_changed(session: AsyncSession, order_id: int) -> None:
    """What follows in the calls of a family when a citizen of one of its orders changes, or wishes to stay unnamed."""
    family = select(Order.family_id).where(Order.id == order_id).scalar_subquery()
    # Kept until all calls are covered, so that their citizens are read once.
    members = (await session.scalars(select(Order).where(Order.family_id == family))).all()
    order_ids = [order.id for order in members]
    await end_listening(session, order_ids)
    await index_calls_of(session, order_ids)


async def index_transcript(sessions: Sessions, transcript_id: int) -> None:
    """Once more when what was heard is stored: by then the names that were heard in it are known too."""
    async with transaction(sessions) as session:
        transcript = await session.get(Transcript, transcript_id)
        if transcript is not None:
            recording = await session.get_one(Recording, transcript.recording_id)
            await index_call(session, recording.linkedid, cover_of_call)


async def index_all_missing(sessions: Sessions, *, batches: int = _MOST_BATCHES) -> int:
    """Orders and calls older than this index, newest first, a number of batches of each. Returns how many."""
    done = 0
    for _ in range(batches):
        async with transaction(sessions) as session:
            orders = await index_missing(session)
        async with transaction(sessions) as session:
            calls = await calls_not_indexed(session, limit=_CALLS_AT_ONCE)
            for linkedid in calls:
                await index_call(session, linkedid, cover_of_call)
        done += orders + len(calls)
        if not orders and not calls:
            break
    return done


async def cover_calls(worker: WorkerTools, order_id: int) -> None:
    """The job `dispatch.cover_calls`."""
    async with transaction(worker.runtime.sessions) as session:
        await citizen_changed(session, order_id)
