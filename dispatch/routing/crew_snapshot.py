"""What is known of the crews at a moment, as dispatch.routing.crew_ranking wants it."""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.city.records import City
from dispatch.crews.labels import UNIT_STATUSES
from dispatch.crews.rules import CrewRules, UnitStatus
from dispatch.crews.status import UnitNow as Found
from dispatch.crews.status import load_units_now
from dispatch.orders.models import Order
from dispatch.routing.crew_ranking import Candidate, CrewPosition, Scene
from dispatch.routing.location import spot_of

_UNDER_WAY = (UnitStatus.ACCEPTED, UnitStatus.ON_THE_WAY, UnitStatus.THERE)


async def load_scene(session: AsyncSession, city: City, rules: CrewRules, order: Order, *, at: dt.datetime) -> Scene:
    found = await load_units_now(session, rules, at=at)
    return Scene(at, spot_of(city, order), {code: _unit_now(one) for code, one in found.items()})


def _unit_now(found: Found) -> Candidate:
    """A crew that keeps no shifts sends nothing to rank it by."""
    if found.on_shift is None:
        return Candidate()
    here = found.position
    return Candidate(
        on_shift=found.on_shift,
        doing=UNIT_STATUSES[found.status],
        under_way=found.on_shift and found.status in _UNDER_WAY,
        orders_in_hand=found.orders_in_hand,
        position=CrewPosition(here.latitude, here.longitude, here.taken_at, here.fresh) if here else None,
    )
