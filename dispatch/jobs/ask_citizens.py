"""Asking citizens what became of their matter: by a link in a text message, else by a person's call; and the answer
that comes over the link.

The periodic job looks every minute at what is due; a row that one worker has locked the others pass by, and the text
message is queued in the transaction that records the question.
"""

import datetime as dt
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.clock import day_and_minute
from core.database import Sessions, transaction
from core.errors import Conflict, NotFound
from dispatch.follow_up.models import FollowUp
from dispatch.follow_up.rules import OPEN, FollowUpState
from dispatch.notifications.models import Notification
from dispatch.notifications.queue import LinkToSend, queue_notification
from dispatch.notifications.rules import Audience, NotificationState, Template
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.notify import facts_about
from dispatch.steps.take import take_step
from dispatch.workflow import Role, State, Step

log = structlog.get_logger()

ASK = "follow_ups.ask"
"""Periodic job: every minute."""
LINK_PATH = "follow-up"

_AT_ONCE = 500
_UNSENT = (NotificationState.HELD, NotificationState.DEAD, NotificationState.EXPIRED, NotificationState.DROPPED)


async def ask_due(sessions: Sessions, policy: Policy, *, at: dt.datetime) -> int:
    """Ask whose moment has come; hand to people whom no link reaches, or who did not answer. Returns how many."""
    unsent = (
        select(Notification.id)
        .where(Notification.id == FollowUp.notification_id, Notification.state.in_(_UNSENT))
        .exists()
    )
    due = or_(FollowUp.due_at <= at, (FollowUp.state == FollowUpState.ASKED) & unsent)
    async with transaction(sessions) as session:
        query = select(FollowUp).where(FollowUp.ended_at.is_(None), due).order_by(FollowUp.id).limit(_AT_ONCE)
        found = (await session.scalars(query.with_for_update(skip_locked=True))).all()
        for one in found:
            await _ask(session, policy, one, at)
    log.info("follow_ups_asked", count=len(found))
    return len(found)


async def _ask(session: AsyncSession, policy: Policy, one: FollowUp, at: dt.datetime) -> None:
    order = await session.get_one(Order, one.order_id)
    await bus.publish(session, "order", order.id)
    if one.state is FollowUpState.PLANNED:
        one.asked_at = at
        until = at + dt.timedelta(hours=policy.follow_up.answer_hours)
        facts = facts_about(policy.city, order) | {"due": day_and_minute(until)}
        link = LinkToSend(LINK_PATH, one.id, until)
        queued = await queue_notification(
            session,
            policy.city,
            policy.notifications,
            Audience.CITIZEN,
            Template.FOLLOW_UP,
            facts,
            at=at,
            order=order,
            link=link,
        )
        if queued:
            one.state, one.due_at, one.notification_id = FollowUpState.ASKED, until, queued[0].id
            return
    one.state, one.due_at = FollowUpState.TO_CALL, None


async def get_round(session: AsyncSession, follow_up_id: int) -> tuple[FollowUp, Order]:
    """Raises NotFound; Conflict where it has been answered, or the order went another way."""
    one = await session.get(FollowUp, follow_up_id, with_for_update=True)
    if one is None:
        raise NotFound("没有这次回访。")
    order = await session.get_one(Order, one.order_id)
    if one.state is FollowUpState.DONE:
        raise Conflict("这次回访已经填过，谢谢您。")
    if one.state not in OPEN or order.state is not State.FOLLOW_UP:
        raise Conflict("这件事已经有了新的进展，不用再评价。")
    return one, order


async def answer_by_link(
    session: AsyncSession, policy: Policy, follow_up_id: int, answers: dict[str, Any], *, at: dt.datetime
) -> Order:
    """The citizen's own word closes or reopens the order. Errors as in `get_round` and `take_step`."""
    _, order = await get_round(session, follow_up_id)
    citizen = Actor(None, Role.CITIZEN, order.citizen_name or "诉求人")
    return await take_step(session, policy, order.id, Step.RECORD_FOLLOW_UP, actor=citizen, at=at, fields=answers)
