"""Times as they stand in tables of other systems."""

import datetime as dt

import pytest

from core.clock import in_city
from dispatch.former.written_times import parse_written

EIGHT = "2023-01-05 08:00:00"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-01-05 08:00:00", EIGHT),
        ("2023/1/5 8:00", EIGHT),
        ("2023.01.05 8:00", EIGHT),
        ("2023年1月5日 8:00", EIGHT),
        ("2023年1月5日8时", EIGHT),
        ("2023年1月5日 08时00分", EIGHT),
        ("2023年1月5日 上午8点", EIGHT),
        ("2023年01月05日 星期四 08:00:00", EIGHT),
        ("２０２３－０１－０５　０８：００", EIGHT),
        ("2023-01-05T08:00:00.000", EIGHT),
        ("2023-01-05T00:00:00Z", EIGHT),
        ("2023-01-05T08:00:00+08:00", EIGHT),
        ("20230105080000", EIGHT),
        ("44931.333333333336", EIGHT),
        ("1672876800", EIGHT),
        ("1672876800000", EIGHT),
        ("2023-01-05 8:00:00 AM", EIGHT),
        ("2023-01-05", "2023-01-05 00:00:00"),
        ("20230105", "2023-01-05 00:00:00"),
        ("44931", "2023-01-05 00:00:00"),
        ("2023年1月5日 下午3:30", "2023-01-05 15:30:00"),
        ("2023年1月5日 中午12:10", "2023-01-05 12:10:00"),
        ("2023年1月5日 中午1:10", "2023-01-05 13:10:00"),
        ("2023年1月5日 凌晨12:10", "2023-01-05 00:10:00"),
        ("2023-01-05 12:00 PM", "2023-01-05 12:00:00"),
        ("2023-01-05 24:00", "2023-01-06 00:00:00"),
    ],
)
def test_a_time_is_read_in_the_citys_zone(written: str, meant: str) -> None:
    at = parse_written(written)
    assert at is not None
    assert at.tzinfo is dt.UTC
    assert f"{in_city(at):%Y-%m-%d %H:%M:%S}" == meant


@pytest.mark.parametrize(
    "written",
    ["", "待定", "1/5/2023", "2023-13-05", "2023-02-30", "2023-01-05 25:00", "2023-01-05 08:61", "1723-01-05",
     "99999999", "0", "2023", "2023-01", "20231305", "5" * 5000, "2023-01-05 " * 500],
)  # fmt: skip
def test_what_is_no_time_or_could_mean_two_is_not_guessed(written: str) -> None:
    assert parse_written(written) is None
