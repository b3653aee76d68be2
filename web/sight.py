"""What each person may see and hear. Pure."""

from core.text import mask_phone
from dispatch.actors import Actor, may_see
from dispatch.models import Order
from dispatch.workflow import Role
from web.roles import HANDS
from web.signin import Me

_CALLS_BACK = frozenset({Role.AGENT, Role.COORDINATOR, Role.ADMINISTRATOR, Role.OFFICE, Role.UNIT})
"""Those who must be able to call the citizen back."""
_KEEPS_SECRETS = frozenset({Role.AGENT, Role.COORDINATOR})
"""举报人保密: a citizen who wishes to stay unnamed is known to those who took and route the matter only."""


def actor_of(me: Me) -> Actor:
    return Actor(me.account_id, me.role, me.display_name, me.office_code, me.unit_code)


def sees_order(me: Me, order: Order) -> bool:
    if me.role is Role.ADMINISTRATOR:
        return True
    return may_see(
        actor_of(me),
        lead_office_code=order.lead_office_code,
        co_office_codes=[co.office_code for co in order.co_offices],
        unit_code=order.unit_code,
    )


def sees_citizen(me: Me, *, confidential: bool) -> bool:
    """Name, phone and voice."""
    return me.role in _KEEPS_SECRETS if confidential else True


def phone_for(me: Me, number: str, *, confidential: bool = False) -> str:
    """A citizen's number as `me` may read it; empty: withheld, by the network or from `me`."""
    if not sees_citizen(me, confidential=confidential):
        return ""
    return number if me.role in _CALLS_BACK else mask_phone(number)


def bystander_phone(me: Me, number: str, *, confidential: bool) -> str:
    """The number of one who waits for another's order: only the hall calls him back, so the others see it masked."""
    told = phone_for(me, number, confidential=confidential)
    return mask_phone(told) if me.role in HANDS else told
