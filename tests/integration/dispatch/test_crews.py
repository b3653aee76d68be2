"""Shifts, the status ladder and positions: what is known of a crew, and how old it is."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Sessions, transaction
from core.errors import Conflict
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.crews.rules import CrewRules, UnitStatus
from dispatch.crews.shifts import Fix, end_shift, note_positions, set_status, start_shift
from dispatch.crews.status import load_units_now
from dispatch.orders.actors import Actor
from dispatch.workflow import Role

RULES = CrewRules(position_fresh_minutes=10, shift_longest_hours=16, longest_minutes={UnitStatus.ON_THE_WAY: 60})
DRIVER = Actor(11, Role.UNIT, "郑示例", unit_code="unit-01")
FITTER = Actor(12, Role.UNIT, "卫示例", unit_code="unit-01")
SEVEN = dt.datetime(2026, 11, 20, 23, tzinfo=dt.UTC)


def later(minutes: float) -> dt.datetime:
    return SEVEN + dt.timedelta(minutes=minutes)


def fix(minutes: float) -> Fix:
    return Fix(35.59, 116.98, 12.0, later(minutes))


@pytest.fixture
async def session(sessions: Sessions, city: City) -> AsyncIterator[AsyncSession]:
    """Rolled back after each test."""
    async with transaction(sessions) as first:
        await import_city(first, city)
    async with sessions() as opened:
        yield opened
        await opened.rollback()


async def test_a_crew_is_on_shift_while_one_of_it_is(session: AsyncSession) -> None:
    assert (await load_units_now(session, RULES, at=SEVEN)).get("unit-01") is None
    await start_shift(session, RULES, DRIVER, at=SEVEN)
    await start_shift(session, RULES, FITTER, at=later(5))
    await start_shift(session, RULES, FITTER, at=later(6))
    await end_shift(session, RULES, DRIVER, at=later(60))
    now = (await load_units_now(session, RULES, at=later(61)))["unit-01"]
    assert (now.on_shift, now.people, now.status, now.since) == (True, ("卫示例",), UnitStatus.FREE, SEVEN)
    await end_shift(session, RULES, FITTER, at=later(90))
    now = (await load_units_now(session, RULES, at=later(91)))["unit-01"]
    assert (now.on_shift, now.people, now.status) == (False, (), UnitStatus.OFF_SHIFT)


async def test_a_forgotten_shift_ends_by_itself(session: AsyncSession) -> None:
    await start_shift(session, RULES, DRIVER, at=SEVEN)
    await set_status(session, DRIVER, UnitStatus.THERE, None, at=later(30), received_at=later(30))
    now = (await load_units_now(session, RULES, at=later(17 * 60)))["unit-01"]
    assert (now.on_shift, now.status) == (False, UnitStatus.OFF_SHIFT)
    await start_shift(session, RULES, DRIVER, at=later(24 * 60))
    now = (await load_units_now(session, RULES, at=later(24 * 60)))["unit-01"]
    assert (now.on_shift, now.people) == (True, ("郑示例",))


async def test_nobody_goes_home_from_the_road(session: AsyncSession) -> None:
    await start_shift(session, RULES, DRIVER, at=SEVEN)
    await set_status(session, DRIVER, UnitStatus.ON_THE_WAY, None, at=later(10), received_at=later(40))
    with pytest.raises(Conflict, match="在路上"):
        await end_shift(session, RULES, DRIVER, at=later(41))
    now = (await load_units_now(session, RULES, at=later(75)))["unit-01"]
    assert (now.status, now.since, now.minutes_over) == (UnitStatus.ON_THE_WAY, later(10), 5)


async def test_positions_are_kept_only_of_people_on_shift_and_each_once(session: AsyncSession) -> None:
    assert await note_positions(session, RULES, DRIVER, [fix(0)], at=later(1)) == 0
    await start_shift(session, RULES, DRIVER, at=later(2))
    assert await note_positions(session, RULES, DRIVER, [fix(1), fix(3), fix(4), fix(9)], at=later(5)) == 2
    assert await note_positions(session, RULES, DRIVER, [fix(3), fix(4)], at=later(6)) == 0
    assert await note_positions(session, RULES, FITTER, [fix(6)], at=later(7)) == 0
    await end_shift(session, RULES, DRIVER, at=later(20))
    # What the phone took before the shift's end arrives after it.
    assert await note_positions(session, RULES, DRIVER, [fix(19), fix(21)], at=later(30)) == 1


async def test_an_old_position_is_told_with_its_age_and_is_not_fresh(session: AsyncSession) -> None:
    await start_shift(session, RULES, DRIVER, at=SEVEN)
    await note_positions(session, RULES, DRIVER, [fix(5)], at=later(6))
    for minutes, fresh in ((15, True), (16, False)):
        position = (await load_units_now(session, RULES, at=later(minutes)))["unit-01"].position
        assert position is not None
        assert (position.taken_at, position.fresh) == (later(5), fresh)


async def test_what_a_crew_did_cannot_be_rewritten(session: AsyncSession) -> None:
    await start_shift(session, RULES, DRIVER, at=SEVEN)
    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text("UPDATE unit_statuses SET at = now()"))
