"""Two families of orders become one, and nobody reads or writes half of it.

Whoever changes what the texts of a family must not tell (a merger, a split, another name or number of a citizen) holds
the family until the transaction ends: two at once would each leave out the other's citizen where texts are stored
covered. Nobody waits for a family: two transactions that hold orders of each other's would wait for ever. Whoever finds
it held is told so, as anybody is whom somebody was quicker than.
"""

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from core.errors import Conflict
from dispatch.orders.families.family import Family
from dispatch.orders.models import Order

_HELD = func.pg_try_advisory_xact_lock(func.hashtextextended(func.concat("family ", Order.family_id), 0))


async def hold_families(session: AsyncSession, *orders: Order) -> Mapping[int, int]:
    """The family of each of these orders, by its id; they stay so until the transaction ends. Raises Conflict."""
    held: set[int] = set()
    wanted = select(Order.id, Order.family_id, _HELD).where(Order.id.in_([order.id for order in orders]))
    while True:
        with session.no_autoflush:
            found = (await session.execute(wanted)).all()
        if not all(got for _, _, got in found):
            raise Conflict()
        families = {order_id: family_id for order_id, family_id, _ in found}
        # One that was held by another until now may have been united meanwhile.
        if held.issuperset(families.values()):
            return families
        held.update(families.values())


async def unite(session: AsyncSession, order: Order, other: Order) -> None:
    """Both orders' families are one from now on: that of `order`. No version changes: what people have read is still up
    to date. Raises Conflict."""
    families = await hold_families(session, order, other)
    kept, lost = families[order.id], families[other.id]
    if kept != lost:
        theirs = update(Order).where(Order.family_id == lost).values(family_id=kept)
        await session.execute(theirs.execution_options(synchronize_session=False))
    for one in list(session.sync_session.identity_map.values()):
        if isinstance(one, Order) and one.family_id in (kept, lost):
            set_committed_value(one, "family_id", kept)
    await read_family_again(session, kept)


async def lock_family(session: AsyncSession, family_id: int) -> list[int]:
    """The ids of its orders. Nobody else changes one of them until the transaction ends, and what others were writing
    is written: whoever stores texts that cover the whole family reads all of them. Only for who holds the family."""
    orders = select(Order.id).where(Order.family_id == family_id).order_by(Order.id)
    return list(await session.scalars(orders.with_for_update(key_share=True)))


async def read_family_again(session: AsyncSession, family_id: int) -> Family:
    """For all its orders that this session has read: with what was written since."""
    wanted = select(Family).where(Family.id == family_id).execution_options(populate_existing=True)
    family = (await session.scalars(wanted)).one()
    for one in list(session.sync_session.identity_map.values()):
        if isinstance(one, Order) and one.family_id == family_id:
            set_committed_value(one, "family", family)
    return family
