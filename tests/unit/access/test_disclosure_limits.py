"""Disclosures have a brake: a supervisor is notified of many, and too many are refused for a while."""

import datetime as dt

import pytest

from access.visibility.disclosure_limits import REFUSED, TOLD, DisclosureLimit, PastDisclosures, free_again, reached

AT = dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.UTC)


def disclosures(count: int, every: dt.timedelta, *, confidential: bool = False) -> list[PastDisclosures]:
    return [PastDisclosures(AT - every * number, confidential) for number in range(count)]


def test_a_hundred_and_seventy_looks_in_four_seconds_are_not_granted() -> None:
    granted: list[PastDisclosures] = []
    for number in range(170):
        at = AT + dt.timedelta(seconds=4) * number / 170
        if reached(REFUSED, granted, at) is None:
            granted.append(PastDisclosures(at, confidential=False))
    assert len(granted) == 10


@pytest.mark.parametrize("minutes", [3, 5, 10])
def test_whoever_works_order_by_order_is_never_stopped(minutes: int) -> None:
    a_day = disclosures(8 * 60 // minutes, dt.timedelta(minutes=minutes))
    assert reached(REFUSED, a_day, AT) is None


def test_a_slow_walk_through_the_list_ends_too() -> None:
    assert reached(REFUSED, disclosures(200, dt.timedelta(minutes=7)), AT) == REFUSED[2]


def test_looks_at_secret_reporters_are_told_and_refused_much_sooner() -> None:
    few = disclosures(5, dt.timedelta(minutes=5), confidential=True)
    assert reached(TOLD, few, AT) == TOLD[1]
    assert reached(REFUSED, few, AT) is None
    assert reached(REFUSED, disclosures(10, dt.timedelta(minutes=5), confidential=True), AT) == REFUSED[3]


def test_it_is_told_when_the_next_is_granted() -> None:
    limit = DisclosureLimit(dt.timedelta(minutes=1), 2)
    past = [PastDisclosures(AT - dt.timedelta(seconds=seconds), confidential=False) for seconds in (50, 20)]
    assert reached([limit], past, AT) is limit
    free = free_again(limit, past, AT)
    assert reached([limit], past, free - dt.timedelta(microseconds=1)) is limit
    assert reached([limit], past, free) is None
