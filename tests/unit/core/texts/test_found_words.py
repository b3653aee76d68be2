"""What a row of the list says of where the words stand."""

from core.texts.found_words import FoundWords, words_in


def test_the_first_word_that_the_row_does_not_show_is_shown_with_what_is_around_it_in_its_line() -> None:
    text = "qf1\n路灯不亮\n" + "一" * 30 + "焦糊味" + "二" * 30 + "\n下一行"
    assert words_in(text, ["路灯", "焦糊味"], "路灯不亮") == FoundWords("…" + "一" * 16, "焦糊味", "二" * 16 + "…")
    assert words_in(text, ["路灯"], "路灯不亮") is None
    assert words_in(text, ["没有"], "") is None
    assert words_in(text, ["下一行"], "") == FoundWords("", "下一行", "")
