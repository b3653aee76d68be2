"""Transcription by hand: what waits, and making it again; and which calls are emergencies."""

import datetime as dt

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import transaction
from core.settings import Settings
from dispatch.kinds import Urgency
from dispatch.orders.models import Order, OrderCall
from hotline.runtime.runtime import open_runtime
from recordings.transcripts.backlog import Backlog, defer_again, load_backlog


async def is_emergency(session: AsyncSession, linkedid: str) -> bool:
    about_it = select(OrderCall.id).join(Order, Order.id == OrderCall.order_id)
    urgent = about_it.where(OrderCall.linkedid == linkedid, Order.urgency == Urgency.EMERGENCY)
    return bool(await session.scalar(select(exists(urgent))))


async def transcribe_anew(settings: Settings, *, made_by: str, since: dt.datetime | None) -> int:
    async with open_runtime(settings) as runtime, transaction(runtime.sessions) as session:
        return await defer_again(session, made_by=made_by, since=since)


async def backlog_by_hand(settings: Settings) -> Backlog:
    async with open_runtime(settings) as runtime, runtime.sessions() as session:
        return await load_backlog(session, clock.now())
