"""A reason for looking at a citizen must say something."""

import pytest

from core.errors import BadInput
from core.texts.reasons import real_reason


@pytest.mark.parametrize(
    "typed",
    [
        "", "aa", "核实", "asdfghjkl", "1234567890", "啊啊啊啊啊啊", "核实核实核实核实", "。。。。。。", "工作需要"[:3],
        "\u200b核\u200b实\u200b", "ＡＡＡＡＡＡ", "   ", "\0\0\0\0", "核实" + "很长" * 200,
    ],
)  # fmt: skip
def test_a_reason_that_says_nothing_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        real_reason(typed)
    assert "reason" in refused.value.fields


@pytest.mark.parametrize(
    "typed", ["上门前联系", "回拨核实", "更正号码", "  联系来电人\n核实情况 ", "核实12345转来的工单"]
)
def test_a_reason_that_says_something_is_kept_tidy(typed: str) -> None:
    assert real_reason(typed) == " ".join(typed.split())
