"""A browser that an account has used is known by a cookie that nobody else can write."""

from pathlib import Path

import pytest

from access.accounts.devices import ACCOUNTS, new_device, read_device, write_device
from core.sections.web import WebSettings
from core.settings import Settings

SETTINGS = Settings(web=WebSettings(link_key="a key for tests that is long enough"), var=Path("nowhere"))


def test_a_known_browser_remembers_who_used_it_last() -> None:
    device = new_device()
    for account_id in range(ACCOUNTS + 5):
        device = device.with_account(account_id)
    read = read_device(SETTINGS, write_device(SETTINGS, device.with_account(7)))
    assert read is not None
    assert read.name == device.name
    assert read.accounts[-1] == 7
    assert len(read.accounts) == ACCOUNTS


@pytest.mark.parametrize("cookie", ["", "x", "a.1~b", "~", "a.1.2~" + "A" * 5000, "名.1~签"])
def test_a_cookie_that_we_did_not_write_is_no_browser(cookie: str) -> None:
    assert read_device(SETTINGS, cookie) is None


def test_a_cookie_with_another_account_put_in_is_no_browser() -> None:
    cookie = write_device(SETTINGS, new_device().with_account(1))
    assert read_device(SETTINGS, cookie.replace(".1~", ".2~")) is None
