"""The search for somebody who takes an order: begun with an assignment to a crew, ended when the crew has it.

Everything works in the caller's transaction. What is done next is dispatch.assignments.crew_search_rules' to decide and
dispatch.jobs.search_crews's to do. Locks are taken in the order order, assignment, search.
"""

import datetime as dt
import re
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from core import bus
from core.city_words import city_words
from core.errors import NotFound
from core.jobs import Job, defer
from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction
from dispatch.assignments.models import CrewSearch, CrewSearchAction
from dispatch.orders.assignment_models import Assignment
from dispatch.orders.models import Order

CONTINUE_SEARCH = "dispatch.search_crews"
"""Job on queue `line`: do what is due in search `search_id`."""
LOOK_AFTER = "dispatch.look_after_crew_searches"
"""Periodic job: searches whose job was lost go on."""
_LOST = dt.timedelta(seconds=30)
_OPEN = [state for state in CrewSearchState if state.open]


async def attend(session: AsyncSession, order: Order, assignment: Assignment, *, at: dt.datetime) -> None:
    """A crew has been given the order: a search of its own, or the next crew's turn in the one that runs."""
    search = await _open_search(session, order.id)
    if search is not None and search.unit_code == assignment.recipient_code and search.assignment_id != assignment.id:
        search.assignment_id = assignment.id
        return
    if search is not None:
        await note(session, search, SearchAction.CALLED_OFF, at=at, why=f"工单另派了{city_words().crew}。")
    search = CrewSearch(
        order_id=order.id,
        urgency=order.urgency,
        state=CrewSearchState.RUNNING,
        unit_code=assignment.recipient_code,
        assignment_id=assignment.id,
        tried=[assignment.recipient_code],
        step_at=at,
        begun_at=at,
    )
    session.add(search)
    await session.flush()
    await wake(session, search, at=at)


_REFUSAL = re.compile(r"不能前往（.*）", re.DOTALL)
SAID_ELSEWHERE = "理由见其办理记录"


def refusal(crew: str, said: str) -> str:
    """The crew's no as the system quotes it in its reasons."""
    return f"{crew}不能前往（{said}）。"


def without_refusal(reason: str) -> str:
    """A reason of the system's without what a crew said in it; it was perhaps said before the citizen asked to stay
    unnamed."""
    return _REFUSAL.sub(f"不能前往（{SAID_ELSEWHERE}）", reason)


async def note(
    session: AsyncSession, search: CrewSearch, action: SearchAction, *, at: dt.datetime, why: str = ""
) -> None:
    """Write down what is done, with the search's state that follows from it."""
    ends = {
        SearchAction.TAKEN: CrewSearchState.TAKEN,
        SearchAction.CALLED_OFF: CrewSearchState.CALLED_OFF,
        SearchAction.ALARM: CrewSearchState.ALARMED,
    }
    if action in ends:
        search.state, search.next_at = ends[action], None
        if not search.state.open:
            search.ended_at = at
    count = await session.scalar(select(func.count()).where(CrewSearchAction.search_id == search.id)) or 0
    session.add(
        CrewSearchAction(search_id=search.id, seq=count + 1, at=at, action=action, unit_code=search.unit_code, why=why)
    )
    await session.flush()
    await bus.publish(session, "order", search.order_id)


async def taken(session: AsyncSession, assignment_ids: Collection[int], *, at: dt.datetime, by: str) -> None:
    """These assignments were acknowledged: whoever was asked has the order."""
    for search in await _open_searches(session, assignment_ids):
        await note(session, search, SearchAction.TAKEN, at=at, why=by)


async def called_off(session: AsyncSession, assignment_ids: Collection[int], *, at: dt.datetime) -> None:
    """These assignments were withdrawn: the order went elsewhere or needs nobody any more."""
    for search in await _open_searches(session, assignment_ids):
        await note(session, search, SearchAction.CALLED_OFF, at=at)


