"""The page offers exactly the steps that the rule allows, and says of the others what the rule says."""

import datetime as dt
from itertools import product

import pytest

from access.accounts.sessions import Me
from access.visibility.rules import actor_of
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy
from dispatch.steps.permission import obstacle
from dispatch.workflow import TRANSITIONS, Role, State
from web.orders.presenter import closed_steps, open_steps

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
MOMENTS = (AT, AT + dt.timedelta(days=365))
"""In time for every step, and too late for some."""
PEOPLE = [
    *(Me(1, "x", "示例", role) for role in sorted(set(Role) - {Role.SYSTEM, Role.CITIZEN})),
    *(Me(2, "x", "示例", Role.OFFICE, office_code=code) for code in ("housing", "audit", "forestry")),
    *(Me(3, "x", "示例", Role.UNIT, unit_code=code) for code in ("unit-01", "unit-02")),
]
FACTS = (
    {},
    {"return_before": Role.COORDINATOR, "return_count": 1},
    {"return_before": Role.SUPERVISOR, "return_count": 2},
    {"extension_until_at": AT, "supervision_due_at": AT, "registered_at": AT},
)


@pytest.mark.parametrize("state", State)
def test_a_page_offers_what_the_rule_allows_and_says_what_it_says(policy: Policy, state: State) -> None:
    for me in PEOPLE:
        for facts, at in product(FACTS, MOMENTS):
            given = {
                "return_count": 0,
                "lead_office_code": "housing",
                "unit_code": "unit-01",
                "received_at": AT,
            } | facts
            order = Order(state=state, co_offices=[CoHandlingOffice(office_code="audit")], **given)
            obstacles = {step: obstacle(order, step, actor_of(me), policy, at) for step in TRANSITIONS[state]}
            offered = [one.step for one in open_steps(me, order, policy, at)]
            assert offered == [step for step, found in obstacles.items() if found is None]
            for closed in closed_steps(me, order, policy, at):
                found = obstacles[closed.step]
                assert found is not None
                assert closed.why == found.short
