"""What is worth hearing of the city's side: conversations, neither greeting nor music nor prompts."""

import datetime as dt
from pathlib import Path

import pytest

from recordings.talk import MARGIN_SECONDS, talk_spans
from telephony.call import fold
from telephony.events import Fact, FactKind, fact_from_line

TRACES = Path(__file__).parents[2] / "fixtures" / "cel"
START = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


def moved(kind: FactKind, second: float, leg: str, bridge: str) -> Fact:
    return Fact(kind, START + dt.timedelta(seconds=second), "c", leg, extra={"bridge_id": bridge})


ENTER, EXIT = FactKind.BRIDGE_ENTER, FactKind.BRIDGE_EXIT


def test_a_conversation_is_heard_and_what_is_before_after_and_between_is_not() -> None:
    facts = [
        *(moved(ENTER, 10, "agent", "a"), moved(ENTER, 10, "c", "a"), moved(EXIT, 20, "c", "a")),
        # Alone in a room with music; then the agent comes.
        *(moved(EXIT, 20, "agent", "a"), moved(ENTER, 21, "c", "room"), moved(ENTER, 40, "agent", "room")),
        *(moved(ENTER, 45, "third", "room"), moved(EXIT, 50, "agent", "room"), moved(EXIT, 60, "third", "room")),
    ]
    assert talk_spans(reversed(facts), "c", START) == [(9, 21), (39, 61)]


def test_what_has_no_end_yet_is_heard_to_the_end() -> None:
    facts = [moved(ENTER, 10, "agent", "a"), moved(ENTER, 10, "c", "a")]
    assert talk_spans(facts, "c", START) == [(9, float("inf"))]


@pytest.mark.parametrize(("case", "talks"), [("answered", 1), ("blind-transfer-not-answered", 2), ("message-left", 0)])
def test_real_calls_are_heard_from_the_answer_on(case: str, talks: int) -> None:
    facts = [fact_from_line(line) for line in (TRACES / f"{case}.csv").read_bytes().splitlines()]
    picture, _, _ = fold(facts)
    assert picture is not None
    assert picture.recording is not None
    found = talk_spans(facts, picture.linkedid, picture.recording.started_at)
    assert len(found) == talks
    if picture.answered_at:
        answered = (picture.answered_at - picture.recording.started_at).total_seconds()
        assert found[0][0] == pytest.approx(answered - MARGIN_SECONDS, abs=0.1)
