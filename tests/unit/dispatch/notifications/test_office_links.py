"""What an office may do through a link, and with which orders."""

import datetime as dt

import pytest

from dispatch.notifications.office_links import handles
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.steps.specs import LINK_STEPS
from dispatch.workflow import FINAL, TRANSITIONS, Role, State, Step
from tests.support.workflow import states_with


def test_through_a_link_an_office_does_what_it_may_do_anyway_but_moves_no_responsibility_and_no_limit() -> None:
    for step in LINK_STEPS:
        assert any(Role.OFFICE in TRANSITIONS[state][step].roles for state in states_with(step))
    assert not LINK_STEPS & {Step.ASK_RETURN, Step.ASK_EXTENSION, Step.ADD_CO_OFFICES, Step.RESUME}


@pytest.mark.parametrize("state", sorted(State))
def test_only_who_leads_or_helps_with_an_order_that_is_not_over_handles_it(state: State) -> None:
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    order = Order(
        state=state, lead_office_code="housing", co_offices=[CoHandlingOffice(office_code="zone", added_at=at)]
    )
    assert [handles(order, code) for code in ("housing", "zone", "forestry")] == [state not in FINAL] * 2 + [False]
