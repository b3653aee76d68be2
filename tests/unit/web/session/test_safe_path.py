"""The page after the sign-in is one of ours, whatever a browser makes of the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.session.views import safe_path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/orders",
        "/orders?state=closed",
        "/orders/20261128-0001",
        "/calls/qufu-1.2/",
        "/orders?q=%E6%B0%B4&next=/a/b",
        "/@x",
    ],
)
def test_a_page_of_ours_is_led_to(path: str) -> None:
    assert safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "orders", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
        "\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example", "/\n/evil.example",
        "/\r\n/evil.example", " //evil.example", "/ /evil.example", "https:evil.example", "https:/evil.example",
        "https://evil.example", "javascript:alert(1)", "data:text/html,x", "/.//evil.example",
        "/..//evil.example", "/a/..//evil.example", "/a//evil.example", "／／evil.example", "/／evil.example",
        "⁄⁄evil.example", "/\u2215evil.example", "/\x00/evil.example", "/\x0b/evil.example",
        "/\u2028/evil.example", "/orders\r\nSet-Cookie: a=b", "/orders#//evil", "/[::1]/", "/" + "a" * 5000,
        "/a?b\\c", "/a?b c", "/a?\tb", "/..", "/./x",
    ],
)  # fmt: skip
def test_what_a_browser_might_read_as_another_site_is_not(path: str) -> None:
    assert not safe_path(path)


@given(st.text(alphabet="/\\\t\r\n .:@?#%[]a", max_size=8), st.text(alphabet="/\\\t.:@", max_size=4))
def test_no_accepted_path_has_an_empty_part_or_a_dot_before_its_query(start: str, more: str) -> None:
    path = f"/{start}evil.example{more}"
    if safe_path(path):
        parts = path.partition("?")[0].split("/")
        assert not any(part.startswith(".") for part in parts[1:])
        assert all(parts[1:-1]) or parts[1:-1] == []
        assert path.isascii()
        assert path.isprintable()
        assert "\\" not in path


def test_a_path_that_nearly_fits_is_judged_at_once() -> None:
    assert not safe_path("/" + "a/" * 900 + "\x00")
    assert not safe_path("/" + "a" * 1900 + "\\")
