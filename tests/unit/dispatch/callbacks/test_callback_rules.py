"""When a citizen who kept a place may be called, and what a try's result leads to."""

import datetime as dt

import pytest

from core.clock import CITY_ZONE
from core.errors import BadInput, Conflict
from dispatch.callbacks.rules import CallbackRules, CallbackState, TryResult, after_try, check_try, why_not_now
from dispatch.policy import Policy

RULES = CallbackRules()
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=CITY_ZONE)
NIGHT = NOON.replace(hour=23)
MOBILE = "13900000001"


def test_the_citys_file_says_the_rules(policy: Policy) -> None:
    assert policy.callbacks == RULES


@pytest.mark.parametrize("number", ["13900000001", "05374412345", "4412345", "02112345678"])
def test_mobile_and_landline_numbers_may_be_rung(number: str) -> None:
    assert why_not_now(RULES, number=number, asked_at=NOON, at=NOON) == ""


@pytest.mark.parametrize("number", ["110", "12345", "1001", "0012025550123", "96811", "", "1234567890123456"])
def test_other_numbers_may_not_since_anybody_can_pretend_one(number: str) -> None:
    assert "不在可以回电的范围内" in why_not_now(RULES, number=number, asked_at=NOON, at=NOON)


def test_at_night_only_who_asked_just_now_is_rung() -> None:
    assert why_not_now(RULES, number=MOBILE, asked_at=NIGHT - dt.timedelta(minutes=59), at=NIGHT) == ""
    assert "不是回电时间" in why_not_now(RULES, number=MOBILE, asked_at=NIGHT - dt.timedelta(minutes=61), at=NIGHT)


def test_a_try_in_vain_waits_for_the_next_and_the_last_one_gives_up() -> None:
    first = after_try(RULES, TryResult.NO_ANSWER, 0, NOON)
    assert (first.state, first.tries, first.next_try_at) == (CallbackState.WAITING, 1, NOON + dt.timedelta(minutes=30))
    last = after_try(RULES, TryResult.BUSY, 2, NOON)
    assert (last.state, last.tries, last.next_try_at) == (CallbackState.GIVEN_UP, 3, None)


@pytest.mark.parametrize("result", [TryResult.AGENT_AWAY, TryResult.FAILED])
def test_what_never_rang_the_citizen_is_no_try_at_him(result: TryResult) -> None:
    after = after_try(RULES, result, 2, NOON)
    assert (after.state, after.tries, after.next_try_at) == (CallbackState.WAITING, 2, None)


def test_who_was_reached_is_done() -> None:
    assert after_try(RULES, TryResult.REACHED, 1, NOON).state is CallbackState.REACHED


@pytest.mark.parametrize(
    ("state", "next_try_at", "refusal"),
    [
        (CallbackState.DIALLING, None, Conflict),
        (CallbackState.REACHED, None, Conflict),
        (CallbackState.SETTLED, None, Conflict),
        (CallbackState.WAITING, NOON + dt.timedelta(minutes=1), BadInput),
    ],
)
def test_a_try_that_must_not_be_is_refused(
    state: CallbackState, next_try_at: dt.datetime | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_try(RULES, state=state, number=MOBILE, asked_at=NOON, next_try_at=next_try_at, at=NOON)
