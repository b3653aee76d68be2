"""Notifications: queued in the transaction of their cause, so that neither is without the other; listed, resent,
dropped.

dispatch.steps.notify decides the recipients, dispatch.jobs.send_notifications sends.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import bus
from core.errors import Conflict, NotFound
from core.jobs import Job, defer
from core.numbers.phone import number_key
from core.numbers.shown import number_type
from dispatch.citizens.outgoing import CoveredFacts
from dispatch.city.records import City
from dispatch.notifications.contacts import contacts_of, reached_now
from dispatch.notifications.models import Contact, Notification, NotificationAttempt
from dispatch.notifications.rules import (
    LINK,
    AttemptOutcome,
    Audience,
    NotificationChannel,
    NotificationRules,
    NotificationState,
    Template,
    not_before,
    render,
)
from dispatch.orders.models import Order

SEND = "notifications.send"
"""Job on queue `notifications`: one attempt at notification `notification_id`."""

_SETTLED = (NotificationState.SENT, NotificationState.DROPPED)


@dataclass(frozen=True)
class LinkToSend:
    """A page for whoever gets the notification, and nobody else."""

    path: str
    """What the link may do, and the first part of its address: `follow-up` is /follow-up/…"""
    about: int
    expires_at: dt.datetime


async def queue_notification(
    session: AsyncSession,
    city: City,
    rules: NotificationRules,
    audience: Audience,
    template: Template,
    facts: CoveredFacts,
    *,
    at: dt.datetime,
    order: Order | None = None,
    code: str = "",
    link: LinkToSend | None = None,
    only: Contact | None = None,
) -> list[Notification]:
    """One for each address at which they are reached; none where no address is known.

    `facts`: what the text may name (dispatch.notifications.rules.FACTS) beside the city's name and number. `code`: of
    the office or unit. A citizen is notified at the order's mobile number. `link`: for the citizen, or for contacts
    that are marked for links. `only`: this contact of theirs, and no other.
    """
    addresses = (
        [(only.channel, only.address, only.with_link)] if only else await _addresses(session, audience, code, order, at)
    )
    if not addresses:
        return []
    notifications = []
    for channel, address, with_link in addresses:
        # What a coordinator sends by hand is nothing but the link.
        mine = link if with_link or template is Template.OFFICE_LINK else None
        known = {
            "city": city.name,
            "hotline": city.words.line_short,
            "line": city.words.number,
            "link": LINK if mine else "",
            **facts.facts,
        }
        title, text = (facts.covered(words) for words in render(rules, template, known))
        notification = Notification(
            order_id=order.id if order else None,
            audience=audience,
            code=code,
            channel=channel,
            address=address,
            template=template,
            title=title,
            text=text,
            link_path=mine.path if mine else "",
            link_about=mine.about if mine else None,
            link_expires_at=mine.expires_at if mine else None,
            queued_at=at,
            state=NotificationState.WAITING,
            next_try_at=not_before(rules, audience, template, at),
        )
        notifications.append(notification)
    session.add_all(notifications)
    await session.flush()
    for notification in notifications:
        await defer_sending(session, notification)
    return notifications


async def _addresses(
    session: AsyncSession, audience: Audience, code: str, order: Order | None, at: dt.datetime
) -> list[tuple[NotificationChannel, str, bool]]:
    """Each with whether it is given the link."""
    if audience is Audience.CITIZEN:
        return [(NotificationChannel.SMS, number_key(order.citizen_phone), True)] if order and takes_sms(order) else []
    found = await reached_now(session, await contacts_of(session, audience, code), at)
    return [(one.channel, one.address, one.with_link) for one in found]


def takes_sms(order: Order) -> bool:
    """A mobile telephone of this country; a number that was withheld or is a landline's gets none."""
    return number_type(order.citizen_phone) == "手机"


async def defer_sending(session: AsyncSession, notification: Notification) -> None:
    """Let a worker try it when it is due; in the caller's transaction."""
    key = f"notification-{notification.id}"
    job = Job(
        SEND,
        queue="notifications",
        arguments={"notification_id": notification.id},
        key=key,
        lock=key,
        run_at=notification.next_try_at,
    )
    await defer(session, job)
    await bus.publish(session, "notification", notification.id)


async def get_notification(session: AsyncSession, notification_id: int) -> Notification:
    """With its `attempts` and `order`. Raises NotFound."""
    query = (
        select(Notification)
        .where(Notification.id == notification_id)
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )
    notification = await session.scalar(query)
    if notification is None:
        raise NotFound("没有这条通知。", notification_id=notification_id)
    return notification


async def list_notifications(
    session: AsyncSession,
    *,
    states: Sequence[NotificationState] = (),
    channel: NotificationChannel | None = None,
    order_id: int | None = None,
    before: int | None = None,
    without: Collection[Template] = (),
    limit: int,
) -> Sequence[Notification]:
    """Newest first, each with `attempts` and `order`. `before`: only those with a smaller id. Reachability checks
    stand with their contacts instead (dispatch.reachability.checks): on a day of tests they would hide all others."""
    query = select(Notification).where(Notification.template.not_in([Template.REACHABILITY_CHECK, *without]))
    query = query.options(*_WHOLE).order_by(Notification.id.desc()).limit(limit)
    if states:
        query = query.where(Notification.state.in_(states))
    if channel:
        query = query.where(Notification.channel == channel)
    if order_id is not None:
        query = query.where(Notification.order_id == order_id)
    if before is not None:
        query = query.where(Notification.id < before)
    return (await session.scalars(query)).all()


_WHOLE = (selectinload(Notification.attempts), selectinload(Notification.order))


async def resend(session: AsyncSession, notification_id: int, *, by: str, at: dt.datetime) -> None:
    """A person has it tried again from the start, at once. Raises NotFound; Conflict where it is on its way."""
    notification = await _locked(session, notification_id)
    if notification.state is NotificationState.WAITING:
        raise Conflict("这条通知正在等待发送，不用重发。")
    notification.state, notification.next_try_at, notification.tries, notification.why = (
        NotificationState.WAITING,
        at,
        0,
        "",
    )
    notification.resent_at, notification.under_way = at, False
    _note(session, notification, AttemptOutcome.RESENT, f"由{by}重新发送", by=by, at=at)
    await defer_sending(session, notification)


async def drop(session: AsyncSession, notification_id: int, *, by: str, at: dt.datetime) -> None:
    """A person decides that it need not be sent. Raises NotFound; Conflict where that is settled."""
    notification = await _locked(session, notification_id)
    if notification.state in _SETTLED:
        raise Conflict("这条通知已经发出或已经作废。")
    notification.state, notification.next_try_at, notification.why = (
        NotificationState.DROPPED,
        None,
        f"{by}决定不再发送",
    )
    _note(session, notification, AttemptOutcome.DROPPED, f"由{by}作废", by=by, at=at)
    await bus.publish(session, "notification", notification.id)


def _note(
    session: AsyncSession, notification: Notification, outcome: AttemptOutcome, result: str, *, by: str, at: dt.datetime
) -> None:
    attempt = NotificationAttempt(notification_id=notification.id, at=at, outcome=outcome, by=by, result=result)
    attempt.next_try_at = notification.next_try_at
    session.add(attempt)


async def _locked(session: AsyncSession, notification_id: int) -> Notification:
    notification = await session.scalar(
        select(Notification).where(Notification.id == notification_id).with_for_update()
    )
    if notification is None:
        raise NotFound("没有这条通知。", notification_id=notification_id)
    return notification
