"""Filters of the list of orders that people save under names of their own."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.models import SavedFilter
from access.accounts.sessions import Me
from core.errors import BadInput
from core.texts.lines import one_line
from web.orders.schemas import OrdersQuery

MOST = 30
LONGEST_NAME = 20


async def filters_of(session: AsyncSession, me: Me) -> Sequence[SavedFilter]:
    """By name."""
    query = select(SavedFilter).where(SavedFilter.account_id == me.account_id).order_by(SavedFilter.name)
    return (await session.scalars(query)).all()


async def keep_filter(session: AsyncSession, me: Me, name: str, wanted: OrdersQuery, *, at: dt.datetime) -> None:
    """A name already in use: replaced. Raises BadInput."""
    name = one_line(name)
    chosen = wanted.chosen()
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(f"筛选的名称须为1至{LONGEST_NAME}个字。")
    if not chosen:
        raise BadInput("还没有选择任何筛选条件，请先筛选再保存。")
    mine = select(func.count()).where(SavedFilter.account_id == me.account_id, SavedFilter.name != name)
    if (await session.scalar(mine) or 0) >= MOST:
        raise BadInput(f"最多保存{MOST}个筛选，请先删去不用的。")
    row = insert(SavedFilter).values(account_id=me.account_id, name=name, query=chosen, created_at=at)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[SavedFilter.account_id, SavedFilter.name], set_={"query": row.excluded.query}
        )
    )


async def forget_filter(session: AsyncSession, me: Me, filter_id: int) -> None:
    """The person's own only; one that is gone already is no mistake."""
    await session.execute(
        delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.account_id == me.account_id)
    )
