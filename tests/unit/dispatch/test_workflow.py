"""The table of states and steps, over every pair, and along walks that nobody thought of."""

import datetime as dt
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.actors import Actor
from dispatch.orders.labels import FIELDS, ROLES, STATES
from dispatch.orders.models import Order
from dispatch.orders.step_fields import Fields
from dispatch.steps.labels import STEPS
from dispatch.steps.permission import not_now, why_not
from dispatch.workflow import (
    FINAL,
    ON_HAND,
    SET_ASIDE,
    TRANSITIONS,
    Role,
    State,
    Step,
    aside_after,
    state_after,
    steps_open_to,
)
from tests.support.workflow import states_with

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)

ROAD = [
    (State.DRAFT, Step.ANSWER, State.ANSWERED),
    (State.ANSWERED, Step.CLOSE, State.CLOSED),
    (State.DRAFT, Step.REGISTER, State.REGISTERED),
    (State.REGISTERED, Step.DISPATCH, State.DISPATCHED),
    (State.DISPATCHED, Step.ACCEPT, State.ACCEPTED),
    (State.ACCEPTED, Step.START, State.IN_PROGRESS),
    (State.IN_PROGRESS, Step.REPLY, State.REPLIED),
    (State.REPLIED, Step.REVIEW, State.IN_REVIEW),
    (State.IN_REVIEW, Step.SEND_BACK, State.SENT_BACK),
    (State.SENT_BACK, Step.START, State.IN_PROGRESS),
    (State.IN_REVIEW, Step.APPROVE, State.FOLLOW_UP),
    (State.FOLLOW_UP, Step.CLOSE, State.CLOSED),
    (State.FOLLOW_UP, Step.REOPEN, State.REOPENED),
    (State.CLOSED, Step.REOPEN, State.REOPENED),
    (State.REOPENED, Step.DISPATCH, State.DISPATCHED),
]
"""domain.md, “Life of an order”."""

MOVES = {
    (state, step): transition.to
    for state, steps in TRANSITIONS.items()
    for step, transition in steps.items()
    if transition.to is not state
}
"""Every step that changes the state; None: back."""

OTHER_MOVES = {
    (State.DRAFT, Step.MERGE): State.MERGED,
    (State.DRAFT, Step.INVALIDATE): State.INVALID,
    (State.ANSWERED, Step.REOPEN): State.REOPENED,
    (State.REGISTERED, Step.ANSWER): State.ANSWERED,
    (State.REOPENED, Step.ANSWER): State.ANSWERED,
    (State.REPLIED, Step.ESCALATE): State.ESCALATED,
    (State.IN_REVIEW, Step.ESCALATE): State.ESCALATED,
    (State.SUSPENDED, Step.ESCALATE): State.ESCALATED,
    (State.ESCALATED, Step.INSTRUCT): None,
    (State.ESCALATED, Step.RESUME): None,
    (State.SUSPENDED, Step.RESUME): None,
    (State.MERGED, Step.REOPEN): State.REOPENED,
    (State.INVALID, Step.REOPEN): State.REOPENED,
    (State.MERGED, Step.TAKE_BACK): State.DRAFT,
    (State.INVALID, Step.TAKE_BACK): State.DRAFT,
    **{(state, Step.SUSPEND): State.SUSPENDED for state in ON_HAND},
    **{
        (state, step): to
        for state in (*ON_HAND, State.REGISTERED, State.REOPENED)
        for step, to in [
            (Step.ESCALATE, State.ESCALATED),
            (Step.MERGE, State.MERGED),
            (Step.INVALIDATE, State.INVALID),
        ]
    },
    **{(state, Step.REDISPATCH): State.DISPATCHED for state in ON_HAND if state is not State.DISPATCHED},
}


def test_the_table_moves_orders_along_the_domains_road_and_its_side_roads_and_nowhere_else() -> None:
    assert {(state, step): to for state, step, to in ROAD} | OTHER_MOVES == MOVES


@pytest.mark.parametrize("state", State)
def test_a_step_is_open_exactly_to_those_whom_nothing_forbids_it(state: State) -> None:
    for step, role in product(Step, Role):
        obstacle = why_not(state, step, role)
        assert (step in steps_open_to(state, role)) is (obstacle is None)
        if obstacle is not None:
            assert STEPS[step] in obstacle
            named = ROLES[role] if step in TRANSITIONS[state] else STATES[state]
            assert named in obstacle


@pytest.mark.parametrize("state", State)
def test_a_step_leads_into_a_state_of_the_table_or_is_refused(state: State) -> None:
    aside = State.ACCEPTED if state in SET_ASIDE else None
    for step in Step:
        if step in TRANSITIONS[state]:
            assert state_after(state, step, aside) in TRANSITIONS
            assert state in states_with(step)
        else:
            with pytest.raises(KeyError):
                state_after(state, step, aside)


def test_an_order_set_aside_from_nowhere_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="must remember"):
        state_after(State.ESCALATED, Step.INSTRUCT, None)


