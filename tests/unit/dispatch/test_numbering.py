"""An order's number survives being written, read out, keyed in and mistyped."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import BadInput
from dispatch.numbering import OrderNumber, number_for, parse_number

numbers = st.builds(
    OrderNumber,
    prefix=st.just("QF"),
    day=st.dates(dt.date(2020, 1, 1), dt.date(2099, 12, 31)),
    sequence=st.one_of(st.integers(1, 9999), st.integers(1, 99_999_999)),
)


def test_a_number_looks_like_this() -> None:
    at = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)
    assert str(number_for("QF", at, 42)) == "QF20261121-0042-2"
    assert number_for("QF", at, 42).keys == "2026112100422"


def test_the_day_is_the_citys_not_the_servers() -> None:
    assert number_for("QF", dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC), 1).day == dt.date(2026, 11, 21)


def test_a_busy_day_gets_longer_numbers() -> None:
    number = OrderNumber("QF", dt.date(2026, 11, 21), 60_000)
    assert str(number).startswith("QF20261121-60000-")
    assert parse_number(number.keys, "QF") == number


def test_a_day_is_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        number_for("QF", dt.datetime(2026, 11, 21, tzinfo=dt.UTC), 0)


@given(number=numbers)
def test_what_is_written_and_what_is_keyed_are_read_alike(number: OrderNumber) -> None:
    written = str(number)
    for typed in (written, number.keys, f"*{number.keys}#", written.lower(), f" {written.replace('-', '—')} "):
        assert parse_number(typed, "QF") == number


def test_full_width_letters_and_digits_are_read() -> None:
    assert parse_number("ＱＦ２０２６１１２１－００４２－２", "QF").sequence == 42


@given(number=numbers, place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_caught(number: OrderNumber, place: int, digit: str) -> None:
    keys = number.keys
    assume(place < len(keys) and keys[place] != digit)
    with pytest.raises(BadInput):
        parse_number(keys[:place] + digit + keys[place + 1 :], "QF")


@given(number=numbers, place=st.integers(0, 15))
def test_every_swap_of_neighbours_is_caught(number: OrderNumber, place: int) -> None:
    keys = number.keys
    assume(place + 1 < len(keys) and keys[place] != keys[place + 1])
    with pytest.raises(BadInput):
        parse_number(keys[:place] + keys[place + 1] + keys[place] + keys[place + 2 :], "QF")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请输入"),
        ("**", "请输入"),
        ("QF20261121-0042", "例如 QF20261121-0042-2"),
        ("20261121", "例如"),
        ("JN20261121-0042-2", "不是本市"),
        ("QF20261341-0042-2", "日期不存在"),
        ("QF20261121-0042-3", "校验码"),
        ("QF20261121-00042-2", "校验码"),
        ("QF20261121-0000-3", "校验码"),
        ("QF20261121-0042-2; DROP", "例如"),
        ("二〇二六", "例如"),
    ],
)
def test_a_wrong_number_is_refused_with_what_is_wrong(typed: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        parse_number(typed, "QF")
    assert caught.value.fields["number"] == caught.value.message
