"""Lines as Chinese print breaks them."""

import random

import pytest

from web.evidence.typesetting import NEVER_FIRST, NEVER_LAST, break_lines, printable

HAN = range(0x110000)


def wide(sign: str) -> float:
    return 1.0 if ord(sign) < 0x2000 else 2.0


def lines(said: str, room: float = 20) -> list[str]:
    return break_lines(said, room, wide)


@pytest.mark.parametrize("stop", sorted(NEVER_FIRST - set("—…")))
def test_no_stop_and_no_closing_bracket_begins_a_line(stop: str) -> None:
    for before in range(1, 25):
        assert not any(line.startswith(stop) for line in lines("路" * before + stop + "灯" * 20))


@pytest.mark.parametrize("mark", sorted(NEVER_LAST))
def test_no_opening_bracket_ends_a_line(mark: str) -> None:
    for before in range(1, 25):
        assert not any(line.endswith(mark) for line in lines("路" * before + mark + "灯" * 20))


def test_a_dash_and_an_ellipsis_stay_whole() -> None:
    for before in range(12):
        for mark in ("——", "……"):
            assert any(mark in line for line in lines("路" * before + mark + "灯" * 20))


def test_nothing_is_lost_and_nothing_is_wider_than_the_column_whatever_was_written() -> None:
    chance = random.Random(11)
    signs = "路灯。，（）《》“”……—— aZ09/?&=.-:\n％"
    for _ in range(400):
        said = "".join(chance.choice(signs) for _ in range(chance.randint(0, 300)))
        broken = lines(said)
        assert "".join(broken).replace(" ", "") == said.replace("\n", "").replace(" ", "")
        assert all(sum(map(wide, line)) <= 20 for line in broken)


def test_a_word_and_a_number_are_kept_whole() -> None:
    assert lines("请拨打电话053712345678咨询") == ["请拨打电话", "053712345678咨询"]
    assert lines("the street lamp is out") == ["the street lamp is", "out"]


def test_an_address_longer_than_a_line_is_broken_after_its_signs_and_runs_on() -> None:
    address = "https://example.invalid/" + "path-to/" * 250
    broken = lines(f"见{address}。", 60)
    assert "".join(broken) == f"见{address}。"
    assert all(line[-1] in "/-" for line in broken[:-1])


def test_a_run_of_stops_longer_than_a_line_is_broken_all_the_same() -> None:
    assert lines("。" * 10_000)[0] == "。" * 10
    assert lines("（" * 25) == ["（" * 10, "（" * 10, "（" * 5]


def test_each_line_of_the_sender_is_a_line_and_an_empty_text_is_one() -> None:
    assert lines("一\n\n二") == ["一", "", "二"]
    assert lines("") == [""]


def test_what_the_font_cannot_draw_is_printed_by_its_code() -> None:
    assert printable("好\U0001f600！", {ord("好"), ord("！")}) == "好〔U+1F600〕！"
    assert printable("\U0001f468\u200d\U0001f469", set()) == "〔U+1F468 U+1F469〕"
    assert printable("a\x07b", HAN) == "a〔U+0007〕b"


def test_signs_that_turn_the_text_round_are_printed_by_name() -> None:
    assert printable("甲\u202e乙\u2067", HAN) == "甲〔U+202E〕乙〔U+2067〕"


def test_a_run_of_empty_lines_is_counted_instead_of_filling_pages() -> None:
    assert printable("一\n\n\n二", HAN) == "一\n\n\n二"
    assert printable("一" + "\n" * 801 + "末", HAN) == "一\n〔空800行〕\n末"
    assert printable("一" + "\n \t\u3000\n" * 400 + "末", HAN).count("\n") == 2


def test_every_kind_of_line_end_is_one() -> None:
    assert printable("一\r\n二\r三\u2028四\v五", HAN) == "一\n二\n三\n四\n五"
