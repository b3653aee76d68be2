"""The keys of stored numbers, made where they are missing, and made anew where the city has another area code now.

A local number's key holds its city's area code (core.phone). For which one the keys were made stands as the comment of
their index: it changes in one transaction with the last of them, and goes with every backup.
"""

from sqlalchemy import text

from core.database import Sessions, transaction
from core.phone import area_code
from dispatch.phone_keys import make_phone_keys
from telephony.blocking import remake_number_keys


async def make_number_keys(sessions: Sessions) -> None:
    """Doing it again changes nothing. May die anywhere: the next start goes on, or begins anew."""
    async with sessions() as session:
        anew = (await session.scalar(text(_MADE_FOR)) or "") != area_code()
    done: int | None = 0
    while done is not None:
        async with transaction(sessions) as session:
            done = await make_phone_keys(session, after=done, anew=anew)
    if anew:
        async with transaction(sessions) as session:
            await remake_number_keys(session)
            # COMMENT takes no parameters; an area code is digits only (core.phone.use_area_code).
            await session.execute(text(f"COMMENT ON INDEX ix_orders_phone_keys IS '{area_code()}'"))


_MADE_FOR = "SELECT obj_description('ix_orders_phone_keys'::regclass, 'pg_class')"
