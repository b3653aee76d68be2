"""What a crew did on one day: its statuses, each from when to when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.crews.models import UnitStatusChange
from dispatch.crews.rules import CrewRules, UnitStatus


@dataclass(frozen=True)
class Stretch:
    """A status within the day: what began before it or ends after it is cut at its edges."""

    status: UnitStatus
    begin: dt.datetime
    end: dt.datetime
    order_id: int | None
    person: str
    ongoing: bool
    """It has not ended yet."""


async def load_unit_day(
    session: AsyncSession, rules: CrewRules, code: str, *, begin: dt.datetime, at: dt.datetime
) -> list[Stretch]:
    """Within 24 hours from `begin`, up to `at` at most; in order. `begin` is the city's midnight."""
    end = min(begin + dt.timedelta(days=1), at)
    mine = UnitStatusChange.unit_code == code
    newest = UnitStatusChange.at.desc(), UnitStatusChange.id.desc()
    before = select(UnitStatusChange).where(mine, UnitStatusChange.at < begin).order_by(*newest).limit(1)
    within = select(UnitStatusChange).where(mine, UnitStatusChange.at >= begin, UnitStatusChange.at < end)
    rows = [*(await session.scalars(before)), *(await session.scalars(within.order_by(UnitStatusChange.id)))]
    return stretches_of(rows, rules, begin=begin, end=end, at=at)


def stretches_of(
    rows: Sequence[UnitStatusChange], rules: CrewRules, *, begin: dt.datetime, end: dt.datetime, at: dt.datetime
) -> list[Stretch]:
    """A status that nobody ended counts no longer than the longest shift. Of two changes that a phone without network
    reported out of order the earlier one ends where the later begins. Pure."""
    found: list[Stretch] = []
    longest = dt.timedelta(hours=rules.shift_longest_hours)
    rows = sorted(rows, key=lambda row: row.at)
    for number, row in enumerate(rows):
        following = rows[number + 1].at if number + 1 < len(rows) else None
        over = min(following or end, row.at + longest, end)
        begun = max(row.at, begin)
        if row.status is not UnitStatus.OFF_SHIFT and over > begun:
            ongoing = following is None and over == at
            found.append(Stretch(row.status, begun, over, row.order_id, row.person, ongoing))
    return found
