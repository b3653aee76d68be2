"""Browsers that somebody has signed in with before: their owner is not made to wait for what others guess elsewhere.

A signed cookie names the browser and the accounts that have used it. It opens nothing: it only gives each of these
accounts a count of mistakes of its own at this browser (access.accounts.throttle). Signed with the key of links.
"""

import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer

from core.links import link_key
from core.settings import Settings

COOKIE = "hotline_browser"
KEPT_SECONDS = 400 * 24 * 3600
"""As long as browsers keep any cookie."""
ACCOUNTS = 20
"""Many people share a desk's browser; the last ones stay known."""
_PURPOSE = "known-browser"


@dataclass(frozen=True)
class Device:
    name: str
    accounts: tuple[int, ...] = ()
    """The most recent sign-in is last."""

    def with_account(self, account_id: int) -> "Device":
        others = tuple(one for one in self.accounts if one != account_id)
        return Device(self.name, (*others, account_id)[-ACCOUNTS:])


def new_device() -> Device:
    return Device(secrets.token_urlsafe(12))


def write_device(settings: Settings, device: Device) -> str:
    text = ".".join((device.name, *map(str, device.accounts)))
    return Signer(link_key(settings), salt=_PURPOSE, sep="~").sign(text).decode()


def read_device(settings: Settings, cookie: str) -> Device | None:
    """None: no cookie of ours."""
    try:
        name, *accounts = Signer(link_key(settings), salt=_PURPOSE, sep="~").unsign(cookie).decode().split(".")
        return Device(name, tuple(map(int, accounts)))
    except (BadSignature, ValueError):
        return None
