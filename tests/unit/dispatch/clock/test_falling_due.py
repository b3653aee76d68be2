"""What falls due on an order, without any database: which limits run in which state."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from dispatch.clock.deadlines import remind_at
from dispatch.clock.timers import DueKind, due_items
from dispatch.orders.actors import Actor
from dispatch.orders.models import CoHandlingOffice, Order
from dispatch.policy import Policy
from dispatch.steps.permission import not_now
from dispatch.workflow import ON_HAND, Role, State, Step


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


def make_order(state: State, **more: object) -> Order:
    values: dict[str, object] = {
        "state": state,
        "lead_office_code": "street-lighting",
        "responsible_office_code": "housing",
        "limits_from_at": at("2026-11-20 10:00"),
        "dispatched_at": at("2026-11-20 10:00"),
        "accept_due_at": at("2026-11-25 17:30"),
        "accept_final_at": at("2026-11-25 17:30"),
        "finish_due_at": at("2026-11-27 17:30"),
        "return_count": 0,
        "co_offices": [],
    }
    return Order(**values | more)


def fallen(order: Order, policy: Policy) -> dict[DueKind, tuple[str, str]]:
    found = due_items(order, policy.times, policy.city.calendar)
    assert found == sorted(found)
    return {
        due_item.kind: (f"{due_item.falls_at.astimezone(CITY_ZONE):%m-%d %H:%M}", due_item.office_code)
        for due_item in found
    }


def test_a_dispatched_order_waits_for_its_lead_and_the_answer_is_the_first_offices(policy: Policy) -> None:
    assert fallen(make_order(State.DISPATCHED), policy) == {
        DueKind.ACCEPT_REMINDER: ("11-24 17:30", "street-lighting"),
        DueKind.ACCEPT_WARNING: ("11-25 17:30", "street-lighting"),
        DueKind.ACCEPT_ACCOUNTABILITY: ("11-25 17:30", "street-lighting"),
        DueKind.FINISH_REMINDER: ("11-26 17:30", "housing"),
        DueKind.FINISH_WARNING: ("11-27 17:30", "housing"),
    }


@pytest.mark.parametrize("state", State)
def test_the_answers_clock_runs_exactly_while_an_answer_is_waited_for(policy: Policy, state: State) -> None:
    aside = State.IN_PROGRESS if state in (State.ESCALATED, State.SUSPENDED) else None
    runs = DueKind.FINISH_WARNING in fallen(make_order(state, set_aside_from=aside), policy)
    assert runs is (state in ON_HAND | {State.REGISTERED, State.REOPENED, State.ESCALATED})


def test_what_was_answered_and_then_escalated_is_not_warned_of(policy: Policy) -> None:
    assert fallen(make_order(State.ESCALATED, set_aside_from=State.IN_REVIEW), policy) == {}


def test_before_it_is_dispatched_the_citys_own_people_are_late(policy: Policy) -> None:
    assert {office for _, office in fallen(make_order(State.REGISTERED), policy).values()} == {""}


def test_a_suspended_order_only_waits_to_go_on(policy: Policy) -> None:
    order = make_order(
        State.SUSPENDED, set_aside_from=State.ACCEPTED, resume_at=at("2026-12-04 17:30"), finish_due_at=None
    )
    assert fallen(order, policy) == {DueKind.RESUME: ("12-04 17:30", "")}


def test_who_accepted_speaks_with_the_citizen_in_time_until_he_was_reached(policy: Policy) -> None:
    accepted, due = at("2026-11-20 10:30"), at("2026-11-23 17:30")
    order = make_order(State.ACCEPTED, accepted_at=accepted, contact_due_at=due)
    both = {
        DueKind.CONTACT_REMINDER: ("11-22 02:00", "street-lighting"),
        DueKind.CONTACT_WARNING: ("11-23 17:30", "street-lighting"),
    }
    assert fallen(order, policy).items() >= both.items()
    for more in ({"state": State.DISPATCHED}, {"contacted_at": accepted}, {"contact_due_at": None}):
        other = make_order(**{"state": State.ACCEPTED, "accepted_at": accepted, "contact_due_at": due} | more)
        assert not both.keys() & fallen(other, policy).keys()


def test_a_co_office_that_answered_is_left_alone(policy: Policy) -> None:
    part = CoHandlingOffice(office_code="audit", added_at=at("2026-11-20 10:00"), due_at=at("2026-11-24 12:00"))
    order = make_order(State.IN_PROGRESS, co_offices=[part])
    assert fallen(order, policy)[DueKind.PART_WARNING] == ("11-24 12:00", "audit")
    part.answered_at = at("2026-11-23 12:00")
    assert DueKind.PART_WARNING not in fallen(order, policy)


def test_a_short_limit_is_recalled_when_half_of_it_is_gone(policy: Policy) -> None:
    since, due = at("2026-11-20 10:00"), at("2026-11-20 17:30")
    assert remind_at(since, due, policy.times, policy.city.calendar) == at("2026-11-20 13:45")


@pytest.mark.parametrize(
    ("facts", "step", "role", "said"),
    [
        ({}, Step.DECLINE_RETURN, Role.COORDINATOR, "没有待决定的退单申请。"),
        ({"return_before": Role.COORDINATOR}, Step.DECLINE_RETURN, Role.COORDINATOR, None),
        ({"return_before": Role.COORDINATOR}, Step.REDISPATCH, Role.COORDINATOR, None),
        ({"return_before": Role.COORDINATOR}, Step.REDISPATCH, Role.SUPERVISOR, "督查员只裁定第二次退单"),
        ({"return_before": Role.SUPERVISOR}, Step.REDISPATCH, Role.COORDINATOR, "第二次退单由督查员裁定。"),
        ({"return_before": Role.SUPERVISOR}, Step.REDISPATCH, Role.SUPERVISOR, None),
        ({}, Step.REDISPATCH, Role.COORDINATOR, None),
        ({"return_count": 2}, Step.ASK_RETURN, Role.OFFICE, "不能再申请退单"),
        ({"return_count": 1}, Step.ASK_RETURN, Role.OFFICE, None),
        ({}, Step.ANSWER_SUPERVISION, Role.OFFICE, "没有待答复的督办。"),
        ({}, Step.GRANT_EXTENSION, Role.COORDINATOR, "没有待审批的延期申请。"),
    ],
)
def test_an_orders_own_facts_say_why_a_step_must_wait(
    facts: dict[str, object], step: Step, role: Role, said: str | None
) -> None:
    obstacle = not_now(make_order(State.DISPATCHED, **facts), step, Actor(1, role, "示例"))
    assert (obstacle is None) if said is None else (said in (obstacle or ""))
