"""Looking at a citizen's name and number: on a stated reason, for some minutes, each look a row."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotAllowed
from dispatch.models import CallPurpose, Order, OrderCall
from recordings.listening import Listener
from telephony.models import Call, Leg
from web.look_models import Look
from web.sight import may_know
from web.signin import NOBODY, Known, Me, find_me

WRITES_UP = dt.timedelta(minutes=30)
"""So long after a call its agent still has its citizen before him: he writes the order."""
LONGEST_CALL = dt.timedelta(hours=6)
_HIS_OWN = (CallPurpose.INCOMING, CallPurpose.FOLLOW_UP, CallPurpose.CALL_BACK, CallPurpose.SPLIT)
SHOWN = 500


async def find_who_asks(session: AsyncSession, token: str, at: dt.datetime) -> Me | None:
    """Whose token this is, with whom he is shown just now; None: nobody's, any more."""
    me = await find_me(session, token, at)
    return None if me is None else replace(me, known=await known_to(session, me, at))


async def known_to(session: AsyncSession, me: Me, at: dt.datetime) -> Known:
    """Whose citizens and callers `me` is shown at `at`: those he looked at, and those in his own calls."""
    rows = await session.execute(
        select(Look.order_id, Look.linkedid).where(Look.account_id == me.account_id, Look.until_at > at)
    )
    orders, calls = set[int](), set[str]()
    for order_id, linkedid in rows:
        if linkedid:
            calls.add(linkedid)
        elif order_id is not None:
            orders.add(order_id)
    if me.extension:
        mine = await _calls_in_hand(session, me.extension, at)
        calls |= mine
        if mine:
            orders |= await _orders_of(session, mine)
    return Known(frozenset(orders), frozenset(calls)) if orders or calls else NOBODY


async def look(
    session: AsyncSession,
    me: Me,
    who: Listener,
    *,
    order: Order | None,
    linkedid: str = "",
    confidential: bool,
    reason: str,
    place: str,
    minutes: int,
    at: dt.datetime,
) -> Look:
    """Write down that `me` is shown the citizen from now on. Raises NotAllowed where no reason is enough."""
    if not may_know(me, confidential=confidential):
        raise NotAllowed(
            "来电人要求保密，不向您显示姓名和号码。需要联系请经市级管理员。"
            if confidential
            else "您的账号不能查看来电人。"
        )
    row = Look(
        at=at,
        until_at=at + dt.timedelta(minutes=minutes),
        account_id=who.account_id,
        account_name=who.name,
        display_name=who.display_name,
        role=who.role,
        order_id=order.id if order else None,
        order_number=order.number if order else "",
        linkedid=linkedid,
        confidential=confidential,
        reason=reason,
        place=place,
        address=who.address,
    )
    session.add(row)
    await session.flush()
    return row


async def looks_of(session: AsyncSession, order_id: int) -> Sequence[Look]:
    """At the citizen of one order and at the callers of its calls, latest first."""
    of_order = select(OrderCall.linkedid).where(OrderCall.order_id == order_id)
    found = await session.scalars(
        select(Look)
        .where(or_(Look.order_id == order_id, Look.linkedid.in_(of_order)))
        .order_by(Look.id.desc())
        .limit(SHOWN)
    )
    return found.all()


async def latest_looks(session: AsyncSession, *, before: int | None, limit: int) -> Sequence[Look]:
    """Of everybody, latest first; `before`: the id after which the list goes on."""
    query = select(Look).order_by(Look.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Look.id < before))).all()


async def _calls_in_hand(session: AsyncSession, extension: str, at: dt.datetime) -> set[str]:
    """The calls at this telephone: that go on, ring, or ended just now."""
    found = await session.scalars(
        select(Leg.linkedid)
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.endpoint.in_((extension, f"{extension}-web")), Leg.started_at > at - LONGEST_CALL)
        .where(or_(Leg.ended_at.is_(None), Leg.connected_at.is_not(None)))
        .where(or_(Call.ended_at.is_(None), Call.ended_at > at - WRITES_UP))
    )
    return set(found)


async def _orders_of(session: AsyncSession, linkedids: set[str]) -> set[int]:
    found = await session.scalars(
        select(OrderCall.order_id).where(OrderCall.linkedid.in_(linkedids), OrderCall.purpose.in_(_HIS_OWN))
    )
    return set(found)
