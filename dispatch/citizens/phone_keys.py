"""Keys of citizens' numbers for orders that have none yet: from before there were keys, or written by another way; for
all orders where the city's area code is another one now."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.numbers.phone import number_keys, plain_number
from core.numbers.shown import shown_endings
from dispatch.orders.models import Order

BATCH = 2_000


async def make_phone_keys(session: AsyncSession, *, after: int = 0, anew: bool = False) -> int | None:
    """Of the next orders by id; the last one looked at, None: there are no more. A number that was typed with
    separators is stored as it is dialled from now on. `anew`: also of orders that have keys; what has the right ones is
    not written. May die anywhere."""
    wanted = select(Order.id, Order.citizen_phone, Order.phone_keys).where(
        Order.id > after, Order.citizen_phone.regexp_match("[0-9]")
    )
    if not anew:
        wanted = wanted.where(func.cardinality(Order.phone_keys) == 0)
    rows = (await session.execute(wanted.order_by(Order.id).limit(BATCH).with_for_update())).all()
    for order_id, number, had in rows:
        # What a network gave stays as it came where nothing but its area code is another one.
        values = {
            "citizen_phone": number if had else plain_number(number),
            "phone_keys": list(number_keys(number)),
            "phone_endings": list(shown_endings(number)),
        }
        if values["phone_keys"] != had:
            await session.execute(update(Order).where(Order.id == order_id).values(values))
    return rows[-1][0] if rows else None
