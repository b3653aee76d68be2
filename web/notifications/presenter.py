"""Notifications and contacts as screens and programs read them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import kept_from, phone_of, redactor_for
from core.privacy.redaction import Redactor
from core.texts.lines import ONE_LINE, Secret
from dispatch.channels.senders import SETTING
from dispatch.city.records import City
from dispatch.notifications.labels import ATTEMPT_OUTCOMES, AUDIENCES, NOTIFICATION_CHANNELS, NOTIFICATION_STATES
from dispatch.notifications.models import Contact, Notification, NotificationAttempt
from dispatch.notifications.rules import (
    LINK,
    AttemptOutcome,
    Audience,
    NotificationChannel,
    NotificationState,
    Template,
)
from dispatch.steps.notify import INSIDE
from web.http.schemas import Code, Line, Message

SHOWN = 50


OF_THE_CITY = (Audience.COORDINATOR, Audience.SUPERVISOR, Audience.LEADER)
"""Recipients that the city itself must be able to reach; the others are its offices and crews."""


class NotificationsQuery(Message):
    state: NotificationState | None = None
    channel: NotificationChannel | None = None
    order: Line | None = None
    """The order's number."""
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Only notifications with a smaller id: the next page."""


class AttemptAnswer(Message):
    at: dt.datetime
    outcome: AttemptOutcome
    outcome_name: str
    by: str
    """The person who decided; empty: the system."""
    result: str
    next_try_at: dt.datetime | None


class NotificationAnswer(Message):
    id: int
    order: str
    """Empty: about none."""
    audience: Audience
    code: str
    to: str
    """The recipient, for people."""
    channel: NotificationChannel
    address: str
    """A citizen's number masked as elsewhere; of a robot's key the end only."""
    template: Template
    title: str
    text: str
    queued_at: dt.datetime
    state: NotificationState
    state_name: str
    next_try_at: dt.datetime | None
    sent_at: dt.datetime | None
    tries: int
    why: str
    attempts: list[AttemptAnswer]


class ChannelAnswer(Message):
    channel: NotificationChannel
    name: str
    set_up: bool
    setting: str
    """What turns it on."""
    counts: dict[NotificationState, int]
    """Of the notifications of the last 7 days."""

    def count(self, *states: NotificationState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        return self.count(NotificationState.SENT)

    @property
    def held(self) -> int:
        return self.count(NotificationState.HELD)

    @property
    def in_queue(self) -> int:
        return self.count(NotificationState.WAITING, NotificationState.HELD)

    @property
    def given_up(self) -> int:
        return self.count(NotificationState.DEAD)

    @property
    def maybe_delivered(self) -> int:
        return self.count(NotificationState.UNKNOWN)

    @property
    def expired(self) -> int:
        return self.count(NotificationState.EXPIRED)


class NotificationListAnswer(Message):
    notifications: list[NotificationAnswer]
    channels: list[ChannelAnswer]
    next: int | None
    """`before` of the next page; None: there is none."""


class ContactAnswer(Message):
    id: int
    audience: Audience
    code: str
    to: str
    channel: NotificationChannel
    address: str
    signed: bool
    with_link: bool
    owner: str
    """Whose own it is: while they are away the stand-in is notified; empty: the office's."""
    added_at: dt.datetime
    added_by: str


class ContactsAnswer(Message):
    contacts: list[ContactAnswer]
    unreachable_roles: list[Audience]
    """Of the city's own roles, those without any contact."""
    unreachable_offices: int
    offices: int


class ContactRequest(Message):
    audience: Audience
    code: Code | None = None
    """Of the office or unit; the city's roles have none."""
    channel: NotificationChannel
    address: Annotated[str, Field(min_length=1, max_length=500), ONE_LINE]
    secret: Annotated[Secret, Field(max_length=200)] = ""
    account: Annotated[str, Field(max_length=40), ONE_LINE] = ""
    """Sign-in name of the person whose own number it is; empty: the office's."""
    with_link: bool = False
    """Nobody there can sign in: an office's notifications carry a link to the order."""


