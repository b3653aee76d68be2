"""The key of a page goes out and comes back whole; anything else is none."""

import datetime as dt

import pytest

from core.paging import page_key, parse_key


def test_a_key_comes_back_to_the_microsecond() -> None:
    at = dt.datetime(2026, 11, 21, 8, 30, 0, 123457, tzinfo=dt.UTC)
    assert parse_key(page_key(at, "qufu-1763712000.17")) == (at, "qufu-1763712000.17")


@pytest.mark.parametrize("key", ["", None, "x", "1", "1_", "_17", "nan_1", "1e99_1", "1_\0", "inf_2"])
def test_what_is_no_key_is_none(key: str | None) -> None:
    assert parse_key(key) is None
