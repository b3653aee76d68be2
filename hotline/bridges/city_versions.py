"""What follows in the database when another version of the city's files comes into force by the clock: one that is in
force at once brings it along in its own transaction (dispatch.versions.change)."""

from core.database import transaction
from dispatch.city.organisation import import_city
from dispatch.versions.change import one_at_a_time
from hotline.runtime.runtime import Runtime


async def bring_organisation(runtime: Runtime) -> None:
    """Rows of offices and crews as the files in force say. Any number of processes may do it."""
    async with transaction(runtime.sessions) as session:
        await one_at_a_time(session)
        await import_city(session, runtime.city)
