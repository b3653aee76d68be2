"""Keys of citizens' numbers for orders that have none yet: from before there were keys, or written by another way."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.phone import number_keys, plain_number
from dispatch.orders.models import Order

BATCH = 2_000


async def make_phone_keys(session: AsyncSession, *, after: int = 0) -> int | None:
    """Of the next orders by id; the last one looked at, None: there are no more. A number that was typed with
    separators is stored as it is dialled from now on. May die anywhere: what has its keys is passed by."""
    wanted = select(Order.id, Order.citizen_phone).where(
        Order.id > after, Order.citizen_phone.regexp_match("[0-9]"), func.cardinality(Order.phone_keys) == 0
    )
    rows = (await session.execute(wanted.order_by(Order.id).limit(BATCH))).all()
    for order_id, number in rows:
        values = {"citizen_phone": plain_number(number), "phone_keys": list(number_keys(number))}
        await session.execute(update(Order).where(Order.id == order_id).values(values))
    return rows[-1][0] if rows else None
