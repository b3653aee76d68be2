"""One line and many lines: what nobody sees is not kept."""

import pytest

from core.texts.lines import many_lines, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("路灯\n不亮", "路灯 不亮"),
        ("路灯\r\n不亮\u2028了\x85吧", "路灯 不亮 了 吧"),
        ("  路灯\t不亮\n", "路灯 不亮"),
        ("张\u200b三\ufeff", "张三"),
        ("\u202e3117-138\u202c", "3117-138"),
        ("\u2066李\u2069\x1b[31m\x07", "李[31m"),
        ("王\u3164\u2800", "王"),
        ("路灯　不亮", "路灯　不亮"),
        ("𠮷野 é 😀️", "𠮷野 é 😀️"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_a_line_has_no_breaks_and_nothing_invisible(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
    assert one_line(kept) == kept


def test_a_description_keeps_its_lines_and_loses_what_is_invisible() -> None:
    assert many_lines("一\r\n二\r三\u2029\t四\x00\x1b\u202e五\u200b") == "一\n二\n三\n\t四\x00五"
