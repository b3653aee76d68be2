"""Reachability checks: when one is due, how a contact stands, and that an alarm comes once."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from core.clock import CITY_ZONE
from core.errors import ConfigurationError
from dispatch.notifications.rules import Audience, NotificationChannel, NotificationState
from dispatch.policy import Policy
from dispatch.reachability.rules import (
    IN_VAIN,
    PastChecks,
    Reachability,
    ReachabilityMeans,
    ReachabilityPlan,
    ReachabilityResult,
    ReachabilityRules,
    is_due,
    mend,
    needs_alarm,
    result_of_notification,
    status_of,
)
from dispatch.reachability.rules_file import reachability_rules

FILE = Path(__file__).parents[4] / "deploy/city/qufu/reachability.toml"
PLAN = ReachabilityPlan(168, 336, dt.time(9), dt.time(17), working_days=True, on_shift=True)
RULES = ReachabilityRules(again_hours=24)
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=CITY_ZONE).astimezone(dt.UTC)


def ago(hours: float) -> dt.datetime:
    return NOON - dt.timedelta(hours=hours)


def past_of(hours: float, result: ReachabilityResult, **more: object) -> PastChecks:
    past = PastChecks(ago(hours), result, reached_at=None if result is ReachabilityResult.FAILED else ago(hours))
    return dataclasses.replace(past, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("past", "due"),
    [
        (PastChecks(), True),
        (PastChecks(checking=True), False),
        (past_of(167, ReachabilityResult.TAKEN), False),
        (past_of(168, ReachabilityResult.CONFIRMED), True),
        (past_of(23, ReachabilityResult.FAILED), False),
        (past_of(24, ReachabilityResult.FAILED), True),
        (past_of(24, ReachabilityResult.FAILED, checking=True), False),
    ],
)
def test_a_contact_is_due_after_its_time_and_sooner_when_it_failed(past: PastChecks, due: bool) -> None:
    assert is_due(RULES, PLAN, past, NOON, working_day=True, on_shift=True) is due


def test_it_waits_for_its_hours_for_a_working_day_and_for_the_crews_shift() -> None:
    def due(at: dt.datetime = NOON, *, working_day: bool = True, on_shift: bool | None = True) -> bool:
        return is_due(RULES, PLAN, PastChecks(), at, working_day=working_day, on_shift=on_shift)

    assert due(on_shift=None)
    assert not due(on_shift=False)
    assert not due(working_day=False)
    assert [due(ago(hours)) for hours in (4, 3, -4.9, -5)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("past", "stands"),
    [
        (PastChecks(), Reachability.NEVER),
        (PastChecks(checking=True), Reachability.NEVER),
        (past_of(1, ReachabilityResult.TAKEN), Reachability.REACHED),
        (past_of(337, ReachabilityResult.CONFIRMED), Reachability.OLD),
        (past_of(1, ReachabilityResult.FAILED, reached_at=ago(200)), Reachability.FAILED),
    ],
)
def test_how_a_contact_stands(past: PastChecks, stands: Reachability) -> None:
    assert status_of(PLAN, past, NOON) is stands


def test_what_nobody_tests_by_plan_is_never_too_old() -> None:
    assert status_of(None, past_of(9999, ReachabilityResult.TAKEN), NOON) is Reachability.REACHED


def test_an_alarm_comes_once_and_again_only_after_it_was_reached_in_between() -> None:
    assert not needs_alarm(PastChecks())
    assert not needs_alarm(past_of(1, ReachabilityResult.TAKEN))
    assert needs_alarm(past_of(1, ReachabilityResult.FAILED))
    assert not needs_alarm(past_of(1, ReachabilityResult.FAILED, alarmed_at=ago(48)))
    assert not needs_alarm(past_of(1, ReachabilityResult.FAILED, alarmed_at=ago(48), reached_at=ago(90)))
    assert needs_alarm(past_of(1, ReachabilityResult.FAILED, alarmed_at=ago(48), reached_at=ago(30)))


def test_every_end_of_a_notification_is_a_result_and_everything_that_fails_can_be_mended() -> None:
    assert [state for state in NotificationState if result_of_notification(state) is None] == [
        NotificationState.WAITING
    ]
    words = {mend(ReachabilityMeans.MESSAGE, channel, ReachabilityResult.FAILED) for channel in NotificationChannel}
    words |= {
        mend(means, None, result) for means in (ReachabilityMeans.PUSH, ReachabilityMeans.PHONE) for result in IN_VAIN
    }
    assert all(one.startswith("请") for one in words)
    assert mend(ReachabilityMeans.PHONE, None, ReachabilityResult.CONFIRMED) == ""


def test_the_city_tests_everything_and_names_what_is_wrong_in_its_file(policy: Policy, tmp_path: Path) -> None:
    listed = {(audience, ReachabilityMeans.MESSAGE) for audience in Audience if audience is not Audience.CITIZEN}
    assert set(policy.reachability.plans) == listed | {(Audience.UNIT, means) for means in ReachabilityMeans}
    text, file = FILE.read_text("utf-8"), tmp_path / "reachability.toml"
    assert reachability_rules(file) == ReachabilityRules()
    for right, wrong, says in (
        ("begins = 09:30:00", "begins = 12:30:00", "begins 不早于 ends"),
        ("every_hours = 672", "every_hours = 1344", "须小于 old_hours"),
        ('who = ["unit"]\nmeans = "push"', 'who = ["office"]\nmeans = "push"', "只能用于 unit"),
        ('who = ["unit"]\nmeans = "message"', 'who = ["citizen"]\nmeans = "message"', "诉求人不做联络测试"),
        ('means = "phone"', 'means = "push"', "who 和 means 相同"),
    ):
        assert right in text
        file.write_text(text.replace(right, wrong), "utf-8")
        with pytest.raises(ConfigurationError, match=says):
            reachability_rules(file)
