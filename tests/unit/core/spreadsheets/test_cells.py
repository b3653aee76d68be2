"""Cells as the text that people read in them."""

import datetime as dt

import pytest

from core.spreadsheets.cells import cell_text, tidy


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "是"),
        (13900000001, "13900000001"),
        (13900000001.0, "13900000001"),
        (44931.5, "44931.5"),
        (0.1, "0.1"),
        (20230105000123456.0, "2.02301050001235E+16"),
        (float("nan"), ""),
        (dt.datetime(2023, 1, 5, tzinfo=dt.UTC), "2023-01-05"),
        (dt.datetime(2023, 1, 5, 8, 0, 59, 999, dt.UTC), "2023-01-05 08:00:59"),
        (dt.date(2023, 1, 5), "2023-01-05"),
        (dt.time(8, 30), "08:30:00"),
        (" 路灯\r\n不亮\x00 ", "路灯\n不亮"),
    ],
)
def test_a_value_becomes_the_text_that_stands_in_its_cell(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_what_cannot_be_stored_or_is_not_seen_is_left_out() -> None:
    assert tidy("\ufeff张\u200b三\ud800\x1f") == "张三"
    assert tidy("\u3000") == ""
