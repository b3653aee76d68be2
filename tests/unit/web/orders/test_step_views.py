"""Every step has one record of what screens need, and the records agree with what the steps are."""

import pytest

from dispatch.orders.step_fields import Fields
from dispatch.steps.fields import fields_of
from dispatch.steps.specs import SPECS
from dispatch.workflow import TRANSITIONS, Role, State, Step
from tests.support.workflow import states_with
from web.orders.steps.bulk import asked_of_many, bulk_steps
from web.orders.steps.step_views import STEP_VIEWS, StepView, card_button, place_of

PEOPLE = frozenset(Role) - {Role.SYSTEM, Role.CITIZEN}


def test_every_step_has_a_record() -> None:
    assert set(STEP_VIEWS) == set(Step)


@pytest.mark.parametrize("step", Step)
def test_a_step_that_no_person_takes_has_nothing_to_show(step: Step) -> None:
    by_people = any(TRANSITIONS[state][step].roles & PEOPLE for state in states_with(step))
    view = STEP_VIEWS[step]
    assert by_people or view in (StepView(), StepView(only_adds=True))
    assert not view.hint or view.hint.endswith("。")


@pytest.mark.parametrize("step", Step)
def test_a_form_hides_and_asks_once_only_what_its_step_takes(step: Step) -> None:
    view = STEP_VIEWS[step]
    for state in states_with(step):
        taken = fields_of(state, step, Role.COORDINATOR)
        assert view.hides <= taken <= Fields.model_fields.keys()
        assert set(view.of_many or ()) <= taken
        assert view.of_many is None or set(TRANSITIONS[state][step].asks) <= set(view.of_many)


@pytest.mark.parametrize("state", State)
def test_a_card_offers_the_step_that_begins_the_work_and_asks_for_nothing(state: State) -> None:
    beginning = [step for step in TRANSITIONS[state] if SPECS[step].begins_work]
    button = card_button(state)
    assert ([button[0]] if button else []) == beginning
    assert not button or not TRANSITIONS[state][button[0]].asks


def test_the_button_says_what_the_click_does_in_this_state() -> None:
    words = {state: button[1] for state in State if (button := card_button(state))}
    assert words == {State.DISPATCHED: "签收", State.ACCEPTED: "开始办理", State.SENT_BACK: "重新办理"}


@pytest.mark.parametrize("step", Step)
def test_what_only_adds_leaves_the_order_where_it_is(step: Step) -> None:
    if STEP_VIEWS[step].only_adds:
        assert all(TRANSITIONS[state][step].to is state for state in states_with(step))
        assert not SPECS[step].begins_work


def test_steps_that_carry_on_come_first_and_in_one_order() -> None:
    steps = sorted(Step, key=place_of)
    first = [step for step in STEP_VIEWS if STEP_VIEWS[step].carries_on]
    assert steps[: len(first)] == first
    assert len({place_of(step) for step in steps[len(first) :]}) == 1


@pytest.mark.parametrize(
    ("role", "many", "asked"),
    [
        (Role.SUPERVISOR, [Step.SUPERVISE], {"reason"}),
        (Role.COORDINATOR, [Step.DISPATCH, Step.REVIEW], set()),
        (Role.OFFICE, [], set()),
    ],
)
def test_steps_that_mean_the_same_for_every_order_and_the_dispatch_as_proposed_are_taken_on_many(
    role: Role, many: list[Step], asked: set[str]
) -> None:
    assert [step for step, _ in bulk_steps(role)] == many
    assert asked_of_many(many) == asked