def test_nobody_judges_his_own_work() -> None:
    workers = TRANSITIONS[State.IN_PROGRESS][Step.REPLY].roles
    for steps in TRANSITIONS.values():
        for step in (Step.REVIEW, Step.APPROVE, Step.SEND_BACK, Step.RECORD_FOLLOW_UP, Step.CLOSE, Step.INVALIDATE):
            if step in steps:
                assert not workers & steps[step].roles


def test_an_office_can_ask_but_never_hand_an_order_on() -> None:
    for state in State:
        for step in steps_open_to(state, Role.OFFICE):
            assert state_after(state, step, State.ACCEPTED) is not State.DISPATCHED or state is State.DISPATCHED
            assert step not in (Step.DISPATCH, Step.REDISPATCH, Step.MERGE, Step.INVALIDATE)


def test_an_administrator_has_no_hand_in_orders() -> None:
    assert not any(steps_open_to(state, Role.ADMINISTRATOR) for state in State)


def test_what_was_merged_or_thrown_out_comes_back_through_the_coordinator_and_a_draft_through_the_desk() -> None:
    for state in (State.MERGED, State.INVALID):
        assert {step for out_of, step in MOVES if out_of is state} == {Step.REOPEN, Step.TAKE_BACK}
        assert TRANSITIONS[state][Step.REOPEN].roles == {Role.COORDINATOR}
        assert TRANSITIONS[state][Step.TAKE_BACK].roles == {Role.AGENT, Role.COORDINATOR}


@pytest.mark.parametrize("fact", ["registered_at", "limits_from_at"])
def test_only_what_never_was_more_than_a_draft_is_taken_back_into_one(fact: str) -> None:
    order, agent = Order(registered_at=None, limits_from_at=None), Actor(1, Role.AGENT, "示例")
    assert not_now(order, Step.TAKE_BACK, agent) is None
    setattr(order, fact, AT)
    assert "登记过" in (not_now(order, Step.TAKE_BACK, agent) or "")


def test_people_join_an_order_until_it_is_over_and_leave_it_at_any_time_and_only_the_system_writes_that() -> None:
    for state, steps in TRANSITIONS.items():
        assert (Step.JOIN in steps) is (state not in FINAL)
        assert {steps[step].roles for step in (Step.JOIN, Step.LEAVE) if step in steps} == {frozenset({Role.SYSTEM})}


def test_secrecy_is_lifted_in_any_state_and_by_no_single_person() -> None:
    for state, steps in TRANSITIONS.items():
        assert steps[Step.LIFT_SECRECY].roles == {Role.SYSTEM}
        assert steps[Step.LIFT_SECRECY].to is state


def test_secrecy_is_promised_in_any_state_once_the_order_is_registered() -> None:
    for state, steps in TRANSITIONS.items():
        assert (Step.PROMISE_SECRECY in steps) is (state is not State.DRAFT), "a draft's form has the tick"
        if state is not State.DRAFT:
            assert (steps[Step.PROMISE_SECRECY].roles, steps[Step.PROMISE_SECRECY].to) == (
                {Role.AGENT, Role.COORDINATOR},
                state,
            )


def test_every_way_out_of_the_ordinary_gives_its_reason() -> None:
    unusual = (Step.REDISPATCH, Step.SEND_BACK, Step.REOPEN, Step.ESCALATE, Step.MERGE, Step.INVALIDATE, Step.SUSPEND)
    for steps in TRANSITIONS.values():
        for step in unusual:
            assert step not in steps or "reason" in steps[step].asks


def test_every_word_has_its_chinese_and_every_field_its_name_and_place() -> None:
    assert STATES.keys() == set(State)
    assert STEPS.keys() == set(Step)
    assert ROLES.keys() == set(Role)
    assert FIELDS.keys() == Fields.model_fields.keys()
    for steps in TRANSITIONS.values():
        for transition in steps.values():
            assert set(transition.asks) <= FIELDS.keys()
            assert set(transition.needs) <= set(Order.__table__.columns.keys()) & FIELDS.keys()


def test_from_every_state_an_order_can_still_be_ended() -> None:
    can_end = set(FINAL)
    while True:
        more = {
            state
            for state, steps in TRANSITIONS.items()
            if any((transition.to or State.REGISTERED) in can_end for transition in steps.values())
        } - can_end
        if not more:
            break
        can_end |= more
    assert can_end == set(State)


@given(choices=st.lists(st.tuples(st.sampled_from(Role), st.integers(0, 30)), max_size=60))
def test_on_any_walk_an_order_remembers_its_place_exactly_while_it_stands_aside(
    choices: list[tuple[Role, int]],
) -> None:
    state, aside = State.DRAFT, None
    for role, choice in choices:
        open_steps = steps_open_to(state, role)
        if not open_steps:
            continue
        step = open_steps[choice % len(open_steps)]
        after, aside = state_after(state, step, aside), aside_after(state, step, aside)
        if state in SET_ASIDE and after not in SET_ASIDE:
            assert aside is None
        state = after
        assert (aside is not None) is (state in SET_ASIDE)
        assert aside not in SET_ASIDE
        if state is State.DRAFT:
            assert step in (Step.FILL_IN, Step.JOIN, Step.LEAVE, Step.LIFT_SECRECY, Step.TAKE_BACK)
