"""The speech rows count what they say."""

import numpy as np
import pytest

from bench.recognition.hearing import han
from bench.recognition.noise import telephone
from bench.recognition.played import GAP_SECONDS, likest, streams
from bench.recognition.tally import TallyHeard, count, edits, error_table, place_table, places_said
from bench.recognition.testset import FOLDER, RATE, SORTS, SpokenSentence, load_testset
from recordings.recognition.local_names import make_gazetteer

GAZETTEER = make_gazetteer(["春晖小区", "鲁城街道", "鲁城"])


def spoken(text: str, *, place: str = "", trained: bool = True, seconds: float = 1.0) -> SpokenSentence:
    tone = (8000 * np.sin(np.arange(int(seconds * RATE)) ** 1.5 / len(text))).astype(np.int16)
    return SpokenSentence("name" if place else "template", "zf_a" if trained else "zm_b", trained, place, text, tone)


@pytest.mark.parametrize(
    ("heard", "wrong"), [("路灯坏了", 0), ("路等坏了", 1), ("灯坏了", 1), ("路灯都坏了", 1), ("", 4), ("停水", 4)]
)
def test_characters_put_in_left_out_or_exchanged_are_errors(heard: str, wrong: int) -> None:
    assert edits("路灯坏了", heard) == wrong


def test_names_and_characters_are_counted_before_and_after_the_repair() -> None:
    one = spoken("春晖小区停水", place="春晖小区")
    found = count(
        [
            TallyHeard(one, "A-law", "春会小区停水", "春晖小区停水", ("春晖小区",)),
            TallyHeard(one, "A-law", "停水", "停水"),
        ],
        GAZETTEER,
    )
    assert (found.characters, found.wrong, found.wrong_mended) == (12, 5, 4)
    assert (found.places, found.places_before, found.places_after, found.wrong_names) == (2, 0, 1, 0)


def test_a_name_that_nobody_said_counts_as_wrong() -> None:
    assert count([TallyHeard(spoken("停水"), "A-law", "", "", ("鲁城街道",))], GAZETTEER).wrong_names == 1


def test_a_name_within_a_longer_one_was_not_said_by_itself() -> None:
    assert places_said("鲁城街道停水", GAZETTEER) == ["鲁城街道"]


def test_tables_have_a_row_for_each_voice_and_a_column_for_each_line() -> None:
    mine, hers = spoken("路灯坏了"), spoken("路灯坏了", trained=False)
    heard = [TallyHeard(one, line, "路灯", "路灯") for line in ("A-law", "file") for one in (mine, hers)]
    headings, *rows = error_table(heard, GAZETTEER)
    assert headings[-2:] == ["A-law", "file"]
    assert {(row[1], row[-1]) for row in rows} >= {("zf_a", "50.0 %"), ("zm_b (never trained)", "50.0 %")}
    assert len(place_table(heard, GAZETTEER)) == 1 + 4


def test_the_test_set_has_every_sort_by_trained_and_untrained_voices_and_its_licence() -> None:
    said = load_testset()
    assert {(one.sort, one.trained) for one in said} == {(sort, heard) for sort in SORTS for heard in (True, False)}
    assert all(one.text == han(one.text) and one.seconds > 1 for one in said)
    assert all(one.place in one.text for one in said)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 5_000_000
    assert "Apache-2.0" in (FOLDER / "README.md").read_text("utf-8")


def test_each_sentence_is_said_once_over_each_line_with_pauses_between() -> None:
    said = [spoken(text) for text in ("路灯坏了", "停水", "没有路灯")]
    made = streams(said, {"quiet": None, "loud": 10}, calls=2)
    pieces = [piece for one in made for piece in one.pieces]
    assert sorted((piece.spoken.text, piece.line) for piece in pieces) == sorted(
        (one.text, line) for line in ("quiet", "loud") for one in said
    )
    for stream in made:
        for before, after in zip(stream.pieces, stream.pieces[1:], strict=False):
            assert after.start - before.end > GAP_SECONDS
    quiet = next((one, piece) for one in made for piece in one.pieces if piece.line == "quiet")
    assert (quiet[0].samples[int(quiet[1].start * RATE) :][:RATE] == quiet[1].spoken.samples).all()


def test_a_sentence_is_found_again_where_the_recording_has_it() -> None:
    sound = spoken("路灯坏了").samples
    recorded = telephone(np.concatenate([np.zeros(4321, np.int16), sound, np.zeros(999, np.int16)]), 15, seed=2)
    at, alike = likest(recorded, sound)
    assert at == 4321
    assert alike > 0.9


def test_only_chinese_characters_are_compared() -> None:
    assert han("您好，wifi 坏了 12 号。") == "您好坏了号"


def test_a_law_keeps_every_sample_within_a_thirtieth_or_its_smallest_step() -> None:
    samples = np.arange(-32000, 32000, 7, dtype=np.int16)
    heard = telephone(samples, None, seed=1)
    assert len(np.unique(heard)) <= 256
    error = np.abs(heard.astype(float) - samples)
    assert (error <= np.maximum(np.abs(samples.astype(float)) / 30, 8)).all()


def test_noise_is_as_loud_as_it_is_said_to_be_and_the_same_each_time() -> None:
    tone = (8000 * np.sin(np.arange(16000) / 3)).astype(np.int16)
    noisy = telephone(tone, 10, seed=3)
    added = noisy.astype(float) - telephone(tone, None, seed=3)
    ratio = 10 * np.log10((tone.astype(float) ** 2).mean() / (added**2).mean())
    assert ratio == pytest.approx(10, abs=0.3)
    assert (noisy == telephone(tone, 10, seed=3)).all()
