"""What is known of every crew at a moment: shift, status, orders in hand, position with its age."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.crews.models import Position, Shift, UnitStatusChange
from dispatch.crews.rules import CrewRules, UnitStatus, is_fresh, minutes_over
from dispatch.crews.shifts import on_shift as counted
from dispatch.orders.models import Order
from dispatch.workflow import State

IN_CREWS_HANDS = (State.ACCEPTED, State.IN_PROGRESS, State.SENT_BACK)


@dataclass(frozen=True)
class PositionNow:
    """The newest position of a crew; degrees, WGS 84."""

    latitude: float
    longitude: float
    accuracy_metres: float
    taken_at: dt.datetime
    fresh: bool
    """Only then may anything be decided by it."""


@dataclass(frozen=True)
class UnitNow:
    on_shift: bool | None = None
    """None: no member has ever reported a shift."""
    people: tuple[str, ...] = ()
    """Members on shift."""
    status: UnitStatus = UnitStatus.OFF_SHIFT
    since: dt.datetime | None = None
    """The current status; None: none was ever reported."""
    minutes_over: int | None = None
    """By how many minutes this status exceeds its limit (`crews.toml`); None: it does not."""
    order_id: int | None = None
    """Because of which order it stands there."""
    orders_in_hand: int = 0
    """Accepted and not yet answered."""
    position: PositionNow | None = None


async def load_units_now(session: AsyncSession, rules: CrewRules, *, at: dt.datetime) -> dict[str, UnitNow]:
    """By code, every crew of which anything is known: four queries, however many crews there are."""
    shifts = await session.execute(
        select(Shift.unit_code, func.array_agg(Shift.person).filter(counted(rules, at))).group_by(Shift.unit_code)
    )
    people = {code: tuple(found or ()) for code, found in shifts}
    newest_status = select(UnitStatusChange).ext(distinct_on(UnitStatusChange.unit_code))
    statuses = {
        row.unit_code: row
        for row in await session.scalars(newest_status.order_by(UnitStatusChange.unit_code, UnitStatusChange.id.desc()))
    }
    since = at - dt.timedelta(hours=2 * rules.shift_longest_hours)
    newest_position = select(Position).ext(distinct_on(Position.unit_code)).where(Position.taken_at > since)
    positions = {
        row.unit_code: row
        for row in await session.scalars(newest_position.order_by(Position.unit_code, Position.taken_at.desc()))
    }
    in_hand = await session.execute(
        select(Order.unit_code, func.count()).where(Order.state.in_(IN_CREWS_HANDS)).group_by(Order.unit_code)
    )
    counts = {code: count for code, count in in_hand if code is not None}
    return {
        code: _unit_now(rules, at, people.get(code), statuses.get(code), positions.get(code), counts.get(code, 0))
        for code in people.keys() | statuses.keys() | positions.keys() | counts.keys()
    }


def _unit_now(
    rules: CrewRules,
    at: dt.datetime,
    people: tuple[str, ...] | None,
    latest: UnitStatusChange | None,
    position: Position | None,
    orders_in_hand: int,
) -> UnitNow:
    there = bool(people)
    # A member who forgot to end a shift has gone home, whatever status the crew was left in.
    status = latest.status if latest and there else UnitStatus.OFF_SHIFT
    return UnitNow(
        on_shift=None if people is None else there,
        people=people or (),
        status=status,
        since=latest.at if latest else None,
        minutes_over=minutes_over(status, latest.at, rules, at) if latest else None,
        order_id=latest.order_id if latest and there else None,
        orders_in_hand=orders_in_hand,
        position=None if position is None else _position_now(rules, at, position, on_shift=there),
    )


def _position_now(rules: CrewRules, at: dt.datetime, position: Position, *, on_shift: bool) -> PositionNow:
    return PositionNow(
        position.latitude,
        position.longitude,
        position.accuracy_metres,
        position.taken_at,
        fresh=on_shift and is_fresh(position.taken_at, rules, at),
    )
