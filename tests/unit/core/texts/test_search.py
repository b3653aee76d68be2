"""What the index is asked: pairs of Chinese characters, other words by their beginning, nothing that loses hits."""

import pytest

from core.texts.search import is_piece, search_document, search_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("路灯坏", "'路灯' & '灯坏'"),
        ("灯", "'灯':*"),
        ("灯 路灯", "'灯':* & '路灯'"),
        ("WiFi 坏了", "'wifi':* & '坏了'"),
        ("A", "'a':*"),
        ("  ", None),
        ("，。", None),
    ],
)
def test_the_index_is_asked_for_what_it_can_narrow_down(text: str, query: str | None) -> None:
    assert search_query(text) == query


def test_every_character_begins_a_piece_also_the_last_of_its_run() -> None:
    assert search_document("路灯，坏，WiFi") == "路灯 坏 wifi 灯"


@pytest.mark.parametrize(
    ("word", "alone"),
    [("路灯", True), ("灯", True), ("WiFi", True), ("路灯坏", False), ("“路灯", False), ("灯A", False)],
)
def test_a_word_that_is_one_piece_needs_no_second_look(word: str, alone: bool) -> None:
    assert is_piece(word) is alone
