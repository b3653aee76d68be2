"""Refusals at the door are kept for a limited time."""

import datetime as dt

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.log_models import KEPT_DAYS, Refusal


async def forget_refusals(session: AsyncSession, at: dt.datetime) -> int:
    """Remove what is older than must be kept, in this transaction. How many."""
    old = delete(Refusal).where(Refusal.at < at - dt.timedelta(days=KEPT_DAYS, hours=1)).returning(Refusal.id)
    return len((await session.scalars(old)).all())
