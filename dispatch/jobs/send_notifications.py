"""Sending: one attempt at one notification, and the round that keeps notifications from being forgotten.

**At least once**, but for channels of which a second time does harm (`Sender.once`: text messages). That an attempt
begins is stored before it, its end afterwards. Of a process that died in between, or of an answer that did not come,
nobody knows whether the notification was sent: where the other side can be asked by the notification's id it is asked;
else a text is left as `unknown`, before people, and every other notification is sent once more under the same id and
says that it may be a repetition.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.clock import Clock
from core.database import Sessions, transaction
from core.errors import HotlineError
from core.links import sign_link
from dispatch.channels.port import Letter, Sender
from dispatch.citizens.redaction import redactor_of
from dispatch.city.records import City
from dispatch.notifications.models import Contact, Notification, NotificationAttempt
from dispatch.notifications.queue import defer_sending
from dispatch.notifications.rules import (
    LINK,
    AttemptOutcome,
    Delivery,
    NotificationChannel,
    NotificationRules,
    NotificationState,
    Template,
    not_before,
    retry_at,
    too_old,
)
from dispatch.orders.actors import SYSTEM
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.reachability.rounds import settle
from dispatch.steps.take import take_step
from dispatch.workflow import Step

log = structlog.get_logger()

WAKE = "notifications.wake"
"""Periodic job: every minute."""

_LATE = dt.timedelta(minutes=2)
"""A notification that has been due for this long has lost its job."""
_AT_ONCE = 1000
_MINUTE = dt.timedelta(minutes=1)
_REPEATED = "（重发，您可能已经收到）"


@dataclass(frozen=True)
class Sending:
    """What an attempt needs beside the notification."""

    sessions: Sessions
    policy: Policy
    senders: Mapping[NotificationChannel, Sender]
    """Of the channels that are set up."""
    clock: Clock
    key: bytes
    """Signs the link in it (core.links)."""
    public_url: str
    """Where the link leads to."""

    @property
    def city(self) -> City:
        return self.policy.city


async def send_notification(sending: Sending, notification_id: int) -> None:
    """One attempt, if it is due."""
    rules = sending.policy.notifications
    async with transaction(sending.sessions) as session:
        notification = await session.get_one(Notification, notification_id)
        sender, at = sending.senders.get(notification.channel), sending.clock()
        if not await _is_due(session, rules, notification, at, set_up=sender is not None) or sender is None:
            return
        if not await _has_its_turn(session, rules, notification, at):
            return
        letter = await _letter(session, notification, sending, once=sender.once)
        broken_off, notification.under_way, notification.begun_at = notification.under_way, True, at
    delivery = await _asked(sender, letter) if broken_off else None
    if delivery is None:
        delivery = await sender.send(letter)
    async with transaction(sending.sessions) as session:
        notification = await session.get_one(Notification, notification_id, with_for_update=True)
        at = sending.clock()
        await _store(session, rules, notification, delivery, at, once=sender.once)
        if delivery.ok and notification.template is Template.JOINED_FINISHED and notification.order_id is not None:
            await _note_notified(session, sending.policy, notification.order_id, at)
        if notification.template is Template.REACHABILITY_CHECK:
            await settle(session, sending.policy.reachability, at=at, notification_id=notification.id)
    log.info(
        "notification_tried",
        notification=notification_id,
        channel=notification.channel,
        sent=delivery.ok,
        tries=notification.tries,
    )


async def _asked(sender: Sender, letter: Letter) -> Delivery | None:
    """What became of an attempt whose process died. None: it is sent (once more)."""
    delivery = await sender.became(letter)
    if delivery is not None:
        return delivery if delivery.ok else None
    return Delivery(False, "发送时系统中断，不知道是否已发出", unclear=True) if sender.once else None


async def _has_its_turn(
    session: AsyncSession, rules: NotificationRules, notification: Notification, at: dt.datetime
) -> bool:
    """Whether the address may be sent one more in this minute; if not, the notification is put behind those before it.
    Whoever asks for the same address at the same time waits until this transaction has ended."""
    pace = rules.pace_per_minute.get(notification.channel)
    if pace is None:
        return True
    key = f"notification-pace {notification.channel} {notification.address}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    mine = Notification.channel == notification.channel, Notification.address == notification.address
    lately = select(Notification.begun_at).where(
        *mine, Notification.begun_at > at - _MINUTE, Notification.id != notification.id
    )
    begun = [
        moment
        for moment in (await session.scalars(lately.order_by(Notification.begun_at.desc()).limit(pace)))
        if moment
    ]
    if len(begun) < pace:
        return True
    before = (
        select(func.count())
        .select_from(Notification)
        .where(
            *mine,
            Notification.state == NotificationState.WAITING,
            Notification.next_try_at <= at,
            Notification.id < notification.id,
        )
    )
    rounds = (await session.scalar(before) or 0) // pace
    notification.next_try_at = begun[-1] + _MINUTE * (1 + rounds)
    notification.why = f"这个地址每分钟最多发{pace}条，排队等待"
    await defer_sending(session, notification)
    return False


async def _is_due(
    session: AsyncSession, rules: NotificationRules, notification: Notification, at: dt.datetime, *, set_up: bool
) -> bool:
    """What is not to be sent now is put where it belongs: later, held or ended."""
    if notification.state is not NotificationState.WAITING or notification.next_try_at is None:
        return False
    later = not_before(rules, notification.audience, notification.template, max(at, notification.next_try_at))
    if too_old(rules, notification.resent_at or notification.queued_at, at):
        notification.state, notification.next_try_at = NotificationState.EXPIRED, None
        notification.why = f"超过{rules.keep_hours}小时没能发出，消息已经旧了。{notification.why}"
    elif later > at:
        notification.next_try_at = later
        await defer_sending(session, notification)
    elif not set_up:
        notification.state, notification.next_try_at = NotificationState.HELD, None
        notification.why = "本系统没有设置这个渠道，设置后自动发出。"
    else:
        return True
    await bus.publish(session, "notification", notification.id)
    return False


async def _note_notified(session: AsyncSession, policy: Policy, order_id: int, at: dt.datetime) -> None:
    """The citizen of a merged order knows the result. What hinders the step must not undo that the notification was
    sent."""
    try:
        async with session.begin_nested():
            await take_step(session, policy, order_id, Step.NOTIFY_FOLLOWER, actor=SYSTEM, at=at)
    except HotlineError as error:
        log.warning("follower_step_not_taken", order_id=order_id, reason=error.message)


async def _letter(session: AsyncSession, notification: Notification, sending: Sending, *, once: bool) -> Letter:
    mine = Contact.audience == notification.audience, Contact.code == notification.code, Contact.removed_at.is_(None)
    secret = await session.scalar(
        select(Contact.secret).where(
            *mine, Contact.channel == notification.channel, Contact.address == notification.address
        )
    )
    order = await session.get(Order, notification.order_id) if notification.order_id else None
    # Covered once more: since it was queued the citizen may have asked to stay unnamed, or been named.
    redactor = redactor_of([order] if order else [])
    title, text = redactor.text(notification.title), redactor.text(notification.text)
    # A text message's words are as the provider has approved them.
    if not once and await _may_be_there(session, notification):
        text = f"{text}{_REPEATED}"
    if notification.link_about is not None and notification.link_expires_at is not None:
        token = sign_link(sending.key, notification.link_path, notification.link_about, notification.link_expires_at)
        text = text.replace(LINK, f"{sending.public_url}/{notification.link_path}/{token}")
    return Letter(
        f"notification-{notification.id}",
        notification.address,
        title,
        text,
        secret or "",
        order.number if order else "",
    )


async def _may_be_there(session: AsyncSession, notification: Notification) -> bool:
    """Since it was queued, or a person had it sent again."""
    if notification.under_way:
        return True
    last = (
        select(NotificationAttempt.outcome)
        .where(NotificationAttempt.notification_id == notification.id)
        .order_by(NotificationAttempt.id.desc())
        .limit(1)
    )
    return await session.scalar(last) is AttemptOutcome.UNKNOWN


async def _store(
    session: AsyncSession,
    rules: NotificationRules,
    notification: Notification,
    delivery: Delivery,
    at: dt.datetime,
    *,
    once: bool,
) -> None:
    notification.under_way = False
    outcome = AttemptOutcome.UNKNOWN if delivery.unclear else AttemptOutcome.FAILED
    if delivery.ok:
        outcome = AttemptOutcome.SENT
        notification.state, notification.sent_at, notification.next_try_at, notification.why = (
            NotificationState.SENT,
            at,
            None,
            "",
        )
    elif delivery.unclear and once:
        notification.state, notification.next_try_at = NotificationState.UNKNOWN, None
        notification.why = f"{delivery.said}。可能已经发出，系统不会自动重发，请核实后决定。"
        log.error("notification_unknown", notification=notification.id, channel=notification.channel)
    elif delivery.later_seconds is not None:
        notification.next_try_at, notification.why = at + dt.timedelta(seconds=delivery.later_seconds), delivery.said
    else:
        notification.tries += 1
        notification.next_try_at = None if delivery.lasting else retry_at(rules, notification.tries, at)
        notification.why = delivery.said
        if notification.next_try_at is None:
            notification.state = NotificationState.DEAD
            log.error(
                "notification_dead",
                notification=notification.id,
                channel=notification.channel,
                tries=notification.tries,
            )
    session.add(
        NotificationAttempt(
            notification_id=notification.id,
            at=at,
            outcome=outcome,
            result=delivery.said,
            next_try_at=notification.next_try_at,
        )
    )
    if notification.next_try_at is not None:
        await defer_sending(session, notification)
    await bus.publish(session, "notification", notification.id)


async def wake(sending: Sending) -> int:
    """Release notifications that were held for a channel that is configured now, that are too old to be held, or that
    lost their job. Returns how many.
    """
    at, keep = sending.clock(), dt.timedelta(hours=sending.policy.notifications.keep_hours)
    lost = (Notification.state == NotificationState.WAITING) & (Notification.next_try_at < at - _LATE)
    old = func.coalesce(Notification.resent_at, Notification.queued_at) < at - keep
    let_go = (Notification.state == NotificationState.HELD) & (Notification.channel.in_(list(sending.senders)) | old)
    query = select(Notification).where(lost | let_go).order_by(Notification.id).limit(_AT_ONCE)
    async with transaction(sending.sessions) as session:
        found = (await session.scalars(query.with_for_update(skip_locked=True))).all()
        for notification in found:
            notification.state, notification.next_try_at = NotificationState.WAITING, notification.next_try_at or at
            await defer_sending(session, notification)
    return len(found)
