"""Who may see what, over all roles."""

import pytest

from dispatch.models import CoOffice, Order
from dispatch.workflow import Role
from web.roles import EVERYBODY, HALL
from web.sight import phone_for, sees_citizen, sees_order
from web.signin import Me

ORDER = Order(lead_office_code="housing", unit_code="unit-05", co_offices=[CoOffice(office_code="water")])


def me(role: Role, office: str | None = None, unit: str | None = None) -> Me:
    return Me(1, "x", "示例", role, office_code=office, unit_code=unit)


@pytest.mark.parametrize("role", sorted(HALL))
def test_the_hall_sees_every_order(role: Role) -> None:
    assert sees_order(me(role), ORDER)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (me(Role.OFFICE, office="housing"), True),
        (me(Role.OFFICE, office="water"), True),
        (me(Role.OFFICE, office="schools"), False),
        (me(Role.OFFICE), False),
        (me(Role.UNIT, unit="unit-05"), True),
        (me(Role.UNIT, unit="unit-06"), False),
        (me(Role.UNIT, office="housing"), False),
    ],
)
def test_hands_see_their_own(who: Me, sees: bool) -> None:
    assert sees_order(who, ORDER) is sees


def test_an_order_without_hands_is_nobodys_of_them() -> None:
    nobody = Order(lead_office_code=None, unit_code=None, co_offices=[])
    assert not sees_order(me(Role.OFFICE), nobody)
    assert not sees_order(me(Role.UNIT), nobody)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_secret_citizen_is_known_to_agent_and_coordinator_only(role: Role) -> None:
    knows = role in (Role.AGENT, Role.COORDINATOR)
    assert sees_citizen(me(role), confidential=True) is knows
    assert bool(phone_for(me(role), "13800000042", confidential=True)) is knows


def test_who_need_not_call_back_sees_a_masked_number() -> None:
    assert phone_for(me(Role.SUPERVISOR), "13800000042") == "138****0042"
    assert phone_for(me(Role.UNIT), "13800000042") == "13800000042"
