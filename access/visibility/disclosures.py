"""Disclosure of a citizen's name and number: for a stated reason, for some minutes, each a row."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from access.accounts.sessions import NOBODY, Known, Me, find_me
from access.visibility.disclosure_limits import REFUSED, REMEMBERED, PastDisclosures, free_again, reached
from access.visibility.disclosure_models import Disclosure
from access.visibility.rules import may_know
from core.city_words import city_words
from core.clock import in_city
from core.errors import HotlineError, NotAllowed
from core.texts.reasons import real_reason
from dispatch.orders.models import BEGUN_IN, CallPurpose, Order, OrderCall
from recordings.archive.listening_log import SoundListener
from telephony.calls.call_state import Direction, LegRole
from telephony.calls.models import Call, Leg

WRITES_UP = dt.timedelta(minutes=30)
"""How long after a call its agent still sees the citizen, to write the order."""
LONGEST_CALL = dt.timedelta(hours=6)
_HIS_OWN = BEGUN_IN | {CallPurpose.FOLLOW_UP, CallPurpose.CALL_BACK, CallPurpose.SPLIT}
SHOWN = 500


async def find_who_asks(session: AsyncSession, token: str, at: dt.datetime) -> Me | None:
    """The person with this token, and which citizens they are shown just now; None: the token is no longer valid."""
    me = await find_me(session, token, at)
    return None if me is None else replace(me, known=await known_to(session, me, at))


async def known_to(session: AsyncSession, me: Me, at: dt.datetime) -> Known:
    """Whose citizens and callers `me` is shown at `at`: those they looked at, and those in their own calls."""
    rows = await session.execute(
        select(Disclosure.order_id, Disclosure.linkedid).where(
            Disclosure.account_id == me.account_id, Disclosure.until_at > at
        )
    )
    orders, calls = set[int](), set[str]()
    for order_id, linkedid in rows:
        if linkedid:
            calls.add(linkedid)
        elif order_id is not None:
            orders.add(order_id)
    if me.extension:
        mine = await _calls_in_hand(session, me.extension, at)
        calls |= mine.keys()
        if reached_in := {linkedid for linkedid, reached_him in mine.items() if reached_him}:
            orders |= await _orders_of(session, reached_in)
    return Known(frozenset(orders), frozenset(calls)) if orders or calls else NOBODY


class TooManyDisclosures(HotlineError):
    """您在短时间内查看诉求人过多，暂时不能再查看。"""

    slug = "too_many_disclosures"


async def disclose(
    session: AsyncSession,
    me: Me,
    who: SoundListener,
    *,
    order: Order | None,
    linkedid: str = "",
    confidential: bool,
    reason: str,
    place: str,
    minutes: int,
    at: dt.datetime,
    by_name: bool = False,
) -> Disclosure:
    """Write down that `me` is shown the citizen from now on. `minutes` 0: for this moment, as during the call of
    `linkedid`. Raises NotAllowed where no reason is enough, BadInput where this is none, TooManyDisclosures.
    """
    if not may_know(me, confidential=confidential):
        raise NotAllowed(
            f"诉求人要求保密，不向您显示姓名和号码。需要联系请经{city_words().coordinator}。"
            if confidential
            else "您的账号不能查看诉求人。"
        )
    reason = real_reason(reason)
    if minutes:
        await _brake(session, who.account_id, at)
    row = Disclosure(
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
        by_name=by_name,
    )
    session.add(row)
    await session.flush()
    return row


async def past_disclosures(session: AsyncSession, account_id: int, at: dt.datetime) -> list[PastDisclosures]:
    """Of one person, as far back as any limit counts."""
    rows = await session.execute(
        select(Disclosure.at, Disclosure.confidential).where(
            Disclosure.account_id == account_id,
            Disclosure.until_at > at - REMEMBERED,
            Disclosure.until_at > Disclosure.at,
            Disclosure.at > at - REMEMBERED,
        )
    )
    return [PastDisclosures(looked_at, confidential) for looked_at, confidential in rows]


async def _brake(session: AsyncSession, account_id: int, at: dt.datetime) -> None:
    # One after the other: a hundred at once would each count the same few.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"disclosures {account_id}", 0))))
    past = await past_disclosures(session, account_id, at)
    if (limit := reached(REFUSED, past, at)) is not None:
        free = in_city(free_again(limit, past, at) + dt.timedelta(minutes=1))
        raise TooManyDisclosures(f"{limit.words}已达{limit.most}次上限，{free:%H:%M}后才能再查看。督查员已收到提醒。")


async def disclosures_of(session: AsyncSession, order_id: int) -> Sequence[Disclosure]:
    """At the citizen of one order and at the callers of its calls, latest first."""
    of_order = select(OrderCall.linkedid).where(OrderCall.order_id == order_id)
    found = await session.scalars(
        select(Disclosure)
        .where(or_(Disclosure.order_id == order_id, Disclosure.linkedid.in_(of_order)))
        .order_by(Disclosure.id.desc())
        .limit(SHOWN)
    )
    return found.all()


async def latest_disclosures(session: AsyncSession, *, before: int | None, limit: int) -> Sequence[Disclosure]:
    """Of everybody, latest first; `before`: the id after which the list goes on."""
    query = select(Disclosure).order_by(Disclosure.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Disclosure.id < before))).all()


async def _calls_in_hand(session: AsyncSession, extension: str, at: dt.datetime) -> dict[str, bool]:
    """The calls at this telephone whose citizen its agent is or was just now serving, and whether the citizen was
    reached. In a call that the citizen made, the citizen waits while this telephone rings for the first time: the
    number is shown before the first word. In all others (ours to a citizen, one that is handed on, a third called in) a
    telephone that only rings, or speaks with a colleague, shows nobody.
    """
    guest, theirs = Leg.uniqueid.like("guest-%"), aliased(Leg)
    picked_up = exists().where(
        theirs.linkedid == Leg.linkedid,
        theirs.role == LegRole.OUTSIDE,
        theirs.connected_at.is_not(None),
        theirs.uniqueid.not_like("guest-%"),
    )
    with_him = or_(Leg.citizen_at.is_not(None), and_(~guest, or_(Call.direction == Direction.INBOUND, picked_up)))
    met = and_(Leg.connected_at.is_not(None), with_him, or_(Leg.ended_at.is_(None), Leg.ended_at > at - WRITES_UP))
    rings = and_(
        Call.direction == Direction.INBOUND,
        Call.answered_at.is_(None),
        Call.ended_at.is_(None),
        Leg.ended_at.is_(None),
        Leg.connected_at.is_(None),
        ~guest,
    )
    found = await session.execute(
        select(Leg.linkedid, Leg.connected_at.is_not(None))
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.endpoint.in_((extension, f"{extension}-web")), Leg.started_at > at - LONGEST_CALL)
        .where(Leg.role == LegRole.AGENT, or_(met, rings))
    )
    calls: dict[str, bool] = {}
    for linkedid, reached_him in found:
        calls[linkedid] = calls.get(linkedid, False) or reached_him
    return calls


async def _orders_of(session: AsyncSession, linkedids: set[str]) -> set[int]:
    found = await session.scalars(
        select(OrderCall.order_id).where(OrderCall.linkedid.in_(linkedids), OrderCall.purpose.in_(_HIS_OWN))
    )
    return set(found)
