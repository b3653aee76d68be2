"""Sending: one attempt at one notice, and the look-round that keeps notices from being forgotten.

**At least once**, but for channels of which a second time does harm (`Sender.once`: text messages). That an attempt
begins is stored before it, its end afterwards. Of a process that died in between, or of an answer that did not come,
nobody knows whether the notice was sent: where the other side can be asked by the notice's id it is asked; else a text
is left as `unknown`, before people, and every other notice is sent once more under the same id and says that it may be
a repetition.
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
from dispatch.notifications.models import Contact, Notice, NoticeAttempt
from dispatch.notifications.queue import defer_sending
from dispatch.notifications.rules import (
    LINK,
    AttemptOutcome,
    Delivery,
    NoticeChannel,
    NoticeRules,
    NoticeState,
    Template,
    not_before,
    retry_at,
    too_old,
)
from dispatch.orders.models import Order
from dispatch.orders.permissions import SYSTEM
from dispatch.policy import Policy
from dispatch.reachability.rounds import settle
from dispatch.steps.take import take_step
from dispatch.workflow import Step

log = structlog.get_logger()

WAKE = "notices.wake"
"""Periodic job: every minute."""

_LATE = dt.timedelta(minutes=2)
"""A notice that has been due for this long has lost its job."""
_AT_ONCE = 1000
_MINUTE = dt.timedelta(minutes=1)
_REPEATED = "（重发，您可能已经收到）"


@dataclass(frozen=True)
class Sending:
    """What an attempt needs beside the notice."""

    sessions: Sessions
    policy: Policy
    senders: Mapping[NoticeChannel, Sender]
    """Of the channels that are set up."""
    clock: Clock
    key: bytes
    """Signs the link in it (core.links)."""
    public_url: str
    """Where the link leads to."""

    @property
    def city(self) -> City:
        return self.policy.city


async def send_notice(sending: Sending, notice_id: int) -> None:
    """One attempt, if it is due."""
    rules = sending.policy.notices
    async with transaction(sending.sessions) as session:
        notice = await session.get_one(Notice, notice_id)
        sender, at = sending.senders.get(notice.channel), sending.clock()
        if not await _is_due(session, rules, notice, at, set_up=sender is not None) or sender is None:
            return
        if not await _has_its_turn(session, rules, notice, at):
            return
        letter = await _letter(session, notice, sending, once=sender.once)
        broken_off, notice.under_way, notice.begun_at = notice.under_way, True, at
    delivery = await _asked(sender, letter) if broken_off else None
    if delivery is None:
        delivery = await sender.send(letter)
    async with transaction(sending.sessions) as session:
        notice = await session.get_one(Notice, notice_id, with_for_update=True)
        at = sending.clock()
        await _store(session, rules, notice, delivery, at, once=sender.once)
        if delivery.ok and notice.template is Template.JOINED_FINISHED and notice.order_id is not None:
            await _note_told(session, sending.policy, notice.order_id, at)
        if notice.template is Template.REACH_TEST:
            await settle(session, sending.policy.reach, at=at, notice_id=notice.id)
    log.info("notice_tried", notice=notice_id, channel=notice.channel, sent=delivery.ok, tries=notice.tries)


async def _asked(sender: Sender, letter: Letter) -> Delivery | None:
    """What became of an attempt whose process died. None: it is sent (once more)."""
    told = await sender.became(letter)
    if told is not None:
        return told if told.ok else None
    return Delivery(False, "发送时系统中断，不知道是否已发出", unclear=True) if sender.once else None


async def _has_its_turn(session: AsyncSession, rules: NoticeRules, notice: Notice, at: dt.datetime) -> bool:
    """Whether the address may be sent one more in this minute; if not, the notice is put behind those before it.
    Whoever asks for the same address at the same time waits until this transaction has ended."""
    pace = rules.pace_per_minute.get(notice.channel)
    if pace is None:
        return True
    key = f"notice-pace {notice.channel} {notice.address}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    mine = Notice.channel == notice.channel, Notice.address == notice.address
    lately = select(Notice.begun_at).where(*mine, Notice.begun_at > at - _MINUTE, Notice.id != notice.id)
    begun = [
        moment for moment in (await session.scalars(lately.order_by(Notice.begun_at.desc()).limit(pace))) if moment
    ]
    if len(begun) < pace:
        return True
    before = (
        select(func.count())
        .select_from(Notice)
        .where(*mine, Notice.state == NoticeState.WAITING, Notice.next_try_at <= at, Notice.id < notice.id)
    )
    rounds = (await session.scalar(before) or 0) // pace
    notice.next_try_at = begun[-1] + _MINUTE * (1 + rounds)
    notice.why = f"这个地址每分钟最多发{pace}条，排队等待"
    await defer_sending(session, notice)
    return False


async def _is_due(session: AsyncSession, rules: NoticeRules, notice: Notice, at: dt.datetime, *, set_up: bool) -> bool:
    """What is not to be sent now is put where it belongs: later, held or ended."""
    if notice.state is not NoticeState.WAITING or notice.next_try_at is None:
        return False
    later = not_before(rules, notice.audience, notice.template, max(at, notice.next_try_at))
    if too_old(rules, notice.resent_at or notice.queued_at, at):
        notice.state, notice.next_try_at = NoticeState.EXPIRED, None
        notice.why = f"超过{rules.keep_hours}小时没能发出，消息已经旧了。{notice.why}"
    elif later > at:
        notice.next_try_at = later
        await defer_sending(session, notice)
    elif not set_up:
        notice.state, notice.next_try_at = NoticeState.HELD, None
        notice.why = "本系统没有设置这个渠道，设置后自动发出。"
    else:
        return True
    await bus.publish(session, "notice", notice.id)
    return False


async def _note_told(session: AsyncSession, policy: Policy, order_id: int, at: dt.datetime) -> None:
    """The citizen of a merged order knows the result. What hinders the step must not undo that the notice was sent."""
    try:
        async with session.begin_nested():
            await take_step(session, policy, order_id, Step.TELL, actor=SYSTEM, at=at)
    except HotlineError as error:
        log.warning("told_not_noted", order_id=order_id, reason=error.message)


async def _letter(session: AsyncSession, notice: Notice, sending: Sending, *, once: bool) -> Letter:
    mine = Contact.audience == notice.audience, Contact.code == notice.code, Contact.removed_at.is_(None)
    secret = await session.scalar(
        select(Contact.secret).where(*mine, Contact.channel == notice.channel, Contact.address == notice.address)
    )
    order = await session.get(Order, notice.order_id) if notice.order_id else None
    # Covered once more: since it was queued the citizen may have asked to stay unnamed, or been named.
    redactor = redactor_of([order] if order else [])
    title, text = redactor.text(notice.title), redactor.text(notice.text)
    # A text message's words are as the provider has approved them.
    if not once and await _may_be_there(session, notice):
        text = f"{text}{_REPEATED}"
    if notice.link_about is not None and notice.link_expires_at is not None:
        token = sign_link(sending.key, notice.link_path, notice.link_about, notice.link_expires_at)
        text = text.replace(LINK, f"{sending.public_url}/{notice.link_path}/{token}")
    return Letter(f"notice-{notice.id}", notice.address, title, text, secret or "", order.number if order else "")


async def _may_be_there(session: AsyncSession, notice: Notice) -> bool:
    """Since it was queued, or a person had it sent again."""
    if notice.under_way:
        return True
    last = (
        select(NoticeAttempt.outcome)
        .where(NoticeAttempt.notice_id == notice.id)
        .order_by(NoticeAttempt.id.desc())
        .limit(1)
    )
    return await session.scalar(last) is AttemptOutcome.UNKNOWN


async def _store(
    session: AsyncSession, rules: NoticeRules, notice: Notice, delivery: Delivery, at: dt.datetime, *, once: bool
) -> None:
    notice.under_way = False
    outcome = AttemptOutcome.UNKNOWN if delivery.unclear else AttemptOutcome.FAILED
    if delivery.ok:
        outcome = AttemptOutcome.SENT
        notice.state, notice.sent_at, notice.next_try_at, notice.why = NoticeState.SENT, at, None, ""
    elif delivery.unclear and once:
        notice.state, notice.next_try_at = NoticeState.UNKNOWN, None
        notice.why = f"{delivery.said}。可能已经发出，系统不会自动重发，请核实后决定。"
        log.error("notice_unknown", notice=notice.id, channel=notice.channel)
    elif delivery.later_seconds is not None:
        notice.next_try_at, notice.why = at + dt.timedelta(seconds=delivery.later_seconds), delivery.said
    else:
        notice.tries += 1
        notice.next_try_at = None if delivery.lasting else retry_at(rules, notice.tries, at)
        notice.why = delivery.said
        if notice.next_try_at is None:
            notice.state = NoticeState.DEAD
            log.error("notice_dead", notice=notice.id, channel=notice.channel, tries=notice.tries)
    session.add(
        NoticeAttempt(notice_id=notice.id, at=at, outcome=outcome, result=delivery.said, next_try_at=notice.next_try_at)
    )
    if notice.next_try_at is not None:
        await defer_sending(session, notice)
    await bus.publish(session, "notice", notice.id)


async def wake(sending: Sending) -> int:
    """Release notices that were held for a channel that is configured now, that are too old to be held, or that lost
    their job. Returns how many.
    """
    at, keep = sending.clock(), dt.timedelta(hours=sending.policy.notices.keep_hours)
    lost = (Notice.state == NoticeState.WAITING) & (Notice.next_try_at < at - _LATE)
    old = func.coalesce(Notice.resent_at, Notice.queued_at) < at - keep
    let_go = (Notice.state == NoticeState.HELD) & (Notice.channel.in_(list(sending.senders)) | old)
    query = select(Notice).where(lost | let_go).order_by(Notice.id).limit(_AT_ONCE)
    async with transaction(sending.sessions) as session:
        found = (await session.scalars(query.with_for_update(skip_locked=True))).all()
        for notice in found:
            notice.state, notice.next_try_at = NoticeState.WAITING, notice.next_try_at or at
            await defer_sending(session, notice)
    return len(found)
