"""Names and numbers are covered however they are written."""

import pytest

from core.privacy.redaction import CLEAR, Citizen, Redactor, make_redactor, mask_name
from dispatch.workflow import State


def of(name: str, number: str, *, wholly: bool = False) -> Redactor:
    return make_redactor([Citizen(frozenset({name}), frozenset({number}), wholly)])


ORDINARY = of("王示例", "+8613800000042")
SECRET = of("王示例", "0537-4411000", wholly=True)


@pytest.mark.parametrize(
    "said",
    [
        "请打13800000042", "138 0000 0042", "138-0000-0042", "+86 138 0000 0042", "013800000042", "8613800000042",
        "幺三八零零零零零零四二", "一三八，零零零零，〇〇四二", "１３８００００００４２", "手机1 3 8 0 0 0 0 0 0 4 2",
    ],
)  # fmt: skip
def test_a_number_is_covered_in_every_spelling(said: str) -> None:
    assert "138****0042" in ORDINARY.text(said)
    assert not any(tail in ORDINARY.text(said) for tail in ("00000042", "0000 0042", "零零四二", "０４２"))


@pytest.mark.parametrize("said", ["213800000042", "1380000004", "138000000421", "QF20261121-0042-2", "神道路138号"])
def test_other_numbers_stay(said: str) -> None:
    assert ORDINARY.text(said) == said


def test_a_name_is_covered_and_a_surname_alone_is_not() -> None:
    assert ORDINARY.text("王示例说，王 示例家门口") == "王**说，王**家门口"
    assert ORDINARY.text("王家庄") == "王家庄"


def test_of_one_who_wishes_to_stay_unnamed_not_even_the_masked_form_is_left() -> None:
    assert SECRET.text("王示例 05374411000") == "（姓名不予显示） （号码不予显示）"


def test_all_texts_of_an_answer_are_covered_and_our_own_words_are_not() -> None:
    listed = {"state": State.CLOSED, "history": [{"reason": "王示例来电", "seq": 3}], "none": None}
    assert ORDINARY.all_of(listed) == {
        "state": State.CLOSED,
        "history": [{"reason": "王**来电", "seq": 3}],
        "none": None,
    }


@pytest.mark.parametrize(("name", "number"), [("", ""), ("王", "110"), ("lu", "12345")])
def test_what_is_too_short_to_name_anybody_hides_nothing(name: str, number: str) -> None:
    redactor = of(name, number)
    assert redactor.text("王 lucheng 110 12345") == "王 lucheng 110 12345"
    assert CLEAR.text("王示例") == "王示例"


@pytest.mark.parametrize(("name", "shown"), [("王小明", "王**"), ("王", "王**"), ("", "")])
def test_a_masked_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown
