"""Guessing gets slower and slower; who only mistypes does not notice."""

import datetime as dt

from web.throttle import ALLOWED, FIRST_WAIT, LONGEST_WAIT, REMEMBERED, Throttle

AT = dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC)


def fail(throttle: Throttle, times: int, name: str = "wang") -> None:
    for _ in range(times):
        throttle.failed(name, "10.0.0.1", AT)


def test_the_first_mistakes_cost_nothing() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED - 1)
    assert not throttle.wait("wang", "10.0.0.1", AT)


def test_each_further_mistake_doubles_the_wait_up_to_a_limit() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED)
    assert throttle.wait("wang", "10.0.0.1", AT) == FIRST_WAIT
    fail(throttle, 1)
    assert throttle.wait("wang", "10.0.0.1", AT) == FIRST_WAIT * 2
    fail(throttle, 500)
    assert throttle.wait("wang", "10.0.0.1", AT) == LONGEST_WAIT


def test_the_wait_passes() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED)
    assert not throttle.wait("wang", "10.0.0.1", AT + FIRST_WAIT)


def test_another_name_or_address_need_not_wait() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED + 3)
    assert not throttle.wait("li", "10.0.0.1", AT)
    assert not throttle.wait("wang", "10.0.0.2", AT)


def test_success_wipes_the_slate() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED + 3)
    throttle.succeeded("wang", "10.0.0.1")
    assert not throttle.wait("wang", "10.0.0.1", AT)


def test_long_past_mistakes_are_forgotten() -> None:
    throttle = Throttle()
    fail(throttle, ALLOWED + 3)
    later = AT + LONGEST_WAIT * 3
    throttle.failed("wang", "10.0.0.1", later)
    assert not throttle.wait("wang", "10.0.0.1", later)


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    throttle = Throttle()
    for number in range(REMEMBERED + 10):
        fail(throttle, 1, f"name-{number}")
    assert len(throttle._failures) == REMEMBERED
