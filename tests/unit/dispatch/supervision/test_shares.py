"""Shares with the interval that few cases leave open."""

import pytest

from dispatch.supervision.proportions import RANKED_FROM, Share


def test_the_interval_is_wilsons():
    low, high = Share(8, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (1, 1), (0, 40), (40, 40), (3, 7)])
def test_the_interval_holds_the_rate_and_stays_within_nothing_and_all(part: int, whole: int):
    share = Share(part, whole)
    low, high = share.interval
    assert share.rate is not None
    assert 0 <= low <= share.rate <= high <= 1


def test_no_case_has_no_rate_and_says_nothing():
    assert Share(0, 0).rate is None
    assert Share(0, 0).interval == (0.0, 1.0)


def test_few_cases_are_not_ranked():
    assert not Share(RANKED_FROM - 1, RANKED_FROM - 1).ranked
    assert Share(1, RANKED_FROM).ranked
