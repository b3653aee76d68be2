"""One way to write numbers, lengths and dates for people: 15秒 without a space, instants by `core.clock` or by one
formatter in the browser."""

import re

import pytest

from tests.support.shown import shown

UNIT = r"(?:秒|分钟|小时|天|条|项|次|版|人(?!员)|张|件|篇|步(?!骤)|米|公里|个|位(?!置)|字节|字符|声道|页|采样)"
NUMBER = r"(?:\{\{[^{}]*\}\}|\$?\{[^{}]*\}|\d+(?:\.\d+)?)"
SPACED = re.compile(rf"(?:[}}\d]) {UNIT}|[\u4e00-\u9fff] {NUMBER}{UNIT}")
MADE_BY_HAND = re.compile(r"%m-%d %H|toLocale(?:Time|Date)?String")
FORMATTERS = ("core/clock.py", "web/browser/instants.ts")
OPERATORS = "hotline/"
"""The command line is English."""


def test_a_number_and_what_it_counts_stand_together() -> None:
    said = [
        f"{path}:{text[: at.start()].count(chr(10)) + 1}: {at.group()}"
        for path, text in shown().items()
        for at in SPACED.finditer(text)
    ]
    assert said == []


def test_an_instant_is_written_by_one_formatter() -> None:
    said = [
        f"{path}:{text[: at.start()].count(chr(10)) + 1}"
        for path, text in shown().items()
        if path not in FORMATTERS and not path.startswith(OPERATORS)
        for at in MADE_BY_HAND.finditer(text)
    ]
    assert said == [], "core.clock has day_and_minute and exact; browsers have web/browser/instants.ts"


@pytest.mark.parametrize("text", ["最近 30 次", "{{ count }} 张", "等了 {{ n }}秒", "共${n} 项", "11 位手机号"])
def test_a_space_that_does_not_belong_there_is_found(text: str) -> None:
    assert SPACED.search(text)


@pytest.mark.parametrize("text", ["最近30次", "{{ one.at | day_time }} 周示例", "{{ name }} 位置", "500 MB", "10.0秒"])
def test_what_is_written_as_it_should_be_is_left_alone(text: str) -> None:
    assert not SPACED.search(text)
