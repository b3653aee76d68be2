"""Delays are those of the first message after each event, whoever came earlier."""

import datetime as dt

from bench.line.delay import ManagerHeard, Measured, _event_delays, _order_delays, at_share, first_after, parts_of
from telephony.calls.events import Fact, FactKind


def fact(kind: FactKind, second: float) -> Fact:
    return Fact(kind, dt.datetime.fromtimestamp(second, dt.UTC), "c.1", "c.1")


def test_each_event_is_told_by_the_first_message_after_it() -> None:
    heard = ManagerHeard()
    heard.announced["call", "c.1"] = [9.0, 10.5, 12.0]
    heard.announced["order", "7"] = [11.25]
    heard.bare["CHAN_START", "c.1"] = [10.25]
    heard.bare["LINKEDID_END", "c.1"] = [11.125]
    measured = Measured([fact(FactKind.CHAN_START, 10), fact(FactKind.LINKEDID_END, 11)], {"c.1": "7"}, heard)
    assert list(_event_delays(measured)) == [(0.5, 0.25), (1.0, 0.125)]
    assert list(_order_delays(measured)) == [(0.25, 0.125)]


def test_what_was_never_told_is_no_delay() -> None:
    assert first_after([1.0], 2.0) is None
    assert list(_event_delays(Measured([fact(FactKind.ANSWER, 1)], {}, ManagerHeard()))) == []


def test_parts_are_of_one_size_and_percentiles_are_values() -> None:
    assert [list(part) for part in parts_of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])] == [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
        [9, 10],
    ]
    assert (at_share([3.0, 1.0, 2.0], 0.5), at_share([3.0, 1.0, 2.0], 0.99)) == (2.0, 3.0)