async def refuse(session: AsyncSession, order: Order, why: str, *, at: dt.datetime) -> None:
    """The order's crew cannot go, whether or not it had said yes before: the search goes on at once. An order that was
    dispatched before there were searches has none; then its history alone says it."""
    await session.execute(select(Order.id).where(Order.id == order.id).with_for_update())
    query = select(CrewSearch).where(CrewSearch.order_id == order.id).order_by(CrewSearch.id.desc()).limit(1)
    search = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if search is None or search.unit_code != order.unit_code:
        return
    search.state, search.ended_at = CrewSearchState.RUNNING, None
    search.refused_at, search.refused_why = at, why
    await wake(session, search, at=at)


async def wake(session: AsyncSession, search: CrewSearch, *, at: dt.datetime, until: dt.datetime | None = None) -> None:
    """Look at the search again at `until`; None: now. Jobs that find nothing to do are harmless."""
    search.next_at = until or at
    await session.flush()
    moment = "now" if until is None else str(int(until.timestamp()))
    await defer(
        session,
        Job(
            CONTINUE_SEARCH,
            queue="line",
            arguments={"search_id": search.id},
            key=f"search-{search.id}-{moment}",
            run_at=until,
        ),
    )


async def call_ended(session: AsyncSession, assignment_id: int, *, at: dt.datetime) -> None:
    """A call about this assignment has ended without a yes: its step is over."""
    query = select(CrewSearch).where(
        CrewSearch.assignment_id == assignment_id, CrewSearch.state == CrewSearchState.RUNNING
    )
    search = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if search is not None:
        await wake(session, search, at=at)


async def look_after(session: AsyncSession, *, at: dt.datetime) -> int:
    """Chains that should have been looked at and were not: their jobs failed for good. Returns how many."""
    late = (CrewSearch.state == CrewSearchState.RUNNING) & (CrewSearch.next_at < at - _LOST)
    found = (await session.scalars(select(CrewSearch).where(late).with_for_update(skip_locked=True))).all()
    for search in found:
        await wake(session, search, at=at)
    return len(found)


async def crew_searches_of(session: AsyncSession, order_id: int) -> Sequence[CrewSearch]:
    """Oldest first, with their entries."""
    query = select(CrewSearch).where(CrewSearch.order_id == order_id).options(selectinload(CrewSearch.actions))
    return (await session.scalars(query.order_by(CrewSearch.id).execution_options(populate_existing=True))).all()


async def open_alarms(session: AsyncSession) -> Sequence[CrewSearch]:
    """Orders that nobody took and that no coordinator has seen to yet, oldest first; with their orders."""
    query = (
        select(CrewSearch)
        .where(CrewSearch.state == CrewSearchState.ALARMED, CrewSearch.alarm_seen_at.is_(None))
        .options(joinedload(CrewSearch.order).selectinload(Order.co_offices))
        .order_by(CrewSearch.alarmed_at)
        .limit(200)
    )
    return (await session.scalars(query)).all()


async def see_alarm(session: AsyncSession, search_id: int, *, by: str, at: dt.datetime) -> None:
    """A coordinator takes the matter over; only the first one counts. Raises NotFound."""
    search = await session.scalar(select(CrewSearch).where(CrewSearch.id == search_id).with_for_update())
    if search is None or search.alarmed_at is None:
        raise NotFound("没有这条告警。", search_id=search_id)
    if search.alarm_seen_at is None:
        search.alarm_seen_at, search.alarm_seen_by = at, by
        await note(session, search, SearchAction.ALARM_SEEN, at=at, why=by)


async def _open_searches(session: AsyncSession, assignment_ids: Collection[int]) -> Sequence[CrewSearch]:
    query = (
        select(CrewSearch)
        .where(CrewSearch.assignment_id.in_(assignment_ids), CrewSearch.state.in_(_OPEN))
        .order_by(CrewSearch.id)
    )
    return (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).all()


async def _open_search(session: AsyncSession, order_id: int) -> CrewSearch | None:
    query = select(CrewSearch).where(CrewSearch.order_id == order_id, CrewSearch.state.in_(_OPEN))
    return await session.scalar(query.with_for_update())
