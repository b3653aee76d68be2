"""What a change of the city's files moves or leaves over, said before it is stored."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import Account
from dispatch.city.records import City
from dispatch.policy import Policy
from dispatch.versions.effects import effects


async def what_moves(session: AsyncSession, old: Policy, new: Policy, *, at: dt.datetime) -> list[str]:
    """Sentences in Chinese."""
    return await effects(session, old, new, at=at) + await _accounts(session, old.city, new.city)


async def _accounts(session: AsyncSession, old: City, new: City) -> list[str]:
    said = []
    for column, before, after in (
        (Account.office_code, old.offices, new.offices), (Account.unit_code, old.units, new.units),
    ):  # fmt: skip
        for code in [one for one in before if one not in after]:
            wanted = select(func.count()).where(column == code, Account.disabled_at.is_(None))
            if left := await session.scalar(wanted):
                said.append(f"{before[code].name}还有{left}个在用的账号，请改到别处或停用。")
    return said
