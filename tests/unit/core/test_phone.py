"""One number, however a network writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phone import mentions, number_key, number_type, number_words, spellings


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("13900000001", "13900000001"), ("+86 139 0000 0001", "13900000001"), ("008613900000001", "13900000001"),
        ("013900000001", "13900000001"), ("0537-4411000", "5374411000"), ("+865374411000", "5374411000"),
        ("86001234", "86001234"), ("110", "110"), ("", ""), ("anonymous", ""), ("12", ""), ("9" * 300, "9" * 20),
    ],
)  # fmt: skip
def test_all_spellings_of_a_number_have_one_key(number: str, key: str) -> None:
    assert number_key(number) == key


@given(st.from_regex(r"1[3-9][0-9]{9}|[1-9][0-9]{9}", fullmatch=True))
def test_a_number_is_found_by_every_spelling_that_is_looked_up(key: str) -> None:
    if key.startswith("86") and len(key) > 11:
        return
    assert {number_key(spelling) for spelling in spellings(key)} == {key}


def test_of_a_withheld_number_there_is_nothing_to_look_up() -> None:
    assert spellings(number_key("")) == ()


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("请打我儿子的电话139-0000-0001，谢谢", True), ("手机13900000001", True), ("＋86 13900000001", True),
        ("13900000002", False), ("11月20日 139", False), ("", False),
    ],
)  # fmt: skip
def test_a_number_is_found_in_a_text_with_what_people_put_between(text: str, there: bool) -> None:
    assert mentions(text, "13900000001") is there


def test_people_read_a_number_in_groups_and_what_it_is() -> None:
    assert (number_words("+8613900000001"), number_type("13900000001")) == ("139 0000 0001", "手机")
    assert (number_words("05374411000"), number_type("05374411000")) == ("0537 441 1000", "固定电话")
    assert (number_words("hotline"), number_type("")) == ("hotline", "")
