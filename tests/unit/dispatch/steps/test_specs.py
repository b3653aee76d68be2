"""Every step has one record, in its capability's module, and a step is taken by its record alone."""

import ast
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.clock.timers import DueKind
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.models import Order
from dispatch.orders.step_fields import Fields
from dispatch.policy import Policy
from dispatch.steps import take
from dispatch.steps.context import StepContext
from dispatch.steps.spec import OfficePart, StepSpec
from dispatch.steps.specs import CAPABILITIES, DUE_SPECS, LINK_STEPS, SPECS, WITH_DUE, steps_to_the_work
from dispatch.workflow import ON_HAND, TRANSITIONS, Role, State, Step
from tests.support.workflow import states_with

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
STEPS_ROOM = Path(take.__file__).parent
FLAGS = [field.name for field in fields(StepSpec) if isinstance(field.default, bool)]


def test_every_step_has_one_record_and_every_record_a_step_of_the_table() -> None:
    recorded = Counter(spec.step for capability in CAPABILITIES for spec in capability.SPECS)
    assert recorded == Counter(Step)
    assert {step for steps in TRANSITIONS.values() for step in steps} == set(Step) - {Step.CREATE}


def test_every_module_that_has_records_is_joined() -> None:
    defined = {
        path.stem: {_names(node) for node in ast.parse(path.read_text("utf-8")).body} & {"SPECS", "DUE"}
        for path in STEPS_ROOM.rglob("*.py")
    }
    assert {name for name, what in defined.items() if "SPECS" in what} == {_stem(one) for one in CAPABILITIES}
    assert {name for name, what in defined.items() if "DUE" in what} == {_stem(one) for one in WITH_DUE}


def test_everything_that_falls_due_has_one_record() -> None:
    recorded = Counter(kind for capability in WITH_DUE for spec in capability.DUE for kind in spec.kinds)
    assert recorded == Counter(DueKind)
    assert {kind for kind, spec in DUE_SPECS.items() if not spec.undone} == {DueKind.RESUME}


@pytest.mark.parametrize("step", Step)
def test_a_record_takes_fields_that_there_are_and_none_that_the_table_asks_for_anyway(step: Step) -> None:
    spec = SPECS[step]
    taken = spec.takes | (spec.takes_on_hand or frozenset())
    assert taken <= Fields.model_fields.keys()
    assert spec.takes_on_hand is None or spec.takes_on_hand < spec.takes
    assert "reason" not in taken
    for state in states_with(step):
        assert not taken & set(TRANSITIONS[state][step].asks)


def test_a_guard_answers_for_every_role_on_every_state_of_an_order_and_never_changes_it() -> None:
    facts = ({}, {"return_before": Role.SUPERVISOR, "return_count": 1}, {"return_count": 2})
    for fact, step, role in product(facts, Step, Role):
        order = Order(**{"return_count": 0, **fact})
        before = dict(vars(order))
        said = SPECS[step].guard(order, Actor(1, role, "示例"))
        assert said is None or said.endswith("。")
        assert {name: value for name, value in vars(order).items() if name in before} == before


def test_offices_have_a_part_in_the_steps_that_the_table_opens_to_them_only() -> None:
    for step, spec in SPECS.items():
        if spec.office_part is not OfficePart.LEAD or spec.by_link:
            assert all(Role.OFFICE in TRANSITIONS[state][step].roles for state in states_with(step) if state in ON_HAND)
            assert any(Role.OFFICE in TRANSITIONS[state][step].roles for state in states_with(step))
    assert _with("by_link") == LINK_STEPS


def test_what_begins_the_work_asks_for_nothing_and_leads_there() -> None:
    ways = {state: way for state in State if (way := steps_to_the_work(state))}
    assert ways == {
        State.DISPATCHED: (Step.ACCEPT, Step.START),
        State.ACCEPTED: (Step.START,),
        State.SENT_BACK: (Step.START,),
    }
    for state, (step, *_) in ways.items():
        assert (TRANSITIONS[state][step].asks, TRANSITIONS[state][step].needs) == ((), ())


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_divides_the_steps(flag: str) -> None:
    assert {getattr(spec, flag) for spec in SPECS.values()} == {True, False}


def test_the_steps_that_begin_and_lift_are_the_ones_that_people_know() -> None:
    """What each flag stands for, so that a flag set by mistake is seen."""
    assert _with("lifts_secrecy") == {Step.LIFT_SECRECY}
    assert _with("fields_are_new_orders") == {Step.SPLIT}
    assert _with("adds_co_offices") == {Step.ADD_CO_OFFICES}
    not_in_hand = {Step.DECLINE, Step.ASK_RETURN, Step.ASK_EXTENSION, Step.ADD_CO_OFFICES}
    assert set(Step) - _with("acknowledges") == not_in_hand
    assert set(Step) - _with("renews_assignments") == {Step.REDISPATCH, Step.HAND_ON}


def test_the_system_goes_on_by_itself_after_an_answer_a_sure_route_and_a_follow_up_only() -> None:
    def follows(step: Step, *, sure: bool = False, solved: bool = False) -> Step | None:
        session, policy = cast(AsyncSession, None), cast(Policy, None)
        context = StepContext(session, policy, Order(), step, SYSTEM, AT, {"citizen_solved": solved}, sure=sure)
        system = SPECS[step].then(context)
        assert system is None or system.fields["reason"].endswith("。")
        return system and system.step

    assert {step: then for step in Step if (then := follows(step, sure=True, solved=True))} == {
        Step.ANSWER: Step.CLOSE,
        Step.REGISTER: Step.DISPATCH,
        Step.RECORD_FOLLOW_UP: Step.CLOSE,
    }
    assert follows(Step.REGISTER) is None
    assert follows(Step.RECORD_FOLLOW_UP) is Step.REOPEN


def test_taking_a_step_never_asks_which_step_it_is() -> None:
    tree = ast.parse(Path(take.__file__).read_text("utf-8"))
    asked = [f"line {node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if _asks_for_a_step(node)]
    assert asked == []


def test_no_table_of_the_order_rooms_is_keyed_by_steps_but_the_workflow() -> None:
    """A table beside the records would describe a step a second time."""
    dispatch = STEPS_ROOM.parent
    keyed = {
        str(path.relative_to(dispatch))
        for path in dispatch.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Dict) and any(_is_step(key) for key in node.keys if key is not None)
    }
    assert keyed == {"workflow.py", "supervision/evasive_replies.py"}, "the second reads how a reply was judged"


@pytest.mark.parametrize(
    "asks",
    ["step is Step.SPLIT", "step not in (Step.REDISPATCH, Step.HAND_ON)", "Step.SPLIT == step"],
)
def test_a_question_which_step_it_is_would_be_found(asks: str) -> None:
    assert any(_asks_for_a_step(node) for node in ast.walk(ast.parse(f"if {asks}:\n    pass")))
    assert any(
        _asks_for_a_step(node) for node in ast.walk(ast.parse("match step:\n    case Step.SPLIT:\n        pass"))
    )


def _with(flag: str) -> set[Step]:
    return {step for step, spec in SPECS.items() if getattr(spec, flag)}


def _stem(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _names(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else ""


def _is_step(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Step"


def _asks_for_a_step(node: ast.AST) -> bool:
    parts: Iterator[ast.AST] = iter(())
    if isinstance(node, ast.Compare):
        parts = (part for side in (node.left, *node.comparators) for part in ast.walk(side))
    if isinstance(node, ast.MatchValue):
        parts = ast.walk(node)
    return any(_is_step(part) for part in parts)
