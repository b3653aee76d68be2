"""Whose orders are whose."""

import pytest

from dispatch.orders.actors import SYSTEM, Actor, may_see
from dispatch.steps.permission import not_his
from dispatch.workflow import Role, Step

ORDER = {"lead_office_code": "housing", "co_office_codes": ["audit"], "unit_code": "unit-01"}
NOBODYS = {"lead_office_code": None, "co_office_codes": [], "unit_code": None}


@pytest.mark.parametrize(
    ("actor", "step", "said"),
    [
        (Actor(1, Role.OFFICE, "x", office_code="housing"), Step.REPLY, None),
        (Actor(1, Role.OFFICE, "x", office_code="audit"), Step.REPORT, None),
        (Actor(1, Role.OFFICE, "x", office_code="audit"), Step.REPLY, "由主办单位办理"),
        (Actor(1, Role.OFFICE, "x", office_code="forestry"), Step.REPORT, "没有派给您的单位"),
        (Actor(1, Role.OFFICE, "x"), Step.REPORT, "没有派给您的单位"),
        (Actor(1, Role.UNIT, "x", unit_code="unit-01"), Step.ACCEPT, None),
        (Actor(1, Role.UNIT, "x", unit_code="unit-02"), Step.ACCEPT, "没有派给您的直通车"),
        (Actor(1, Role.COORDINATOR, "x"), Step.REDISPATCH, None),
        (SYSTEM, Step.WARN, None),
    ],
)
def test_a_step_is_his_or_he_is_told_why_not(actor: Actor, step: Step, said: str | None) -> None:
    obstacle = not_his(actor, step, **ORDER)
    assert obstacle is None if said is None else said in (obstacle or "")


def test_an_account_without_an_office_or_crew_never_fits_an_order_without_one() -> None:
    for role in (Role.OFFICE, Role.UNIT):
        nobody = Actor(1, role, "x")
        assert not may_see(nobody, **NOBODYS)
        assert not_his(nobody, Step.ACCEPT, **NOBODYS) is not None


def test_offices_and_crews_see_theirs_and_the_citys_staff_see_all() -> None:
    assert may_see(Actor(1, Role.OFFICE, "x", office_code="audit"), **ORDER)
    assert not may_see(Actor(1, Role.OFFICE, "x", office_code="forestry"), **ORDER)
    assert may_see(Actor(1, Role.UNIT, "x", unit_code="unit-01"), **ORDER)
    assert not may_see(Actor(1, Role.UNIT, "x", unit_code="unit-02"), **ORDER)
    for role in (Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER):
        assert may_see(Actor(1, role, "x"), **ORDER)
    for role in (Role.ADMINISTRATOR, Role.CITIZEN):
        assert not may_see(Actor(1, role, "x"), **ORDER)
