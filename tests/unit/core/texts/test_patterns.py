"""Patterns of the city's files: what they find, and what they may not be."""

import pytest

from core.texts.patterns import parse_pattern


def test_a_pattern_finds_the_first_place_in_signs_not_in_bytes() -> None:
    assert parse_pattern("灯|坏").search("路灯坏了") == (1, 2)


def test_what_stands_in_except_does_not_count_and_moves_nothing() -> None:
    pattern = parse_pattern({"find": "会", "except": "会[议员将]"})
    assert pattern.search("开会议，会来") == (4, 5)
    assert pattern.search("开会议") is None


def test_of_several_patterns_the_earliest_hit_is_taken() -> None:
    assert parse_pattern(["不会", {"find": "会", "except": "会议"}]).search("会议上说会来") == (4, 5)


def test_digits_and_blanks_of_any_script_are_found_as_before() -> None:
    assert parse_pattern(r"\d+号").search("住３号") == (1, 3)
    assert parse_pattern(r"[\d一二]\s号").search("一\u3000号") == (0, 3)
    assert parse_pattern(r"[\u4e00-\u9fff]{2}").search("ab路灯") == (2, 4)


def test_what_is_found_is_taken_out_and_whole_texts_are_told_apart() -> None:
    assert parse_pattern("已|处理").without("已经处理了") == "经了"
    assert parse_pattern("1[3-9][0-9]{9}").is_whole("13900000001")
    assert not parse_pattern("1[3-9][0-9]{9}").is_whole("139000000012")


@pytest.mark.parametrize("written", ["管(?!道)", "(?<!早)已", "了(?=，)", "(?<=a)b"])
def test_looking_around_is_refused_with_what_to_write_instead(written: str) -> None:
    with pytest.raises(ValueError, match="except"):
        parse_pattern(written)


@pytest.mark.parametrize("written", ["(", r"(a)\1", "", "  ", [], {"find": "a"}, {"find": "a", "but": "b"}, 3])
def test_what_is_no_pattern_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_pattern(written)