def notification_answer(me: Me, city: City, notification: Notification) -> NotificationAnswer:
    order = notification.order
    redactor = redactor_for(me, [order] if order else [])
    return NotificationAnswer(
        id=notification.id,
        order=order.number if order else "",
        audience=notification.audience,
        code=notification.code,
        to=to_words(city, notification.audience, notification.code),
        channel=notification.channel,
        address=_address(me, notification),
        template=notification.template,
        title=redactor.text(notification.title),
        text=INSIDE
        if order and kept_from(me, order)
        else redactor.text(notification.text).replace(LINK, "〔链接，发送时生成〕"),
        queued_at=notification.queued_at,
        state=notification.state,
        state_name=NOTIFICATION_STATES[notification.state],
        next_try_at=notification.next_try_at,
        sent_at=notification.sent_at,
        tries=notification.tries,
        # Providers repeat the number that was written to.
        why=redactor.text(notification.why),
        attempts=[_attempt(one, redactor) for one in notification.attempts],
    )


def _attempt(one: NotificationAttempt, redactor: Redactor) -> AttemptAnswer:
    return AttemptAnswer(
        at=one.at,
        outcome=one.outcome,
        outcome_name=ATTEMPT_OUTCOMES[one.outcome],
        by=one.by,
        result=redactor.text(one.result),
        next_try_at=one.next_try_at,
    )


def to_words(city: City, audience: Audience, code: str) -> str:
    known = city.offices.get(code) if audience is Audience.OFFICE else city.units.get(code)
    return known.name if known else AUDIENCES[audience] + code


def _address(me: Me, notification: Notification) -> str:
    if notification.audience is Audience.CITIZEN and notification.order is not None:
        return phone_of(me, notification.order, notification.address) or "不予显示"
    return masked_address(notification.channel, notification.address)


def masked_address(channel: NotificationChannel, address: str) -> str:
    """Anybody who has a robot's key may write to its group: people need its end only, to distinguish them."""
    robots = (NotificationChannel.WECOM, NotificationChannel.DINGTALK, NotificationChannel.FEISHU)
    return f"…{address[-6:]}" if channel in robots else address


async def channel_answers(
    session: AsyncSession, set_up: Collection[NotificationChannel], at: dt.datetime
) -> list[ChannelAnswer]:
    week = select(Notification.channel, Notification.state, func.count()).where(
        Notification.queued_at > at - dt.timedelta(days=7)
    )
    counts: dict[NotificationChannel, dict[NotificationState, int]] = {}
    for channel, state, count in await session.execute(week.group_by(Notification.channel, Notification.state)):
        counts.setdefault(channel, {})[state] = count
    return [
        ChannelAnswer(
            channel=channel,
            name=name,
            set_up=channel in set_up,
            setting=SETTING[channel],
            counts=counts.get(channel, {}),
        )
        for channel, name in NOTIFICATION_CHANNELS.items()
    ]


def contacts_answer(city: City, found: Sequence[Contact], owners: Mapping[int, str]) -> ContactsAnswer:
    reached = {(one.audience, one.code) for one in found}
    return ContactsAnswer(
        contacts=[contact_answer(city, one, owners) for one in found],
        unreachable_roles=[role for role in OF_THE_CITY if (role, "") not in reached],
        unreachable_offices=sum((Audience.OFFICE, code) not in reached for code in city.offices),
        offices=len(city.offices),
    )


def contact_answer(city: City, one: Contact, owners: Mapping[int, str]) -> ContactAnswer:
    """`owners`: names of accounts."""
    return ContactAnswer(
        id=one.id,
        audience=one.audience,
        code=one.code,
        to=to_words(city, one.audience, one.code),
        channel=one.channel,
        address=masked_address(one.channel, one.address),
        signed=bool(one.secret),
        with_link=one.with_link,
        owner=owners.get(one.account_id or 0, ""),
        added_at=one.added_at,
        added_by=one.added_by,
    )
