"""The keys of stored numbers, made where they are missing, and made again where the city has another area code now.

A local number's key holds its city's area code (core.numbers.phone). For which one the keys were made stands as the
comment of their index: it changes in one transaction with the last of them, and goes with every backup.
"""

import datetime as dt

from sqlalchemy import text

from core.database import Sessions, transaction
from core.numbers.plan import area_code
from dispatch.citizens.phone_keys import make_phone_keys
from telephony.blocking.block_list import remake_number_keys
from telephony.calls.callers import make_caller_keys


async def make_number_keys(sessions: Sessions, *, at: dt.datetime) -> None:
    """Doing it again changes nothing. May die anywhere: the next start continues, or begins again."""
    async with sessions() as session:
        anew = (await session.scalar(text(_MADE_FOR)) or "") != area_code()
    done: int | None = 0
    while done is not None:
        async with transaction(sessions) as session:
            done = await make_phone_keys(session, after=done, anew=anew)
    number: str | None = ""
    while number is not None:
        async with transaction(sessions) as session:
            number = await make_caller_keys(session, after=number, at=at, anew=anew)
    if anew:
        async with transaction(sessions) as session:
            await remake_number_keys(session)
            # COMMENT takes no parameters; an area code is digits only (core.numbers.plan.use_area_code).
            await session.execute(text(f"COMMENT ON INDEX ix_orders_phone_keys IS '{area_code()}'"))


_MADE_FOR = "SELECT obj_description('ix_orders_phone_keys'::regclass, 'pg_class')"
