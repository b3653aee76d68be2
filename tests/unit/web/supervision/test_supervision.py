"""The supervisor's tables: the worst first, those of too few cases behind all others."""

import datetime as dt

from dispatch.supervision.crew_scorecards import UnitScorecard
from web.supervision.presenter import months_until, unit_lines


def card(code: str, received: int, replied: int) -> UnitScorecard:
    return UnitScorecard(code, received, received, 60.0, replied, 3600.0, 0, 0, 0, 0)


def test_the_worst_share_comes_first_and_few_cases_last():
    lines = unit_lines([card("few", 2, 0), card("good", 20, 19), card("bad", 20, 5)], "replied")
    assert [line.code for line in lines] == ["bad", "good", "few"]


def test_without_a_share_who_received_most_comes_first():
    lines = unit_lines([card("few", 2, 0), card("many", 20, 19)], "anything else")
    assert [line.code for line in lines] == ["many", "few"]


def test_months_go_back_from_this_one_in_the_citys_zone():
    months = months_until(dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC))
    assert months[:3] == ["2027-01", "2026-12", "2026-11"]
