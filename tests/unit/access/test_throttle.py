"""Guessing gets slower and slower; a person who only mistypes does not notice, and nobody's name can be locked by
others.
"""

import datetime as dt

from access.accounts.throttle import (
    ADDRESS,
    ALL,
    ANYWHERE,
    LINK,
    NAME,
    REMEMBERED,
    Refused,
    SignInLimits,
    Throttle,
    Try,
)

AT = dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC)
WANG = Try("wang", "10.0.0.1")


def fail(throttle: Throttle, times: int, key: str = "wang") -> None:
    for _ in range(times):
        throttle.failed(key, NAME, AT)


def guess(limits: SignInLimits, one: Try, times: int = 1, at: dt.datetime = AT) -> int:
    """How many of these wrong tries were looked at."""
    looked_at = 0
    for _ in range(times):
        if limits.wait(one, at) is None:
            limits.began(one, at)
            looked_at += 1
    return looked_at


def test_the_first_mistakes_cost_nothing() -> None:
    throttle = Throttle()
    fail(throttle, NAME.allowed - 1)
    assert not throttle.wait("wang", NAME, AT)


def test_each_further_mistake_doubles_the_wait_up_to_a_limit() -> None:
    throttle = Throttle()
    fail(throttle, NAME.allowed)
    assert throttle.wait("wang", NAME, AT) == NAME.first_wait
    fail(throttle, 1)
    assert throttle.wait("wang", NAME, AT) == NAME.first_wait * 2
    fail(throttle, 500)
    assert throttle.wait("wang", NAME, AT) == NAME.longest_wait


def test_the_wait_passes_and_mistakes_are_forgotten_one_by_one() -> None:
    throttle = Throttle()
    fail(throttle, NAME.allowed)
    assert not throttle.wait("wang", NAME, AT + NAME.first_wait)
    assert throttle.full("wang", NAME, AT)
    assert not throttle.full("wang", NAME, AT + NAME.leak)
    later = AT + NAME.leak * NAME.allowed
    throttle.failed("wang", NAME, later)
    assert not throttle.wait("wang", NAME, later)


def test_mistakes_some_seconds_apart_are_all_counted() -> None:
    limits = SignInLimits()
    seconds = [AT + dt.timedelta(seconds=n) for n in range(NAME.allowed + 1)]
    assert [guess(limits, WANG, 1, at) for at in seconds] == [1] * NAME.allowed + [0]


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    throttle = Throttle()
    for number in range(REMEMBERED + 10):
        fail(throttle, 1, f"name-{number}")
    assert len(throttle._mistakes) == REMEMBERED


def test_another_name_or_address_need_not_wait() -> None:
    limits = SignInLimits()
    assert guess(limits, WANG, 20) == NAME.allowed
    assert limits.wait(Try("li", "10.0.0.1"), AT) is None
    assert limits.wait(Try("wang", "10.0.0.2"), AT) is None


def test_the_right_password_wipes_the_names_slate_and_not_the_addresss() -> None:
    limits = SignInLimits()
    for number in range(ADDRESS.allowed - 1):
        guess(limits, Try(f"name-{number}", "10.0.0.1"))
    own = Try("guesser", "10.0.0.1")
    for _ in range(3):
        guess(limits, own)
        limits.succeeded(own, AT)
    assert guess(limits, Try("one", "10.0.0.1")) == 1
    refused = limits.wait(Try("two", "10.0.0.1"), AT)
    assert refused is not None
    assert refused[1] is Refused.ADDRESS


def test_one_guess_at_each_of_many_names_is_slowed_down_by_address() -> None:
    limits = SignInLimits()
    assert sum(guess(limits, Try(f"name-{number}", "10.0.0.1")) for number in range(200)) == ADDRESS.allowed


def test_guesses_from_everywhere_are_slowed_down_in_all() -> None:
    limits = SignInLimits()
    assert sum(guess(limits, Try(f"name-{n}", f"10.0.{n >> 8}.{n & 255}")) for n in range(2000)) == ALL.allowed


def test_a_name_at_which_many_guess_has_one_try_from_each_address_and_is_never_locked() -> None:
    limits = SignInLimits()
    for number in range(ANYWHERE.allowed + 5):
        assert guess(limits, Try("wang", f"10.1.0.{number}")) == 1
    assert limits.guessed(WANG, AT)
    assert guess(limits, Try("wang", "10.2.0.1"), 5) == 1
    assert limits.wait(WANG, AT) is None


def test_who_comes_with_a_known_browser_waits_for_his_own_mistakes_only() -> None:
    limits = SignInLimits()
    for number in range(ALL.allowed + 50):
        guess(limits, Try("wang", f"10.0.{number >> 8}.{number & 255}"))
    guess(limits, WANG, 50)
    at_home = Try("wang", "10.0.0.1", device="his own")
    assert limits.wait(at_home, AT) is None
    assert guess(limits, at_home, 20) == NAME.allowed


def test_a_try_that_was_not_looked_at_counts_for_nothing() -> None:
    limits = SignInLimits()
    for _ in range(100):
        assert limits.wait(WANG, AT) is None
        limits.began(WANG, AT)
        limits.unchecked(WANG, AT)
    assert LINK.allowed > 0
