"""Notices: queued in the transaction of their cause, so that neither is without the other; listed, resent, dropped.

dispatch.steps.notify decides the recipients, dispatch.jobs.send_notifications sends.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import bus
from core.errors import Conflict, NotFound
from core.jobs import Job, defer
from core.phone import number_key, number_type
from dispatch.citizens.outgoing import CoveredFacts
from dispatch.city.records import City
from dispatch.notifications.contacts import contacts_of
from dispatch.notifications.models import Contact, Notice, NoticeAttempt
from dispatch.notifications.rules import (
    LINK,
    AttemptOutcome,
    Audience,
    NoticeChannel,
    NoticeRules,
    NoticeState,
    Template,
    not_before,
    render,
)
from dispatch.orders.models import Order

SEND = "notices.send"
"""Job on queue `notices`: one attempt at notice `notice_id`."""

_SETTLED = (NoticeState.SENT, NoticeState.DROPPED)


@dataclass(frozen=True)
class Link:
    """A page for whoever gets the notice, and nobody else."""

    path: str
    """What the link may do, and the first part of its address: `follow-up` is /follow-up/…"""
    about: int
    expires_at: dt.datetime


async def queue_notice(
    session: AsyncSession,
    city: City,
    rules: NoticeRules,
    audience: Audience,
    template: Template,
    told: CoveredFacts,
    *,
    at: dt.datetime,
    order: Order | None = None,
    code: str = "",
    link: Link | None = None,
    only: Contact | None = None,
) -> list[Notice]:
    """One for each address at which they are reached; none where no address is known.

    `told`: what the text may name (notice_rules.FACTS) beside the city's name and number. `code`: of the office or
    unit. A citizen is notified at the order's mobile number. `link`: for the citizen, or for contacts that are marked
    for links. `only`: this contact of theirs, and no other.
    """
    addresses = (
        [(only.channel, only.address, only.with_link)] if only else await _addresses(session, audience, code, order)
    )
    if not addresses:
        return []
    notices = []
    for channel, address, with_link in addresses:
        # What a coordinator sends by hand is nothing but the link.
        mine = link if with_link or template is Template.OFFICE_LINK else None
        known = {"city": city.name, "line": rules.line, "link": LINK if mine else "", **told.facts}
        title, text = (told.covered(words) for words in render(rules, template, known))
        notice = Notice(
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
            state=NoticeState.WAITING,
            next_try_at=not_before(rules, audience, template, at),
        )
        notices.append(notice)
    session.add_all(notices)
    await session.flush()
    for notice in notices:
        await defer_sending(session, notice)
    return notices


async def _addresses(
    session: AsyncSession, audience: Audience, code: str, order: Order | None
) -> list[tuple[NoticeChannel, str, bool]]:
    """Each with whether it is given the link."""
    if audience is Audience.CITIZEN:
        return [(NoticeChannel.SMS, number_key(order.citizen_phone), True)] if order and takes_sms(order) else []
    return [(one.channel, one.address, one.with_link) for one in await contacts_of(session, audience, code)]


def takes_sms(order: Order) -> bool:
    """A mobile telephone of this country; a number that was withheld or is a landline's gets none."""
    return number_type(order.citizen_phone) == "手机"


async def defer_sending(session: AsyncSession, notice: Notice) -> None:
    """Let a worker try it when it is due; in the caller's transaction."""
    key = f"notice-{notice.id}"
    job = Job(SEND, queue="notices", arguments={"notice_id": notice.id}, key=key, lock=key, run_at=notice.next_try_at)
    await defer(session, job)
    await bus.publish(session, "notice", notice.id)


async def get_notice(session: AsyncSession, notice_id: int) -> Notice:
    """With its `attempts` and `order`. Raises NotFound."""
    query = select(Notice).where(Notice.id == notice_id).options(*_WHOLE).execution_options(populate_existing=True)
    notice = await session.scalar(query)
    if notice is None:
        raise NotFound("没有这条通知。", notice_id=notice_id)
    return notice


async def list_notices(
    session: AsyncSession,
    *,
    states: Sequence[NoticeState] = (),
    channel: NoticeChannel | None = None,
    order_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[Notice]:
    """Newest first, each with `attempts` and `order`. `before`: only those with a smaller id. Tests of reachability
    stand with their contacts instead (dispatch.reachability.checks): on a day of tests they would hide all others."""
    query = select(Notice).where(Notice.template != Template.REACH_TEST)
    query = query.options(*_WHOLE).order_by(Notice.id.desc()).limit(limit)
    if states:
        query = query.where(Notice.state.in_(states))
    if channel:
        query = query.where(Notice.channel == channel)
    if order_id is not None:
        query = query.where(Notice.order_id == order_id)
    if before is not None:
        query = query.where(Notice.id < before)
    return (await session.scalars(query)).all()


_WHOLE = (selectinload(Notice.attempts), selectinload(Notice.order))


async def resend(session: AsyncSession, notice_id: int, *, by: str, at: dt.datetime) -> None:
    """A person has it tried again from the start, at once. Raises NotFound; Conflict where it is on its way."""
    notice = await _locked(session, notice_id)
    if notice.state is NoticeState.WAITING:
        raise Conflict("这条通知正在等待发送，不用重发。")
    notice.state, notice.next_try_at, notice.tries, notice.why = NoticeState.WAITING, at, 0, ""
    notice.resent_at, notice.under_way = at, False
    _note(session, notice, AttemptOutcome.RESENT, f"由{by}重新发送", by=by, at=at)
    await defer_sending(session, notice)


async def drop(session: AsyncSession, notice_id: int, *, by: str, at: dt.datetime) -> None:
    """A person decides that it need not be sent. Raises NotFound; Conflict where that is settled."""
    notice = await _locked(session, notice_id)
    if notice.state in _SETTLED:
        raise Conflict("这条通知已经发出或已经作废。")
    notice.state, notice.next_try_at, notice.why = NoticeState.DROPPED, None, f"{by}决定不再发送"
    _note(session, notice, AttemptOutcome.DROPPED, f"由{by}作废", by=by, at=at)
    await bus.publish(session, "notice", notice.id)


def _note(
    session: AsyncSession, notice: Notice, outcome: AttemptOutcome, result: str, *, by: str, at: dt.datetime
) -> None:
    attempt = NoticeAttempt(notice_id=notice.id, at=at, outcome=outcome, by=by, result=result)
    attempt.next_try_at = notice.next_try_at
    session.add(attempt)


async def _locked(session: AsyncSession, notice_id: int) -> Notice:
    notice = await session.scalar(select(Notice).where(Notice.id == notice_id).with_for_update())
    if notice is None:
        raise NotFound("没有这条通知。", notice_id=notice_id)
    return notice
