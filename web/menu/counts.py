"""How much waits behind each entry of the bar. One question a page and minute, so each count is one short query."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from dispatch.assignments.assign import OPEN
from dispatch.assignments.crew_search_rules import CrewSearchState
from dispatch.assignments.models import CrewSearch
from dispatch.callbacks.models import Callback
from dispatch.callbacks.rules import CallbackState
from dispatch.follow_up.models import FollowUp
from dispatch.follow_up.rules import FollowUpState
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import NotificationState
from dispatch.orders.assignment_models import Assignment, RecipientKind
from dispatch.orders.work_queues import LATE, WorkQueue, count_waiting
from telephony.blocking.models import Block
from web.approvals.presenter import count_for

Count = Callable[[AsyncSession, Me, dt.datetime], Awaitable[int]]
_NO_DECISIONS = frozenset({WorkQueue.DUE_TODAY, *LATE})
"""Late or soon late: they stand in another queue, too."""


async def _orders(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    waiting = await count_waiting(session, me.role, at=at)
    return sum(count for queue, count in waiting.items() if queue not in _NO_DECISIONS)


async def _inbox(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    mine = Assignment.recipient_kind == RecipientKind.OFFICE, Assignment.recipient_code == me.office_code
    return await _rows(session, select(func.count()).select_from(Assignment).where(OPEN, *mine))


async def _inboxes(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    return await _rows(session, select(func.count()).select_from(Assignment).where(OPEN))


async def _calls(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    """Citizens who wait to be called back."""
    return await _rows(
        session, select(func.count()).select_from(Callback).where(Callback.state == CallbackState.WAITING)
    )


async def _unit_alarms(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    unseen = CrewSearch.state == CrewSearchState.ALARMED, CrewSearch.alarm_seen_at.is_(None)
    return await _rows(session, select(func.count()).select_from(CrewSearch).where(*unseen))


async def _blocks(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    undecided = Block.approved_at.is_(None), Block.refused_at.is_(None), Block.lifted_at.is_(None)
    return await _rows(session, select(func.count()).select_from(Block).where(*undecided))


async def _follow_ups(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    return await _rows(
        session, select(func.count()).select_from(FollowUp).where(FollowUp.state == FollowUpState.TO_CALL)
    )


async def _notifications(session: AsyncSession, me: Me, at: dt.datetime) -> int:
    """Not sent, or nobody knows whether."""
    failed = Notification.state.in_((NotificationState.DEAD, NotificationState.UNKNOWN))
    return await _rows(session, select(func.count()).select_from(Notification).where(failed))


async def _rows(session: AsyncSession, query: object) -> int:
    return int(await session.scalar(query) or 0)  # type: ignore[call-overload]


COUNTS: Mapping[str, tuple[str, Count]] = {
    "orders": ("{}张工单等待您处理", _orders),
    "inbox": ("{}件派单没有签收", _inbox),
    "inboxes": ("{}件派单没有确认", _inboxes),
    "calls": ("{}人等待回电", _calls),
    "unit_alarms": ("{}张工单没有{crew}接单", _unit_alarms),
    "blocks": ("{}个屏蔽建议等待审批", _blocks),
    "approvals": ("{}个申请等待您决定", count_for),
    "follow_ups": ("{}位诉求人等待电话回访", _follow_ups),
    "notifications": ("{}条通知没有发出", _notifications),
}
"""The entry's route → what its figure says aloud, and how it is counted."""
