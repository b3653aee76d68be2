"""Visibility, over all roles."""

from dataclasses import replace

import pytest

from access.accounts.roles import EVERYBODY, HALL
from access.accounts.sessions import Known, Me
from access.visibility.rules import hears, knows, knows_caller, name_of, phone_of, sees_order
from dispatch.orders.models import CallPurpose, CoHandlingOffice, Order
from dispatch.workflow import Role
from telephony.calls.call_state import Direction

ORDER = Order(lead_office_code="housing", unit_code="unit-05", co_offices=[CoHandlingOffice(office_code="water")])


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


def citizen(*, confidential: bool) -> Order:
    return Order(id=7, citizen_name="王示例", citizen_phone="13800000042", confidential=confidential)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_citizen_is_masked_for_every_role(role: Role) -> None:
    assert (name_of(me(role), citizen(confidential=False)), phone_of(me(role), citizen(confidential=False))) == (
        "王**", "138****0042",
    )  # fmt: skip
    assert (name_of(me(role), citizen(confidential=True)), phone_of(me(role), citizen(confidential=True))) == ("", "")


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_who_said_why_sees_the_citizen_of_that_order_only(role: Role) -> None:
    looked = replace(me(role), known=Known(orders=frozenset({7})))
    other = replace(me(role), known=Known(orders=frozenset({8})))
    assert knows(looked, citizen(confidential=False)) is (role is not Role.ADMINISTRATOR)
    assert not knows(other, citizen(confidential=False))


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_no_reason_shows_a_secret_citizen_to_others_than_agent_and_coordinator(role: Role) -> None:
    looked = replace(me(role), known=Known(frozenset({7}), frozenset({"a.1"})))
    keeps = role in (Role.AGENT, Role.COORDINATOR)
    linked = [(citizen(confidential=True), CallPurpose.INCOMING)]
    assert bool(phone_of(looked, linked[0][0])) is keeps
    assert knows_caller(looked, "a.1", linked) is keeps
    assert hears(looked, Direction.INBOUND, linked) is keeps
    assert hears(looked, Direction.DISPATCH, linked) is keeps


def test_another_citizens_call_on_a_known_order_stays_masked() -> None:
    looked = replace(me(Role.COORDINATOR), known=Known(orders=frozenset({7})))
    assert not knows_caller(looked, "a.1", [(citizen(confidential=False), CallPurpose.JOINED)])
