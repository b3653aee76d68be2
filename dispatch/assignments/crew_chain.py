"""The search for somebody who takes an order: begun with a push to a crew, ended when the crew has it.

Everything works in the caller's transaction. What is done next is dispatch.assignments.crew_chain_rules' to decide and
dispatch.jobs.walk_crew_chains's to do. Locks are taken in the order order, push, chain.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from core import bus
from core.errors import NotFound
from core.jobs import Job, defer
from dispatch.assignments.crew_chain_rules import ChainState, Deed
from dispatch.assignments.models import ChainDeed, UnitChain
from dispatch.orders.assignment_models import Push
from dispatch.orders.models import Order

WALK = "dispatch.walk_chain"
"""Job on queue `line`: do what is due in chain `chain_id`."""
LOOK_AFTER = "dispatch.look_after_chains"
"""Periodic job: chains whose job was lost go on."""
_LOST = dt.timedelta(seconds=30)
_OPEN = [state for state in ChainState if state.open]


async def attend(session: AsyncSession, order: Order, push: Push, *, at: dt.datetime) -> None:
    """A crew has been given the order: a chain of its own, or the next crew's turn in the one that runs."""
    chain = await _open_chain(session, order.id)
    if chain is not None and chain.unit_code == push.recipient_code and chain.push_id != push.id:
        chain.push_id = push.id
        return
    if chain is not None:
        await note(session, chain, Deed.CALLED_OFF, at=at, why="工单另派了直通车。")
    chain = UnitChain(
        order_id=order.id,
        urgency=order.urgency,
        state=ChainState.RUNNING,
        unit_code=push.recipient_code,
        push_id=push.id,
        tried=[push.recipient_code],
        step_at=at,
        begun_at=at,
    )
    session.add(chain)
    await session.flush()
    await wake(session, chain, at=at)


async def note(session: AsyncSession, chain: UnitChain, deed: Deed, *, at: dt.datetime, why: str = "") -> None:
    """Write down what is done, with the chain's state that follows from it."""
    ends = {
        Deed.TAKEN: ChainState.TAKEN,
        Deed.CALLED_OFF: ChainState.CALLED_OFF,
        Deed.ALARM: ChainState.ALARMED,
    }
    if deed in ends:
        chain.state, chain.next_at = ends[deed], None
        if not chain.state.open:
            chain.ended_at = at
    count = await session.scalar(select(func.count()).where(ChainDeed.chain_id == chain.id)) or 0
    session.add(ChainDeed(chain_id=chain.id, seq=count + 1, at=at, deed=deed, unit_code=chain.unit_code, why=why))
    await session.flush()
    await bus.publish(session, "order", chain.order_id)


async def taken(session: AsyncSession, push_ids: Collection[int], *, at: dt.datetime, by: str) -> None:
    """These pushes were acknowledged: whoever was asked has the order."""
    for chain in await _open_chains(session, push_ids):
        await note(session, chain, Deed.TAKEN, at=at, why=by)


async def called_off(session: AsyncSession, push_ids: Collection[int], *, at: dt.datetime) -> None:
    """These pushes were withdrawn: the order went elsewhere or needs nobody any more."""
    for chain in await _open_chains(session, push_ids):
        await note(session, chain, Deed.CALLED_OFF, at=at)


async def refuse(session: AsyncSession, order: Order, why: str, *, at: dt.datetime) -> None:
    """The order's crew cannot go, whether or not it had said yes before: the chain goes on at once. An order that was
    dispatched before there were chains has none; then its history alone says it."""
    await session.execute(select(Order.id).where(Order.id == order.id).with_for_update())
    query = select(UnitChain).where(UnitChain.order_id == order.id).order_by(UnitChain.id.desc()).limit(1)
    chain = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if chain is None or chain.unit_code != order.unit_code:
        return
    chain.state, chain.ended_at = ChainState.RUNNING, None
    chain.refused_at, chain.refused_why = at, why
    await wake(session, chain, at=at)


async def wake(session: AsyncSession, chain: UnitChain, *, at: dt.datetime, until: dt.datetime | None = None) -> None:
    """Look at the chain again at `until`; None: now. Jobs that find nothing to do are harmless."""
    chain.next_at = until or at
    await session.flush()
    moment = "now" if until is None else str(int(until.timestamp()))
    await defer(
        session,
        Job(WALK, queue="line", arguments={"chain_id": chain.id}, key=f"chain-{chain.id}-{moment}", run_at=until),
    )


async def call_ended(session: AsyncSession, push_id: int, *, at: dt.datetime) -> None:
    """A call about this push has ended without a yes: its step is over."""
    query = select(UnitChain).where(UnitChain.push_id == push_id, UnitChain.state == ChainState.RUNNING)
    chain = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if chain is not None:
        await wake(session, chain, at=at)


async def look_after(session: AsyncSession, *, at: dt.datetime) -> int:
    """Chains that should have been looked at and were not: their jobs failed for good. Returns how many."""
    late = (UnitChain.state == ChainState.RUNNING) & (UnitChain.next_at < at - _LOST)
    found = (await session.scalars(select(UnitChain).where(late).with_for_update(skip_locked=True))).all()
    for chain in found:
        await wake(session, chain, at=at)
    return len(found)


async def chains_of(session: AsyncSession, order_id: int) -> Sequence[UnitChain]:
    """Oldest first, with their entries."""
    query = select(UnitChain).where(UnitChain.order_id == order_id).options(selectinload(UnitChain.deeds))
    return (await session.scalars(query.order_by(UnitChain.id).execution_options(populate_existing=True))).all()


async def open_alarms(session: AsyncSession) -> Sequence[UnitChain]:
    """Orders that nobody took and that no coordinator has seen to yet, oldest first; with their orders."""
    query = (
        select(UnitChain)
        .where(UnitChain.state == ChainState.ALARMED, UnitChain.alarm_seen_at.is_(None))
        .options(joinedload(UnitChain.order).selectinload(Order.co_offices))
        .order_by(UnitChain.alarmed_at)
        .limit(200)
    )
    return (await session.scalars(query)).all()


async def see_alarm(session: AsyncSession, chain_id: int, *, by: str, at: dt.datetime) -> None:
    """A coordinator takes the matter over; only the first one counts. Raises NotFound."""
    chain = await session.scalar(select(UnitChain).where(UnitChain.id == chain_id).with_for_update())
    if chain is None or chain.alarmed_at is None:
        raise NotFound("没有这条告警。", chain_id=chain_id)
    if chain.alarm_seen_at is None:
        chain.alarm_seen_at, chain.alarm_seen_by = at, by
        await note(session, chain, Deed.ALARM_SEEN, at=at, why=by)


async def _open_chains(session: AsyncSession, push_ids: Collection[int]) -> Sequence[UnitChain]:
    query = select(UnitChain).where(UnitChain.push_id.in_(push_ids), UnitChain.state.in_(_OPEN)).order_by(UnitChain.id)
    return (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).all()


async def _open_chain(session: AsyncSession, order_id: int) -> UnitChain | None:
    query = select(UnitChain).where(UnitChain.order_id == order_id, UnitChain.state.in_(_OPEN))
    return await session.scalar(query.with_for_update())
