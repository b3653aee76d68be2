"""Notices and contacts as screens and programs read them."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import phone_of, redactor_for
from core.lines import ONE_LINE, Secret
from dispatch.channels.senders import SETTING
from dispatch.city.records import City
from dispatch.notifications.labels import ATTEMPT_OUTCOMES, AUDIENCES, NOTICE_CHANNELS, NOTICE_STATES
from dispatch.notifications.models import Contact, Notice, NoticeAttempt
from dispatch.notifications.rules import LINK, AttemptOutcome, Audience, NoticeChannel, NoticeState, Template
from web.http.schemas import Code, Line, Message

SHOWN = 50


OF_THE_CITY = (Audience.COORDINATOR, Audience.SUPERVISOR, Audience.LEADER)
"""Recipients that the city itself must be able to reach; the others are its offices and crews."""


class NoticesQuery(Message):
    state: NoticeState | None = None
    channel: NoticeChannel | None = None
    order: Line | None = None
    """The order's number."""
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Only notices with a smaller id: the next page."""


class AttemptAnswer(Message):
    at: dt.datetime
    outcome: AttemptOutcome
    outcome_name: str
    by: str
    """The person who decided; empty: the system."""
    result: str
    next_try_at: dt.datetime | None


class NoticeAnswer(Message):
    id: int
    order: str
    """Empty: about none."""
    audience: Audience
    code: str
    to: str
    """The recipient, for people."""
    channel: NoticeChannel
    address: str
    """A citizen's number masked as elsewhere; of a robot's key the end only."""
    template: Template
    title: str
    text: str
    queued_at: dt.datetime
    state: NoticeState
    state_name: str
    next_try_at: dt.datetime | None
    sent_at: dt.datetime | None
    tries: int
    why: str
    attempts: list[AttemptAnswer]


class ChannelAnswer(Message):
    channel: NoticeChannel
    name: str
    set_up: bool
    setting: str
    """What turns it on."""
    counts: dict[NoticeState, int]
    """Of the notices of the last 7 days."""

    def count(self, *states: NoticeState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        return self.count(NoticeState.SENT)

    @property
    def held(self) -> int:
        return self.count(NoticeState.HELD)

    @property
    def in_queue(self) -> int:
        return self.count(NoticeState.WAITING, NoticeState.HELD)

    @property
    def given_up(self) -> int:
        return self.count(NoticeState.DEAD)

    @property
    def maybe_delivered(self) -> int:
        return self.count(NoticeState.UNKNOWN)

    @property
    def expired(self) -> int:
        return self.count(NoticeState.EXPIRED)


class NoticeListAnswer(Message):
    notices: list[NoticeAnswer]
    channels: list[ChannelAnswer]
    next: int | None
    """`before` of the next page; None: there is none."""


class ContactAnswer(Message):
    id: int
    audience: Audience
    code: str
    to: str
    channel: NoticeChannel
    address: str
    signed: bool
    with_link: bool
    added_at: dt.datetime
    added_by: str


class ContactsAnswer(Message):
    contacts: list[ContactAnswer]
    unreachable_roles: list[Audience]
    """Of the city's own roles, those without any contact."""
    unreachable_offices: int
    offices: int


class ContactWish(Message):
    audience: Audience
    code: Code | None = None
    """Of the office or unit; the city's roles have none."""
    channel: NoticeChannel
    address: Annotated[str, Field(min_length=1, max_length=500), ONE_LINE]
    secret: Annotated[Secret, Field(max_length=200)] = ""
    with_link: bool = False
    """Nobody there can sign in: an office's notices carry a link to the order."""


def notice_answer(me: Me, city: City, notice: Notice) -> NoticeAnswer:
    order = notice.order
    redactor = redactor_for(me, [order] if order else [])
    return NoticeAnswer(
        id=notice.id,
        order=order.number if order else "",
        audience=notice.audience,
        code=notice.code,
        to=to_words(city, notice.audience, notice.code),
        channel=notice.channel,
        address=_address(me, notice),
        template=notice.template,
        title=redactor.text(notice.title),
        text=redactor.text(notice.text).replace(LINK, "〔链接，发送时生成〕"),
        queued_at=notice.queued_at,
        state=notice.state,
        state_name=NOTICE_STATES[notice.state],
        next_try_at=notice.next_try_at,
        sent_at=notice.sent_at,
        tries=notice.tries,
        why=notice.why,
        attempts=[_attempt(one) for one in notice.attempts],
    )


def _attempt(one: NoticeAttempt) -> AttemptAnswer:
    return AttemptAnswer(
        at=one.at,
        outcome=one.outcome,
        outcome_name=ATTEMPT_OUTCOMES[one.outcome],
        by=one.by,
        result=one.result,
        next_try_at=one.next_try_at,
    )


def to_words(city: City, audience: Audience, code: str) -> str:
    known = city.offices.get(code) if audience is Audience.OFFICE else city.units.get(code)
    return known.name if known else AUDIENCES[audience] + code


def _address(me: Me, notice: Notice) -> str:
    if notice.audience is Audience.CITIZEN and notice.order is not None:
        return phone_of(me, notice.order, notice.address) or "不予显示"
    return masked_address(notice.channel, notice.address)


def masked_address(channel: NoticeChannel, address: str) -> str:
    """Anybody who has a robot's key may write to its group: people need its end only, to distinguish them."""
    robots = (NoticeChannel.WECOM, NoticeChannel.DINGTALK, NoticeChannel.FEISHU)
    return f"…{address[-6:]}" if channel in robots else address


async def channel_answers(
    session: AsyncSession, set_up: Collection[NoticeChannel], at: dt.datetime
) -> list[ChannelAnswer]:
    week = select(Notice.channel, Notice.state, func.count()).where(Notice.queued_at > at - dt.timedelta(days=7))
    counts: dict[NoticeChannel, dict[NoticeState, int]] = {}
    for channel, state, count in await session.execute(week.group_by(Notice.channel, Notice.state)):
        counts.setdefault(channel, {})[state] = count
    return [
        ChannelAnswer(
            channel=channel,
            name=name,
            set_up=channel in set_up,
            setting=SETTING[channel],
            counts=counts.get(channel, {}),
        )
        for channel, name in NOTICE_CHANNELS.items()
    ]


def contacts_answer(city: City, found: Sequence[Contact]) -> ContactsAnswer:
    reached = {(one.audience, one.code) for one in found}
    return ContactsAnswer(
        contacts=[contact_answer(city, one) for one in found],
        unreachable_roles=[role for role in OF_THE_CITY if (role, "") not in reached],
        unreachable_offices=sum((Audience.OFFICE, code) not in reached for code in city.offices),
        offices=len(city.offices),
    )


def contact_answer(city: City, one: Contact) -> ContactAnswer:
    return ContactAnswer(
        id=one.id,
        audience=one.audience,
        code=one.code,
        to=to_words(city, one.audience, one.code),
        channel=one.channel,
        address=masked_address(one.channel, one.address),
        signed=bool(one.secret),
        with_link=one.with_link,
        added_at=one.added_at,
        added_by=one.added_by,
    )
