"""Crews on the road: on-shift members, status and position. Each change is announced on topic `unit`.

What is known of all crews at a moment is dispatch.crews.status's; choosing among them dispatch.routing.crew_ranking's.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.city_words import city_words
from core.errors import Conflict, NotAllowed
from dispatch.crews.models import Position, Shift, UnitStatusChange
from dispatch.crews.rules import CrewRules, UnitStatus
from dispatch.orders.actors import Actor

UNIT_TOPIC = "unit"


@dataclass(frozen=True)
class Fix:
    """One position as a phone took it."""

    latitude: float
    longitude: float
    accuracy_metres: float
    taken_at: dt.datetime


async def start_shift(session: AsyncSession, rules: CrewRules, crew: Actor, *, at: dt.datetime) -> None:
    """上班. An open shift continues; one that was forgotten is ended first."""
    code, account_id = _who(crew)
    mine = (Shift.unit_code == code) & (Shift.account_id == account_id) & Shift.ended_at.is_(None)
    longest = dt.timedelta(hours=rules.shift_longest_hours)
    await session.execute(
        update(Shift).where(mine, Shift.started_at <= at - longest).values(ended_at=Shift.started_at + longest)
    )
    row = {"unit_code": code, "account_id": account_id, "person": crew.name, "started_at": at}
    await session.execute(
        insert(Shift)
        .values(row)
        .on_conflict_do_nothing(index_elements=["unit_code", "account_id"], index_where=Shift.ended_at.is_(None))
    )
    if (await status_of(session, code))[0] is UnitStatus.OFF_SHIFT:
        await set_status(session, crew, UnitStatus.FREE, None, at=at, received_at=at)
    await bus.publish(session, UNIT_TOPIC, code)


async def end_shift(session: AsyncSession, rules: CrewRules, crew: Actor, *, at: dt.datetime) -> None:
    """下班. With the last of the crew the whole crew is off shift. Raises Conflict while it is at work on an order."""
    code, account_id = _who(crew)
    status, _ = await status_of(session, code)
    others = await session.scalar(
        select(func.count())
        .select_from(Shift)
        .where(Shift.unit_code == code, on_shift(rules, at), Shift.account_id != account_id)
    )
    if not others and status in (UnitStatus.ON_THE_WAY, UnitStatus.THERE):
        raise Conflict("还有工单在路上或在现场，请先办完或交代清楚再下班。")
    await session.execute(
        update(Shift)
        .where(Shift.unit_code == code, Shift.account_id == account_id, Shift.ended_at.is_(None))
        .values(ended_at=func.greatest(at, Shift.started_at))
    )
    if not others:
        await set_status(session, crew, UnitStatus.OFF_SHIFT, None, at=at, received_at=at)
    await bus.publish(session, UNIT_TOPIC, code)


async def set_status(
    session: AsyncSession,
    crew: Actor,
    status: UnitStatus,
    order_id: int | None,
    *,
    at: dt.datetime,
    received_at: dt.datetime,
) -> None:
    """Set the crew's status; the same status for the same order again changes nothing."""
    code = _who(crew)[0]
    newest = await _newest_status(session, code)
    if newest is not None and (newest.status, newest.order_id) == (status, order_id):
        return
    session.add(
        UnitStatusChange(
            unit_code=code,
            status=status,
            order_id=order_id,
            at=min(at, received_at),
            received_at=received_at,
            person=crew.name,
        )
    )
    await bus.publish(session, UNIT_TOPIC, code)


async def status_of(session: AsyncSession, code: str) -> tuple[UnitStatus, dt.datetime | None]:
    """Status and since when."""
    newest = await _newest_status(session, code)
    return (UnitStatus.OFF_SHIFT, None) if newest is None else (newest.status, newest.at)


async def is_on_shift(session: AsyncSession, rules: CrewRules, crew: Actor, *, at: dt.datetime) -> bool:
    """Whether this person has a shift."""
    code, account_id = _who(crew)
    found = select(Shift.id).where(Shift.unit_code == code, on_shift(rules, at), Shift.account_id == account_id)
    return await session.scalar(found) is not None


async def note_positions(
    session: AsyncSession, rules: CrewRules, crew: Actor, fixes: Iterable[Fix], *, at: dt.datetime
) -> int:
    """Store what was taken during this person's shifts, each once; nothing else. Returns how many are new."""
    code, account_id = _who(crew)
    longest = dt.timedelta(hours=rules.shift_longest_hours)
    shifts = (
        await session.execute(
            select(Shift.started_at, Shift.ended_at).where(
                Shift.unit_code == code, Shift.account_id == account_id, Shift.started_at > at - 2 * longest
            )
        )
    ).all()
    spans = [(begun, min(ended or at, begun + longest, at)) for begun, ended in shifts]
    rows = [
        {
            "unit_code": code, "account_id": account_id, "latitude": fix.latitude, "longitude": fix.longitude,
            "accuracy_metres": fix.accuracy_metres, "taken_at": fix.taken_at, "received_at": at,
        }
        for fix in fixes
        if any(begun <= fix.taken_at <= ended for begun, ended in spans)
    ]  # fmt: skip
    if not rows:
        return 0
    stored = await session.execute(insert(Position).values(rows).on_conflict_do_nothing().returning(Position.id))
    count = len(stored.all())
    await bus.publish(session, UNIT_TOPIC, code)
    return count


def on_shift(rules: CrewRules, at: dt.datetime) -> ColumnElement[bool]:
    """Shifts that count at this moment: not ended, and not forgotten."""
    return Shift.ended_at.is_(None) & (Shift.started_at > at - dt.timedelta(hours=rules.shift_longest_hours))


async def _newest_status(session: AsyncSession, code: str) -> UnitStatusChange | None:
    mine = select(UnitStatusChange).where(UnitStatusChange.unit_code == code)
    return await session.scalar(mine.order_by(UnitStatusChange.id.desc()).limit(1))


def _who(crew: Actor) -> tuple[str, int]:
    """Crew and account. Raises NotAllowed for who belongs to no crew."""
    if crew.unit_code is None or crew.account_id is None:
        raise NotAllowed(f"这个账号没有指明{city_words().crew}，请联系系统管理员。")
    return crew.unit_code, crew.account_id
