"""Versions of the city's files in a web rig."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from core.database import transaction
from core.tasks import cancel, spawn
from dispatch.city.organisation import import_city
from dispatch.policy import Policy
from dispatch.versions.overlay import bring_in_force
from hotline.runtime.policy_in_force import keep_policy
from tests.support.web_rig import WebRig


@asynccontextmanager
async def versions_followed(web_rig: WebRig, policy: Policy) -> AsyncIterator[None]:
    """As in `hotline web`; afterwards the folder alone is in force."""
    context = web_rig.context
    keeping = spawn(keep_policy(context.settings, context.sessions, context.bus, context.holder), name="policy")
    yield
    await cancel(keeping)
    async with transaction(context.sessions) as session:
        await session.execute(text("TRUNCATE city_versions"))
        await import_city(session, policy.city)
    bring_in_force(context.settings.var, context.settings.city, {})
    context.holder.replace(policy)
