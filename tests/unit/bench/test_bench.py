"""The bench measures what it says: pairs of runs, the same input for both, one report."""

import json
from pathlib import Path

import pytest

from bench import table
from bench.line import events
from bench.row import Row, in_turns, make_row
from bench.table import BENCHES, run_benches
from core.errors import NotFound
from core.settings import Settings
from telephony.ami.framing import Framer

FIELDS = ["name", "what", "ours", "floor", "ratio", "unit", "runs", "note"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> events.EventStream:
    """Every call once."""
    stream = events.busy_hour(1)
    monkeypatch.setattr(events, "busy_hour", lambda: stream)
    return stream


def test_a_row_gives_medians_and_the_median_of_the_pairs_ratios_with_their_spread():
    row = make_row(name="n", what="w", unit="u", ours=[10, 20, 90], floor=[20, 20, 30], note="how")
    assert row == Row(
        name="n",
        what="w",
        ours=20,
        floor=20,
        ratio=1.0,
        unit="u",
        runs=3,
        note="how; min–max: ours 10–90, floor 20–30, ratio 0.5–3.0",
    )


def test_both_are_measured_in_turns_after_a_round_that_does_not_count():
    done: list[str] = []
    ours, floor = in_turns(
        lambda: done.append("ours") or sum(range(20000)),
        lambda: done.append("floor") or sum(range(20000)),
        amount=1,
        runs=2,
    )
    assert done == ["ours", "floor"] * 3
    assert len(ours) == len(floor) == 2
    assert min(*ours, *floor) > 0


@pytest.mark.parametrize("measure", [events.measure_ami_decode, events.measure_call_events])
def test_a_row_of_events_is_made_of_real_runs(measure, short: events.EventStream):
    row = measure(runs=1)
    assert list(row) == FIELDS
    assert min(row["ours"], row["floor"], row["ratio"]) > 0


def test_the_busy_hour_has_every_call_under_a_name_of_its_own():
    once, thrice = events.busy_hour(1), events.busy_hour(3)
    assert (thrice.calls, thrice.lines, thrice.messages) == (3 * once.calls, 3 * once.lines, 3 * once.messages)
    framer = Framer()
    assert sum(len(framer.feed(packet)) for packet in thrice.packets) == thrice.messages


def test_an_unknown_name_tells_the_names(tmp_path: Path):
    with pytest.raises(NotFound) as caught:
        run_benches(Settings(var=tmp_path), "nonsense")
    assert all(name in caught.value.message for name in BENCHES)
    assert not list(tmp_path.iterdir())


def test_the_report_holds_what_was_measured(tmp_path: Path, short: events.EventStream, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(table.BENCHES, "ami-decode", lambda: events.measure_ami_decode(runs=5))
    rows = run_benches(Settings(var=tmp_path), "ami-decode")
    assert json.loads((tmp_path / "bench" / "report.json").read_text()) == rows
    assert [(row["name"], row["runs"]) for row in rows] == [("ami-decode", 5)]
