"""Whose address counts: the one that our own proxy saw, however it writes it down."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from multidict import CIMultiDict

from web.http.context import APP_CONTEXT
from web.http.requests.addresses import address_of, network_of, parse_address


def asked(*forwarded: str, remote: str = "127.0.0.1", public_url: str = "https://line.example") -> web.Request:
    app_context = SimpleNamespace(settings=SimpleNamespace(web=SimpleNamespace(public_url=public_url)))
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    return cast(Any, SimpleNamespace(config_dict={APP_CONTEXT: app_context}, headers=headers, remote=remote))


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        (("203.0.113.9",), "203.0.113.9"),
        (("1.2.3.4, 203.0.113.9",), "203.0.113.9"),
        (("1.2.3.4", "203.0.113.9"), "203.0.113.9"),
        (("1.2.3.4, 5.6.7.8", "9.9.9.9,203.0.113.9"), "203.0.113.9"),
        (("203.0.113.9:51234",), "203.0.113.9"),
        (("[2001:db8::5]:443",), "2001:db8::5"),
        (("::ffff:203.0.113.9",), "203.0.113.9"),
        (("unknown",), "127.0.0.1"),
        (("1.2.3.4", ""), "127.0.0.1"),
        ((), "127.0.0.1"),
    ],
)
def test_the_last_word_of_the_last_header_line_is_the_proxys(forwarded: tuple[str, ...], seen: str) -> None:
    assert address_of(asked(*forwarded)) == seen


def test_without_a_proxy_the_header_is_only_text() -> None:
    assert address_of(asked("203.0.113.9", remote="10.0.0.5", public_url="")) == "10.0.0.5"


def test_addresses_of_one_customer_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("") == ""


@pytest.mark.parametrize("text", ["", "::::", "a" * 5000, "1.2.3", "999.1.1.1", "127.0.0.1\r\nX: y"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None
