"""How an order begins: a number, a draft, the first row of its history, and the call that it came from."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from core import bus
from core.clock import in_city
from core.texts.normal_form import normal_form
from core.texts.search import search_document
from dispatch.city.records import City
from dispatch.kinds import Channel
from dispatch.numbering import OrderNumber, number_for
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.models import BEGUN_IN, CallPurpose, DayCounter, Order, OrderCall, OrderStep
from dispatch.workflow import State, Step


async def draft_for_call(
    session: AsyncSession, city: City, *, linkedid: str, citizen_phone: str, at: dt.datetime
) -> Order:
    """The draft of an incoming call, made now unless it is there already; in the caller's transaction.

    `at`: when the citizen reached us. `citizen_phone` as the network gave it; empty: withheld.
    """
    await hold_drafts(session, linkedid)
    if (order := await find_order_of_call(session, linkedid)) is not None:
        return order
    order = await new_draft(session, city, channel=Channel.HOTLINE, actor=SYSTEM, citizen_phone=citizen_phone, at=at)
    await link_call(session, order.id, linkedid, CallPurpose.INCOMING, at=at)
    return order


async def hold_drafts(session: AsyncSession, linkedid: str) -> None:
    """Two who begin an order of one call at once must not both make a draft."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"draft {linkedid}"})


async def find_order_of_call(session: AsyncSession, linkedid: str) -> Order | None:
    """The order that this incoming call began."""
    return await session.scalar(
        select(Order)
        .join(OrderCall, OrderCall.order_id == Order.id)
        .where(OrderCall.linkedid == linkedid, OrderCall.purpose == CallPurpose.INCOMING)
    )


async def find_order_in_hand(session: AsyncSession, linkedid: str, number: str = "") -> Order | None:
    """The order that is worked on in this call: its latest matter, or the one of `number` if the call began it."""
    begun = (
        select(Order)
        .join(OrderCall, OrderCall.order_id == Order.id)
        .where(OrderCall.linkedid == linkedid, OrderCall.purpose.in_(BEGUN_IN))
        .order_by(OrderCall.id.desc())
        .limit(1)
    )
    return await session.scalar(begun.where(Order.number == number) if number else begun)


async def new_draft(
    session: AsyncSession,
    city: City,
    *,
    channel: Channel,
    actor: Actor,
    at: dt.datetime,
    citizen_phone: str = "",
    details: dict[str, Any] | None = None,
) -> Order:
    """An empty order with its number. `details`: what else the first row of its history says."""
    number = str(await take_number(session, city.number_prefix, at))
    order = Order(
        number=number,
        channel=channel,
        state=State.DRAFT,
        citizen_phone=citizen_phone,
        received_at=at,
        updated_at=at,
        step_count=1,
        search=func.to_tsvector("simple", search_document(number)),
        search_text=normal_form(number),
        co_offices=[],
    )
    session.add(order)
    set_committed_value(order, "family", None)  # There is nothing to read yet.
    await session.flush()
    session.add(
        OrderStep(
            order_id=order.id,
            seq=1,
            at=at,
            step=Step.CREATE,
            from_state=None,
            to_state=State.DRAFT,
            actor_id=actor.account_id,
            actor_role=actor.role,
            actor_name=actor.name,
            details={"channel": channel} | (details or {}),
        )
    )
    await bus.publish(session, "order", order.id)
    return order


async def take_number(session: AsyncSession, prefix: str, at: dt.datetime) -> OrderNumber:
    """The day's next number. Its counter stays locked until this transaction ends, so no number is given twice
    and none is lost when it is rolled back."""
    statement = (
        insert(DayCounter)
        .values(day=in_city(at).date(), last=1)
        .on_conflict_do_update(index_elements=[DayCounter.day], set_={"last": DayCounter.last + 1})
        .returning(DayCounter.last)
    )
    return number_for(prefix, at, (await session.execute(statement)).scalar_one())


async def take_numbers(session: AsyncSession, prefix: str, instants: Sequence[dt.datetime]) -> list[OrderNumber]:
    """As `take_number`, for many orders at once: one for each instant. Days are locked in their order, so that two who
    do so never wait for each other."""
    days = Counter(in_city(at).date() for at in instants)
    following: dict[dt.date, int] = {}
    for day in sorted(days):
        statement = (
            insert(DayCounter)
            .values(day=day, last=days[day])
            .on_conflict_do_update(index_elements=[DayCounter.day], set_={"last": DayCounter.last + days[day]})
            .returning(DayCounter.last)
        )
        following[day] = (await session.execute(statement)).scalar_one() - days[day]
    numbers = []
    for at in instants:
        following[in_city(at).date()] += 1
        numbers.append(number_for(prefix, at, following[in_city(at).date()]))
    return numbers


async def link_call(
    session: AsyncSession, order_id: int, linkedid: str, purpose: CallPurpose, *, at: dt.datetime
) -> None:
    """Link a call to an order; once, however often it is asked for."""
    statement = (
        insert(OrderCall)
        .values(order_id=order_id, linkedid=linkedid, purpose=purpose, added_at=at)
        .on_conflict_do_nothing(index_elements=[OrderCall.order_id, OrderCall.linkedid])
    )
    await session.execute(statement)
    await bus.publish(session, "order", order_id)
