"""When a crew is called again."""

import pytest

from ivr.dispatch_call import CallPlan, CallResult, next_try_seconds

PLAN = CallPlan(tries=3, pause_seconds=30)
IN_VAIN = [
    *(CallResult.REFUSED_OR_NO_KEY, CallResult.HUNG_UP, CallResult.BUSY),
    *(CallResult.NO_ANSWER, CallResult.UNREACHABLE, CallResult.FAILED),
]


@pytest.mark.parametrize("result", [CallResult.ACKNOWLEDGED, CallResult.ACKNOWLEDGED_ELSEWHERE])
def test_once_acknowledged_nobody_is_called_again(result: CallResult) -> None:
    assert next_try_seconds(PLAN, 1, result) is None


@pytest.mark.parametrize("result", IN_VAIN)
def test_a_call_in_vain_is_tried_again_up_to_the_plan(result: CallResult) -> None:
    assert [next_try_seconds(PLAN, number, result) for number in (1, 2, 3)] == [30, 30, None]


def test_what_we_interrupted_ourselves_is_made_up_at_once_but_not_for_ever() -> None:
    said = [next_try_seconds(PLAN, number, CallResult.INTERRUPTED) for number in (1, 3, 5, 6)]
    assert said == [0, 0, 0, None]


def test_every_result_is_thought_of() -> None:
    assert {*IN_VAIN, *[CallResult.ACKNOWLEDGED, CallResult.ACKNOWLEDGED_ELSEWHERE, CallResult.INTERRUPTED]} == set(
        CallResult
    )
