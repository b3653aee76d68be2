"""What the archive's retention must know of orders and calls; and the rules, checked against the words there are."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.errors import ConfigurationError
from core.folder.retention_file import retention_in_force
from core.sections.recordings import RetentionSettings
from core.settings import Settings
from dispatch.orders.models import Order, OrderCall
from hotline.runtime.retention_words import WORDS
from hotline.runtime.runtime import Runtime, open_runtime
from ivr.voice.spoken_files import remove_unused
from recordings.archive.retention import DueForRemoval, RetentionFacts, Rules, destroy_due, find_due
from telephony.calls.models import Call

TIMETABLE = "保存期限规则（每日自动）"
BY_HAND = "保存期限规则（系统管理员执行）"


def retention_rules(settings: RetentionSettings) -> Rules:
    """Raises ConfigurationError for a word that is none: with a mistyped rule too much would be destroyed."""
    if unknown := sorted(settings.by_word.keys() - WORDS):
        known = ", ".join(sorted(WORDS))
        raise ConfigurationError(f"HOTLINE_RETENTION__BY_WORD: no call is {', '.join(unknown)}. Fix: one of {known}")
    return Rules(settings.months, settings.by_word)


async def look_up(session: AsyncSession, linkedids: Sequence[str]) -> Mapping[str, RetentionFacts]:
    """Ended calls with what their orders are. The orders are locked against a change until the transaction ends."""
    orders: dict[str, list[Order]] = defaultdict(list)
    linked = (
        select(OrderCall.linkedid, Order)
        .join(Order, Order.id == OrderCall.order_id)
        .where(OrderCall.linkedid.in_(linkedids))
        .order_by(Order.id)
        .with_for_update(read=True, of=Order)
    )
    for linkedid, order in await session.execute(linked):
        orders[linkedid].append(order)
    calls = await session.scalars(select(Call).where(Call.linkedid.in_(linkedids), Call.ended_at.is_not(None)))
    return {call.linkedid: await _facts_of(session, call, orders[call.linkedid]) for call in calls}


async def _facts_of(session: AsyncSession, call: Call, orders: Sequence[Order]) -> RetentionFacts:
    words = {f"direction.{call.direction}", *(f"kind.{order.kind}" for order in orders if order.kind)}
    if call.outcome:
        words.add(f"outcome.{call.outcome}")
    settled = [call.ended_at, *[await _closed_at(session, order) for order in orders]]
    known = [at for at in settled if at is not None]
    return RetentionFacts(max(known) if len(known) == len(settled) else None, words)


async def _closed_at(session: AsyncSession, order: Order) -> dt.datetime | None:
    """None: open, or merged into one that is."""
    seen: set[int] = set()
    closed_at = order.closed_at
    while closed_at is not None and order.merged_into_id is not None and order.id not in seen:
        seen.add(order.id)
        order = await session.get_one(Order, order.merged_into_id, with_for_update={"read": True})
        closed_at = max(closed_at, order.closed_at) if order.closed_at else None
    return closed_at


async def forget_spoken(settings: Settings) -> int:
    """Remove the spoken orders that nobody has heard for long. Returns how many."""
    days = (await asyncio.to_thread(retention_in_force, settings.city, settings.retention)).spoken_days
    if not days:
        return 0
    before = clock.now() - dt.timedelta(days=days)
    return await asyncio.to_thread(remove_unused, settings.spoken, before)


async def keep_retention(runtime: Runtime, *, by: str = TIMETABLE) -> list[DueForRemoval]:
    settings = runtime.settings
    rules = retention_rules(await asyncio.to_thread(retention_in_force, settings.city, settings.retention))
    return await destroy_due(runtime.sessions, runtime.settings.recordings, rules, look_up, at=clock.now(), by=by)


async def retention_by_hand(settings: Settings, *, dry_run: bool) -> list[DueForRemoval]:
    """What was destroyed, or would be."""
    rules = retention_rules(retention_in_force(settings.city, settings.retention))
    async with open_runtime(settings) as runtime:
        if not dry_run:
            return await keep_retention(runtime, by=BY_HAND)
        return [due async for due in find_due(runtime.sessions, rules, look_up, clock.now())]
