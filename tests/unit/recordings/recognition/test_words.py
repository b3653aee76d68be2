"""Vosk's words as we write them."""

import json

import pytest

from recordings.recognition.vosk_result import Repair, Utterance, Word, join_words, lengthen, parse_result


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["我家", "门口", "的", "路灯", "坏", "了"], "我家门口的路灯坏了"),
        (["一", "二", "〇"], "一二〇"),
        (["안녕하세요", "오늘", "날씨"], "안녕하세요 오늘 날씨"),
        (["the", "lamp", "is", "dark"], "the lamp is dark"),
        (["我", "的", "wifi", "坏", "了"], "我的 wifi 坏了"),
        (["𠮷", "野"], "𠮷野"),
        (["了"], "了"),
        ([], ""),
    ],
)
def test_spaces_stay_only_where_one_writes_them(words: list[str], text: str) -> None:
    assert join_words(words) == text


def test_a_result_becomes_words_with_times_and_confidence() -> None:
    said = parse_result(
        json.dumps(
            {
                "text": "路灯 坏 了",
                "result": [
                    {"word": "路灯", "start": 1.02, "end": 1.4400001, "conf": 0.9},
                    {"word": "<UNK>", "start": 1.44, "end": 1.5, "conf": 0.1},
                    {"word": "坏", "start": 1.5, "end": 1.7, "conf": 1.0},
                    {"word": "了", "start": 1.7, "end": 1.8, "conf": 0.5},
                ],
            }
        )
    )
    assert said == Utterance((Word("路灯", 1.02, 1.44, 0.9), Word("坏", 1.5, 1.7, 1.0), Word("了", 1.7, 1.8, 0.5)))
    assert (said.start, said.end, said.text) == (1.02, 1.8, "路灯坏了")
    assert said.confidence == pytest.approx(0.8)


@pytest.mark.parametrize(
    "result",
    [
        '{"text": ""}',
        '{"result": [], "text": ""}',
        '{"result": [{"word": "[noise]", "start": 0, "end": 1, "conf": 1}]}',
    ],
)
def test_silence_and_noise_are_no_utterance(result: str) -> None:
    assert parse_result(result) is None


def test_mended_names_stand_in_the_text_for_the_words_that_were_heard() -> None:
    heard = tuple(Word(word, at, at + 1, 1) for at, word in enumerate(["在", "深", "道路", "wifi", "坏", "了"]))
    said = Utterance(heard, (Repair("深道路", "神道路", 1, 2, 0.0),))
    assert said.text == "在神道路 wifi 坏了"
    assert Utterance(heard).text == "在深道路 wifi 坏了"


def test_a_word_that_ends_too_early_is_made_longer_but_never_into_the_next_nor_beyond_the_sound() -> None:
    words = [Word("路灯", 1.0, 1.2, 1.0), Word("坏", 1.3, 1.4, 1.0), Word("了", 2.0, 2.1, 1.0)]
    assert [word.end for word in lengthen(words, 0.25)] == [1.3, 1.65, 2.35]
    assert [word.end for word in lengthen(words, 0.25, heard_until=2.2)] == [1.3, 1.65, 2.2]
    assert list(lengthen(words, 0.0)) == words
    assert [word.start for word in lengthen(words, 0.25)] == [word.start for word in words]


def test_words_that_touch_or_overlap_keep_their_ends() -> None:
    words = [Word("路", 1.0, 1.5, 1.0), Word("灯", 1.4, 1.6, 1.0)]
    assert [word.end for word in lengthen(words, 0.3, heard_until=1.5)] == [1.5, 1.6]


def test_the_last_word_of_a_result_is_as_long_as_its_model_wants() -> None:
    result = json.dumps({"text": "坏", "result": [{"word": "坏", "start": 1.0, "end": 1.2, "conf": 1.0}]})
    said = parse_result(result, ends_early=0.24, heard_until=9.0)
    assert said is not None
    assert said.end == 1.44
