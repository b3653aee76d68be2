"""Further matters of one call: each is an order of its own, with the same citizen and the same call."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Conflict
from dispatch.city.records import City
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import find_order_in_hand, hold_drafts, link_call, new_draft
from dispatch.orders.families.uniting import unite
from dispatch.orders.models import CallPurpose, Order, OrderCall
from dispatch.workflow import State


async def begin_further_matter(
    session: AsyncSession, city: City, linkedid: str, *, actor: Actor, at: dt.datetime
) -> Order:
    """The draft of the call's next matter; the one that was begun before while it is still a draft, however often it is
    asked for. In the caller's transaction. Raises Conflict while the call has no order.

    Citizen and wish to stay unnamed are those of the matter before. The orders are one family: what covers the citizen
    in the texts of one covers them in the other's, also when that changes later.
    """
    await hold_drafts(session, linkedid)
    before = await find_order_in_hand(session, linkedid)
    if before is None:
        raise Conflict("电话还没有接通，没有工单。接通后会自动建单。")
    if before.state is State.DRAFT:
        return before
    draft = await new_draft(
        session, city, channel=before.channel, actor=actor, citizen_phone=before.citizen_phone, at=at
    )
    draft.received_at = before.received_at
    draft.citizen_name, draft.confidential = before.citizen_name, before.confidential
    await link_call(session, draft.id, linkedid, CallPurpose.FURTHER, at=at)
    await unite(session, before, draft)
    return draft


async def in_hand_since(session: AsyncSession, linkedid: str) -> dt.datetime | None:
    """From when on the words of this call are about the order in hand; None: from its beginning."""
    return await session.scalar(
        select(OrderCall.added_at)
        .where(OrderCall.linkedid == linkedid, OrderCall.purpose == CallPurpose.FURTHER)
        .order_by(OrderCall.id.desc())
        .limit(1)
    )
