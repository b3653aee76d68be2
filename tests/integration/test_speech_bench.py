"""The rows about the demonstration model are made of real hearing; its demo sentences are heard as they are said."""

from hotline.bench.speech import measure_place_names, measure_speech_cer, measure_speech_speed


def test_the_demo_sentences_are_heard_right_over_a_quiet_line() -> None:
    row = measure_speech_cer()
    assert row["ours"] > 0.9
    assert "A-law 0.0 %" in row["note"]
    assert "SYNTHETIC" in row["note"]


def test_our_path_costs_little_more_than_vosk_alone() -> None:
    row = measure_speech_speed(runs=1)
    assert row["ours"] > 1
    assert row["ratio"] > 0.5


def test_the_repair_makes_no_name_worse() -> None:
    row = measure_place_names(every=12)
    assert row["ours"] >= row["floor"] > 0.3
    assert "wrong name was put in: 0" in row["note"]
