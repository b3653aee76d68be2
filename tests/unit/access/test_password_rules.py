"""Passwords that others try first are refused; what nobody guesses is not."""

import time

import pytest

from access.accounts.password_rules import wrong_with


@pytest.mark.parametrize(
    "password",
    [
        "1234567890", "0987654321", "qwertyuiop", "asdfghjkl;", "1qaz2wsx3edc", "zaq12wsxcde3", "Password123",
        "P@ssw0rd2026", "admin12345", "administrator1", "abcdefghij", "abc1234567", "woaini1314520",
        "a1b2c3d4e5", "iloveyou123", "welcome2026!", "qufu123456", "Qufu@2026!!", "曲阜市12345热线",
        "qufuzhengfu2026", "hotline2026!", "Hotline12345", "rexian12345", "20261129abc", "13900001111",
        "li.na-2026x", "LI.NA12345", "wangmin2026", "aaaaabbbbb1", "1111222233", "short", "马上就办一线通2026",
        "housing2026", "1001100110", "qazwsxedcrfv", "1q2w3e4r5t",
    ],
)  # fmt: skip
def test_a_common_password_is_refused(password: str) -> None:
    assert wrong_with(password, "li.na", ("王敏", "wangmin", "1001", "housing"))


@pytest.mark.parametrize(
    "password",
    [
        "示例密码-2026-Qufu",
        "另一个密码-2026-xyz",
        "correct horse battery",
        "jN3k-99xw-Lp",
        "tulip Kran 77 Fenster",
        "ohcnsk3mxz8v",
    ],
)
def test_a_password_that_nobody_guesses_is_taken(password: str) -> None:
    assert wrong_with(password, "li.na", ("李娜", "1002")) is None


def test_ten_thousand_signs_take_no_time() -> None:
    began = time.perf_counter()
    wrong_with("x1" * 100, "li.na")
    assert wrong_with("a" * 10_000, "li.na") is not None
    assert time.perf_counter() - began < 2
