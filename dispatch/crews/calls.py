"""Calls of ours to a crew's phone: each attempt a row, each call on the order, and what is said.

The line process places them; this module says whether one is due, under which channel id, and keeps what came of it.
"""

import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import bus
from core.channel_ids import crew_call_id
from core.errors import NotFound
from dispatch.assignments.assign import acknowledge
from dispatch.citizens.outgoing import spoken_of
from dispatch.city.organisation import Unit
from dispatch.city.records import City
from dispatch.orders.assignment_models import Assignment, DispatchCall, DispatchCallState, RecipientKind
from dispatch.orders.drafts import link_call
from dispatch.orders.labels import kind_words
from dispatch.orders.models import CallPurpose, Order

_ENDED = [state for state in DispatchCallState if state.ended]


@dataclass(frozen=True)
class SpokenAnnouncement:
    """What the crew hears, in pieces: digits can be recorded, the rest is read out."""

    number_keys: str
    """The order's digits, as a caller would key them."""
    kind: str
    """求助, 紧急求助 …"""
    town: str
    place: str
    title: str


async def begin_call_attempt(session: AsyncSession, assignment_id: int, *, at: dt.datetime) -> DispatchCall | None:
    """The attempt that is to be placed now, hung on the order: the one still open, else a new one.

    None: nobody has to be called any more (acknowledged or withdrawn) or the assignment is not a crew's. Raises
    NotFound.
    """
    assignment = await session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if assignment is None:
        raise NotFound("没有这条派单通知。", assignment_id=assignment_id)
    if assignment.recipient_kind is not RecipientKind.UNIT or assignment.acknowledged_at or assignment.withdrawn_at:
        return None
    still_open = await session.scalar(
        select(DispatchCall).where(DispatchCall.assignment_id == assignment_id, DispatchCall.state.not_in(_ENDED))
    )
    if still_open is not None:
        return still_open
    attempts = await session.scalar(select(func.count()).where(DispatchCall.assignment_id == assignment_id)) or 0
    call = DispatchCall(
        assignment_id=assignment_id,
        attempt=attempts + 1,
        channel_id=crew_call_id(assignment_id, attempts + 1),
        state=DispatchCallState.PLACING,
        at=at,
    )
    session.add(call)
    await session.flush()
    await link_call(session, assignment.order_id, call.channel_id, CallPurpose.DISPATCH, at=at)
    return call


async def close_call_attempts(session: AsyncSession, assignment_id: int, *, at: dt.datetime, result: str) -> None:
    """End what still stands open of an assignment that needs no call any more: whoever was to end it may have died."""
    still_open = await session.scalars(
        select(DispatchCall.channel_id).where(
            DispatchCall.assignment_id == assignment_id, DispatchCall.state.not_in(_ENDED)
        )
    )
    for channel in list(still_open):
        await _change(session, channel, {"state": DispatchCallState.NO_ANSWER, "ended_at": at, "result": result})


async def note_call_state(session: AsyncSession, channel: str, state: DispatchCallState) -> None:
    """It rings, or was answered. Says nothing about an attempt that has ended."""
    await _change(session, channel, {"state": state})


async def finish_call_attempt(
    session: AsyncSession, channel: str, state: DispatchCallState, *, at: dt.datetime, result: str = ""
) -> DispatchCall:
    """What came of an attempt; the first ending counts. With the key pressed the assignment is acknowledged too.

    `channel`: the attempt's channel id; `result` in plain words. Raises NotFound.
    """
    if not state.ended:
        raise ValueError(f"{state} is not an ending")
    await _change(session, channel, {"state": state, "ended_at": at, "result": result})
    call = await get_call_attempt(session, channel)
    if state is DispatchCallState.ACKNOWLEDGED:
        code = call.assignment.recipient_code
        unit = await session.get(Unit, code)
        by = unit.extension if unit is not None else code
        await acknowledge(session, call.assignment_id, kind=RecipientKind.UNIT, code=code, by=by, at=at, via="phone")
    return call


async def get_call_attempt(session: AsyncSession, channel: str) -> DispatchCall:
    """By its channel id, with its `assignment`. Raises NotFound."""
    call = await session.scalar(
        select(DispatchCall)
        .where(DispatchCall.channel_id == channel)
        .options(selectinload(DispatchCall.assignment))
        .execution_options(populate_existing=True)
    )
    if call is None:
        raise NotFound("没有这次派单电话。", channel=channel)
    return call


def announcement(order: Order, city: City) -> SpokenAnnouncement:
    """Without the citizen's name and number, wherever they stand."""
    town = city.towns.get(order.place_town or "")
    return SpokenAnnouncement(
        number_keys=re.sub(r"\D", "", order.number),
        kind=kind_words(order.kind, order.urgency) if order.kind is not None else "",
        town=town.name if town is not None else "",
        place=spoken_of(order, order.place),
        title=spoken_of(order, order.title),
    )


async def _change(session: AsyncSession, channel: str, values: dict[str, object]) -> None:
    changed = await session.scalar(
        update(DispatchCall)
        .where(DispatchCall.channel_id == channel, DispatchCall.state.not_in(_ENDED))
        .values(**values)
        .returning(DispatchCall.assignment_id)
    )
    if changed is not None:
        order_id = await session.scalar(select(Assignment.order_id).where(Assignment.id == changed))
        await bus.publish(session, "order", order_id)
