"""Numbers, order numbers, times and free text, as they are said."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flows import Pause, Recorded, Spoken, Words
from ivr.voice.pinyin import MOST_CHARACTERS, clean_text, read_number, spell_numbers, to_pinyin
from ivr.voice.saying import say_number, say_spelled, say_time


def names(said: list[Spoken]) -> str:
    return " ".join(
        part.name if isinstance(part, Recorded) else "|" if isinstance(part, Pause) else part.text for part in said
    )  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        *[(0, "零"), (2, "二"), (10, "十"), (12, "十二"), (20, "二十"), (22, "二十二"), (100, "一百")],
        *[(105, "一百零五"), (110, "一百一十"), (215, "二百一十五"), (1000, "一千"), (1005, "一千零五")],
        *[(2026, "两千零二十六"), (10_000, "一万"), (20_500, "两万零五百"), (123_456, "十二万三千四百五十六")],
    ],
)
def test_numbers_are_read_as_people_say_them(number: int, said: str) -> None:
    assert read_number(number) == said


def test_a_number_that_nobody_would_say_is_refused() -> None:
    for number in (-1, 100_000_000):
        with pytest.raises(ValueError, match="between"):
            read_number(number)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12号3栋", "十二号三栋"),
        ("2026年", "二零二六年"),
        ("3.5米", "三点五米"),
        ("13800000042", "幺三八零零零零零零四二"),
        ("0537", "零五三七"),
        ("打110", "打幺幺零"),
    ],
)
def test_numbers_in_a_text_are_written_out(text: str, said: str) -> None:
    assert spell_numbers(text) == said


def test_letters_are_named_and_punctuation_is_a_pause() -> None:
    assert to_pinyin("A座，路灯不亮！") == "ei1 zuo4 , lu4 deng1 bu4 liang4 ."


def test_a_vowel_that_espeak_writes_with_v_is_written_so() -> None:
    assert to_pinyin("绿女") == "lv4 nv3"


def test_a_text_that_looks_like_an_option_or_markup_is_only_text() -> None:
    assert to_pinyin("-w /etc/passwd").startswith("da2 bu5 liu5")
    assert clean_text("<b>灯</b>\x00\u202e$(rm)") == "b 灯 b rm"


def test_a_long_text_is_cut_at_the_end_of_a_phrase() -> None:
    cut = clean_text("路灯不亮很久了，" * 40)
    assert len(cut) <= MOST_CHARACTERS
    assert cut.endswith("了")


@given(st.text(max_size=300))
def test_any_text_becomes_plain_pinyin(text: str) -> None:
    assert set(to_pinyin(text)) <= set("abcdefghijklmnopqrstuvwxyz12345 ,.")


def test_an_order_number_is_spelled_with_breaths() -> None:
    assert names(say_spelled("QF20261121-0042-7")) == (
        "letter-q letter-f digit-2 digit-0 digit-2 digit-6 | digit-1-yao digit-1-yao digit-2 digit-1-yao "
        "| digit-0 digit-0 digit-4 digit-2 | digit-7"
    )


def test_numbers_come_from_pieces_as_far_as_there_are_pieces() -> None:
    assert names(say_number(125)) == "digit-1 number-hundred digit-2 number-ten digit-5"
    assert say_number(1200) == [Words("一千二百")]


def test_a_time_is_said_in_the_citys_zone() -> None:
    now = dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC)
    soon = now + dt.timedelta(hours=5, minutes=5)
    assert names(say_time(soon, now)) == "today number-ten digit-4 unit-oclock digit-0 digit-5 unit-minute"
    assert names(say_time(now + dt.timedelta(hours=17), now)) == "tomorrow digit-2-liang unit-oclock"
    assert names(say_time(dt.datetime(2026, 12, 3, 4, 0, tzinfo=dt.UTC), now)) == (
        "number-ten digit-2 unit-month digit-3 unit-day number-ten digit-2 unit-oclock"
    )
