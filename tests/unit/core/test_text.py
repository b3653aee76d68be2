"""What the index is asked: pairs of Chinese characters, other words by their beginning, nothing that loses hits."""

import pytest

from core.text import search_document, search_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("路灯坏", "'路灯' & '灯坏'"),
        ("灯", None),
        ("灯 路灯", "'路灯'"),
        ("WiFi 坏了", "'wifi':* & '坏了'"),
        ("A", "'a':*"),
        ("  ", None),
        ("，。", None),
    ],
)
def test_the_index_is_asked_for_what_it_can_narrow_down(text: str, query: str | None) -> None:
    assert search_query(text) == query


def test_a_character_that_stands_second_in_every_pair_is_not_asked_of_the_index() -> None:
    assert search_document("路灯") == "路灯"
    assert search_query("灯") is None
