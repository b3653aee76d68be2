"""The card that takes the form's place: what the agent reads out to the caller, and what may still be done for them."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.rules import actor_of, may_know, redactor_of_order
from core.city_words import city_words
from core.clock import day_and_minute
from core.numbers.phone import number_keys
from core.privacy.redaction import Redactor
from dispatch.citizens.redaction import stays_unnamed
from dispatch.intake.caller_history import count_steps
from dispatch.notifications.labels import NOTIFICATION_STATES
from dispatch.notifications.models import Notification
from dispatch.notifications.queue import takes_sms
from dispatch.notifications.rules import LINK, Audience, NotificationChannel, NotificationState
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.workflow import FINAL, State, Step
from web.desk.read_out import number_in_groups, progress_words, who_comes

_LINK_SHOWN = "〔链接〕"


@dataclass(frozen=True)
class SentText:
    """A text message to the citizen."""

    text: str
    state: str
    """In Chinese, with the instant where it went out."""
    waits: bool
    """It goes out within seconds: what became of it is looked at again."""


@dataclass(frozen=True)
class AfterRegistering:
    number: str
    """In groups, as one says it."""
    sentence: str
    until: str
    """When it will be done at the latest; empty: no limit runs."""
    comes: str
    texts: tuple[SentText, ...]
    no_texts: str
    """Why no message went out; empty: one did."""
    supplements: int
    may_supplement: bool
    may_text: bool

    @property
    def waits(self) -> bool:
        return any(one.waits for one in self.texts)


async def after_registering(
    session: AsyncSession, me: Me, policy: Policy, linkedid: str, order: Order, at: dt.datetime
) -> AfterRegistering | None:
    """None: nothing is read out, since the order is a draft or ended otherwise, or `me` is not on the line."""
    on_the_line = linkedid in me.known.calls and may_know(me, confidential=stays_unnamed(order))
    if not on_the_line or order.state is State.DRAFT or order.state in FINAL - {State.CLOSED}:
        return None
    actor, redactor = actor_of(me), redactor_of_order(order)
    counts = await count_steps(session, [order.id], Step.SUPPLEMENT)
    texts = await _texts_to(session, order, redactor)
    return AfterRegistering(
        number=number_in_groups(order.number),
        sentence=progress_words(order, policy.city, redactor.text(order.public_answer), at),
        until=day_and_minute(order.finish_due_at) if order.finish_due_at and order.closed_at is None else "",
        comes=who_comes(order, policy.city, city_words().coordinator),
        texts=texts,
        no_texts="" if texts else _why_no_text(order),
        supplements=counts[order.id, Step.SUPPLEMENT],
        may_supplement=obstacle(order, Step.SUPPLEMENT, actor, policy, at) is None,
        may_text=takes_sms(order) and obstacle(order, Step.TEXT_CITIZEN, actor, policy, at) is None,
    )


async def _texts_to(session: AsyncSession, order: Order, redactor: Redactor) -> tuple[SentText, ...]:
    """The messages about the order to its own citizen, not to followers."""
    found = await session.scalars(
        select(Notification)
        .where(
            Notification.order_id == order.id,
            Notification.audience == Audience.CITIZEN,
            Notification.channel == NotificationChannel.SMS,
        )
        .order_by(Notification.id)
    )
    return tuple(
        SentText(
            text=redactor.text(one.text).replace(LINK, _LINK_SHOWN),
            state=_state(one),
            waits=one.state is NotificationState.WAITING,
        )
        for one in found
        if not set(number_keys(one.address)).isdisjoint(order.phone_keys)
    )


def _state(one: Notification) -> str:
    words = NOTIFICATION_STATES[one.state]
    return f"{words} {day_and_minute(one.sent_at)}" if one.sent_at else words


def _why_no_text(order: Order) -> str:
    if not order.phone_keys:
        return "没有发：工单上没有诉求人的电话。"
    if not takes_sms(order):
        return "没有发：诉求人的电话不是手机。"
    return "还没有发。"
