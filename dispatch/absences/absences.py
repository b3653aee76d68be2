"""Absences are entered, ended and asked for: in the caller's transaction."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import in_city
from core.errors import BadInput, Conflict, NotFound
from dispatch.absences.models import Absence
from dispatch.absences.rules import Away, Person, wrong_absence

_ONE_AT_A_TIME = "absences"
"""Two that fit each by itself might not fit together."""


async def enter_absence(
    session: AsyncSession,
    who: Person,
    stand_in: Person | None,
    first: dt.date | None,
    last: dt.date | None,
    reason: str,
    *,
    by: str,
    at: dt.datetime,
) -> Absence:
    """Raises BadInput that says in each field what stands against it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_ONE_AT_A_TIME, 0))))
    today = in_city(at).date()
    known = [away_of(one) for one in await absences_from(session, today)]
    if wrong := wrong_absence(who, stand_in, first, last, known, today):
        raise BadInput("".join(wrong.values()), fields=wrong)
    assert stand_in is not None and first is not None and last is not None  # noqa: PT018 - `wrong_absence` saw to it
    row = Absence(
        account_id=who.account_id,
        name=who.name,
        stand_in_id=stand_in.account_id,
        stand_in_name=stand_in.name,
        first_day=first,
        last_day=last,
        reason=reason,
        entered_at=at,
        entered_by=by,
    )
    session.add(row)
    return row


async def end_absence(
    session: AsyncSession, absence_id: int, accounts: Collection[int], *, by: str, at: dt.datetime
) -> None:
    """Back earlier, or not away at all. `accounts`: whose absences this person may end. Raises NotFound, Conflict."""
    row = await session.get(Absence, absence_id, with_for_update=True)
    if row is None or row.account_id not in accounts:
        raise NotFound("没有这一次外出。")
    if row.ended_at is not None or row.last_day < in_city(at).date():
        raise Conflict("这一次外出已经结束。")
    row.ended_at, row.ended_by = at, by


async def change_stand_in(
    session: AsyncSession,
    absence_id: int,
    accounts: Collection[int],
    who: Mapping[int, Person],
    stand_in: Person | None,
    *,
    by: str,
    at: dt.datetime,
) -> Absence:
    """From today on another person stands in: this absence ends, and its rest is entered as another one. Raises
    NotFound, Conflict, BadInput as the two do."""
    row = await session.get(Absence, absence_id)
    await end_absence(session, absence_id, accounts, by=by, at=at)
    assert row is not None, "it was found"
    await session.flush()
    first = max(row.first_day, in_city(at).date())
    return await enter_absence(
        session, who[row.account_id], stand_in, first, row.last_day, row.reason, by=by, at=at
    )  # fmt: skip


async def stand_in_goes(session: AsyncSession, account_id: int, at: dt.datetime) -> None:
    """The account was closed, or has another role or office now. What it stood in for has no stand-in from here on:
    notifications go to the person away again, and the pages ask for another stand-in."""
    going_on = Absence.ended_at.is_(None), Absence.last_day >= in_city(at).date(), Absence.stand_in_gone_at.is_(None)
    await session.execute(
        update(Absence).where(Absence.stand_in_id == account_id, *going_on).values(stand_in_gone_at=at)
    )


async def absences_from(session: AsyncSession, day: dt.date) -> Sequence[Absence]:
    """Those that go on or are to come, the nearest first."""
    open_ones = Absence.ended_at.is_(None), Absence.last_day >= day
    return (await session.scalars(select(Absence).where(*open_ones).order_by(Absence.first_day, Absence.id))).all()


async def stood_in_for(session: AsyncSession, account_id: int, at: dt.datetime) -> tuple[str, ...]:
    """The names of those for whom this person stands in now."""
    mine = _now(at), Absence.stand_in_id == account_id
    return tuple(await session.scalars(select(Absence.name).where(*mine).order_by(Absence.id)))


async def stand_ins_now(session: AsyncSession, accounts: Collection[int], at: dt.datetime) -> Mapping[int, int]:
    """Of these accounts, those that are away now → who stands in."""
    if not accounts:
        return {}
    query = select(Absence.account_id, Absence.stand_in_id).where(_now(at), Absence.account_id.in_(accounts))
    return {account: stand_in for account, stand_in in await session.execute(query)}


def away_of(one: Absence) -> Away:
    nobody = 0
    stand_in_id = one.stand_in_id if one.stand_in_gone_at is None else nobody
    return Away(one.account_id, one.name, stand_in_id, one.stand_in_name, one.first_day, one.last_day)


def _now(at: dt.datetime) -> ColumnElement[bool]:
    today = in_city(at).date()
    there = Absence.ended_at.is_(None) & Absence.stand_in_gone_at.is_(None)
    return there & (Absence.first_day <= today) & (Absence.last_day >= today)
