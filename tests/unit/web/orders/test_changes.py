"""What happened on an order since somebody read it, and whether it matters to the step."""

import datetime as dt

import pytest

from dispatch.workflow import Role, State, Step
from web.orders.schemas import HistoryAnswer
from web.orders.steps.changes import describe_changes, matters

AT = dt.datetime(2026, 11, 30, 1, 5, tzinfo=dt.UTC)


def history(*steps: Step) -> list[HistoryAnswer]:
    return [
        HistoryAnswer(
            seq=seq, at=AT, step=step, from_state=None, to_state=State.IN_PROGRESS, actor_role=Role.OFFICE,
            actor_name="示例", reason="", details={},
        )
        for seq, step in enumerate(steps, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("step", [Step.REPORT, Step.CONTACT, Step.SUPERVISE])
def test_a_note_in_the_story_refuses_no_step(step: Step) -> None:
    assert not matters(history(step, step))
    assert not matters([])


@pytest.mark.parametrize("step", [Step.FILL_IN, Step.REDISPATCH, Step.ANSWER_PART, Step.REPLY])
def test_what_changes_the_order_is_looked_at_first_and_named(step: Step) -> None:
    changes = history(Step.REPORT, step)
    assert matters(changes)
    assert "示例 09:05" in describe_changes(changes)
    assert "再按一次" in describe_changes(changes)
    assert "刷新" not in describe_changes(changes)


def test_the_fields_that_somebody_wrote_in_are_named() -> None:
    one = history(Step.FILL_IN)[0].model_copy(update={"details": {"changes": {"title": {"to": "甲"}, "place": {}}}})
    assert "填写（标题、地点）" in describe_changes([one])
