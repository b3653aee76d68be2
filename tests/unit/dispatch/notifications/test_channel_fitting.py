"""What is too long for a channel is shortened in that channel's unit; its link stays whole."""

import json
import random

import pytest

from dispatch.channels.port import Letter
from dispatch.channels.robots import _words
from dispatch.notifications.fitting import HINT, fitted, utf8_bytes, utf16_units

LINK = "https://line.example.cn/office-link/12-" + "Ab_-9" * 30


def test_what_fits_is_left_alone() -> None:
    assert fitted("路灯不亮", 12, utf8_bytes) == "路灯不亮"


@pytest.mark.parametrize(
    "text",
    [f"催办：{'理由很长。' * 200} 办理：{LINK}", f"{LINK} {'理由很长。' * 200}", f"{'长' * 500}{LINK}，{'长' * 500}"],
)
@pytest.mark.parametrize(("most", "size"), [(2048, utf8_bytes), (500, utf16_units)])
def test_what_does_not_says_so_and_keeps_its_link_whole(text: str, most: int, size: type) -> None:
    result = fitted(text, most, size)
    assert size(result) <= most
    assert HINT in result
    assert result.count(LINK) == 1
    assert result.count("https://") == 1
    assert size(result) > most * 0.6


def test_a_text_without_a_link_is_filled_up_to_its_limit() -> None:
    text = fitted("路" * 1000, 500, utf16_units)
    assert text.endswith(HINT)
    assert utf16_units(text) == 500


def test_characters_are_never_cut() -> None:
    family, flagged = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301"
    for most in range(60, 120):
        text = fitted(family * 30, most, utf8_bytes, hint="…").removesuffix("…")
        assert text == family * (len(text) // len(family))
        text = fitted(flagged * 60, most, utf8_bytes, hint="…").removesuffix("…")
        assert text == flagged * (len(text) // 2)


def test_it_fits_whatever_was_written_and_whatever_the_limit() -> None:
    chance = random.Random(3)
    for _ in range(500):
        text = "".join(
            chance.choice(["路", "a", "\U0001f600", "\u0301", "\u200d", f" {LINK} ", "\n"]) for _ in range(80)
        )
        most = chance.randint(0, 900)
        assert utf8_bytes(fitted(text, most, utf8_bytes)) <= most


@pytest.mark.parametrize(
    "pasted", ["https://example.cn/" + "x" * 3000, " ".join(f"https://example.cn/{n}" for n in range(300)), "字" * 900]
)
@pytest.mark.parametrize("most", [70, 140, 500, 2048])
def test_our_own_link_at_the_end_stays_whole_whatever_was_pasted_before_it(pasted: str, most: int) -> None:
    link = "https://line.example/l/AbCdEf0123456789-_x"
    text = fitted(f"【催办】{pasted}\n{link}", most, utf16_units)
    assert text.endswith(link)
    assert utf16_units(text) <= most


def test_control_signs_are_counted_as_json_writes_them() -> None:
    assert len(json.dumps(_words(Letter("1", "2", "催办", "\x07" * 900), 2048), ensure_ascii=False).encode()) <= 2050
