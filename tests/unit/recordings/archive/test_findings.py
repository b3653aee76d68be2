"""What is decided about a recording from what was found of it."""

import pytest

from recordings.archive.findings import (
    Condition,
    Finding,
    FindingDecision,
    FindingVerdict,
    add_length,
    decide,
    describe,
    lasts_as_long,
)
from recordings.models import Speaker

LONG_AGO = 3600.0
JUST_NOW = 1.0


def far(condition: Condition, **facts: object) -> Finding:
    return Finding(Speaker.CALLER, condition, **{"seconds": 10.0, "changed_seconds_ago": 60.0, **facts})  # type: ignore[arg-type]


def city(condition: Condition, **facts: object) -> Finding:
    return Finding(Speaker.CITY, condition, **{"seconds": 10.0, "changed_seconds_ago": 60.0, **facts})  # type: ignore[arg-type]


def test_two_whole_sides_are_saved_without_a_word() -> None:
    assert decide([far(Condition.WHOLE), city(Condition.WHOLE)], JUST_NOW) == FindingDecision(FindingVerdict.SAVE, None)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition.MISSING, "热线一侧没有录音文件"),
        (Condition.EMPTY, "热线一侧录音为空"),
        (Condition.BROKEN, "热线一侧录音文件已损坏"),
    ],
)
def test_one_usable_side_is_saved_with_the_reason(condition: Condition, said: str) -> None:
    assert decide([far(Condition.WHOLE), city(condition)], LONG_AGO) == FindingDecision(FindingVerdict.SAVE, said)


def test_nothing_usable_is_a_failure_that_names_both_sides() -> None:
    decision = decide([far(Condition.MISSING), city(Condition.EMPTY)], LONG_AGO)
    assert decision == FindingDecision(FindingVerdict.FAIL, "无法保存录音：来电人一侧没有录音文件；热线一侧录音为空")


def test_what_is_missing_right_after_the_call_may_still_come() -> None:
    assert decide([far(Condition.WHOLE), city(Condition.MISSING)], JUST_NOW).verdict is FindingVerdict.WAIT


def test_a_file_that_still_grows_is_waited_for_however_long_ago_the_call_ended() -> None:
    growing = city(Condition.MENDED, closed=False, changed_seconds_ago=1.0)
    assert decide([far(Condition.WHOLE), growing], LONG_AGO).verdict is FindingVerdict.WAIT


def test_what_a_killed_asterisk_left_is_saved_and_said() -> None:
    left = city(Condition.MENDED, closed=False, changed_seconds_ago=60.0)
    decision = decide([far(Condition.WHOLE), left], LONG_AGO)
    assert decision == FindingDecision(FindingVerdict.SAVE, "热线一侧录音未正常收尾，已按文件大小修复")


def test_an_empty_file_that_asterisk_has_closed_is_not_waited_for() -> None:
    assert decide([far(Condition.WHOLE), city(Condition.EMPTY)], JUST_NOW).verdict is FindingVerdict.SAVE


def test_sides_of_different_length_are_told() -> None:
    assert describe([far(Condition.WHOLE), city(Condition.WHOLE, seconds=6.0)]) == "两侧录音长短不一（10.0秒，6.0秒）"


@pytest.mark.parametrize(
    ("recorded", "call", "matches"),
    [
        (10, 10, True),
        (9, 10, True),
        (8.9, 10, False),
        (11.1, 10, False),
        (588, 600, True),
        (587, 600, False),
        (0, 0.5, True),
    ],
)
def test_a_length_may_differ_by_a_second_or_two_percent(recorded: float, call: float, matches: bool) -> None:
    assert lasts_as_long(recorded, call) is matches


def test_a_wrong_length_is_added_to_what_else_is_wrong() -> None:
    assert add_length(None, 10.0, 10.4) is None
    assert add_length("甲", 10.0, 20.0) == "甲；录音10.0秒，通话20.0秒，长短不符"
    assert add_length(None, 10.0, 20.0) == "录音10.0秒，通话20.0秒，长短不符"
