"""What is worth hearing of the city's side: conversations, neither greeting nor music nor prompts."""

import datetime as dt
from pathlib import Path

import pytest

from recordings.recognition.conversation_spans import MARGIN_SECONDS, held_spans, silenced, talk_spans
from telephony.calls.call import fold
from telephony.calls.events import Fact, FactKind, fact_from_line

TRACES = Path(__file__).parents[4] / "samples/cel"
START = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


def moved(kind: FactKind, second: float, leg: str, bridge: str) -> Fact:
    return Fact(kind, START + dt.timedelta(seconds=second), "c", leg, extra={"bridge_id": bridge})


ENTER, EXIT = FactKind.BRIDGE_ENTER, FactKind.BRIDGE_EXIT
HOLD, UNHOLD = FactKind.HOLD, FactKind.UNHOLD


def test_a_conversation_is_heard_and_what_is_before_after_and_between_is_not() -> None:
    facts = [
        *(moved(ENTER, 10, "agent", "a"), moved(ENTER, 10, "c", "a"), moved(EXIT, 20, "c", "a")),
        # Alone in a room with music; then the agent comes.
        *(moved(EXIT, 20, "agent", "a"), moved(ENTER, 21, "c", "room"), moved(ENTER, 40, "agent", "room")),
        *(moved(ENTER, 45, "third", "room"), moved(EXIT, 50, "agent", "room"), moved(EXIT, 60, "third", "room")),
    ]
    assert talk_spans(reversed(facts), "c", START) == [(9, 21), (39, 61)]


TALKING = [moved(ENTER, 10, "agent", "a"), moved(ENTER, 10, "c", "a")]


def test_music_of_an_agents_telephone_is_no_conversation_unless_a_third_is_there() -> None:
    held = [moved(HOLD, 20, "agent", ""), moved(UNHOLD, 30, "agent", "")]
    assert talk_spans([*TALKING, *held, moved(EXIT, 40, "c", "a")], "c", START) == [(9, 21), (29, 41)]
    assert held_spans([*TALKING, *held], "c", START) == [(20, 30)]
    assert talk_spans([*TALKING, moved(ENTER, 15, "third", "a"), *held], "c", START) == [(9, float("inf"))]
    assert talk_spans([*TALKING, moved(HOLD, 20, "c", ""), moved(UNHOLD, 30, "c", "")], "c", START) == [
        (9, float("inf"))
    ]


def test_a_hold_of_which_nobody_heard_the_end_costs_no_word_afterwards() -> None:
    forgotten = moved(HOLD, 20, "agent", "")
    assert talk_spans([*TALKING, forgotten, moved(EXIT, 40, "c", "a")], "c", START) == [(9, 41)]
    assert held_spans([*TALKING, forgotten], "c", START) == [(20, float("inf"))], "while it may still go on"
    # The connection was away: its end is put at its beginning.
    both = [moved(UNHOLD, 20, "agent", ""), forgotten]
    assert held_spans([*TALKING, *both], "c", START) == [(20, 20)]
    assert talk_spans([*TALKING, *both, moved(EXIT, 40, "c", "a")], "c", START) == [(9, 21), (19, 41)]


def test_what_is_silenced_is_of_the_same_length_and_nothing_else_changes() -> None:
    loud = b"\x01\x00" * 8000
    assert silenced(loud, 8000, []) == loud
    assert silenced(loud, 8000, [(0, 1), (2, 3)]) == loud
    assert silenced(loud, 8000, [(1.5, float("inf"))]) == loud[:8000] + bytes(8000)
    assert silenced(loud, 8000, [(0.5, 1.25)]) == bytes(4000) + loud[4000:]


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
