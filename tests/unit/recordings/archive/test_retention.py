"""Which rule a recording falls under, and when its time is over."""

import datetime as dt

from core.clock import CITY_ZONE
from recordings.archive.retention import RetentionFacts, Rules, add_months, decide

ENDED = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)
CLOSED = dt.datetime(2026, 2, 10, 4, tzinfo=dt.UTC)


def due(rules: Rules, *words: str, settled_at: dt.datetime | None = CLOSED) -> tuple[dt.datetime, str] | None:
    return decide(rules, RetentionFacts(settled_at, words), ["part.conversation"], ENDED)


def test_without_rules_everything_is_kept() -> None:
    assert due(Rules(), "kind.help", "outcome.answered") is None
    assert Rules().shortest_months is None


def test_time_counts_from_the_end_of_all_that_needs_it() -> None:
    assert due(Rules(12), "kind.help") == (CLOSED.replace(year=2027), "其他：12个月")
    earlier = ENDED - dt.timedelta(days=90)
    assert due(Rules(12), settled_at=earlier) == (ENDED.replace(year=2027), "其他：12个月")


def test_what_is_open_is_never_due() -> None:
    assert due(Rules(1, {"kind.help": 1}), "kind.help", settled_at=None) is None


def test_of_several_words_the_longest_time_counts_and_for_ever_is_the_longest() -> None:
    rules = Rules(3, {"kind.help": 12, "kind.report": 0, "outcome.answered": 24, "part.conversation": 6})
    assert due(rules, "outcome.abandoned") == (CLOSED.replace(month=8), "part.conversation：6个月")
    assert due(rules, "kind.help", "outcome.answered") == (CLOSED.replace(year=2028), "outcome.answered：24个月")
    assert due(rules, "kind.report", "outcome.answered") is None
    assert rules.shortest_months == 3


def test_a_month_without_that_day_ends_on_its_last() -> None:
    noon = dt.datetime(2026, 1, 31, 12, tzinfo=CITY_ZONE)
    assert add_months(noon, 1) == dt.datetime(2026, 2, 28, 12, tzinfo=CITY_ZONE)
    assert add_months(noon, 25) == dt.datetime(2028, 2, 29, 12, tzinfo=CITY_ZONE)
    assert add_months(noon, -2) == dt.datetime(2025, 11, 30, 12, tzinfo=CITY_ZONE)
    assert add_months(noon, 11) == dt.datetime(2026, 12, 31, 12, tzinfo=CITY_ZONE)
