"""A caller who puts forged records and events into the call's data, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from telephony.calls.models import CelPosition
from tests.support.exchange import Exchange, RawManager, until

FORGED_RECORD = '"BRIDGE_ENTER","1795998719.2","","","13888880001","","","","s","line","PJSIP/1001-1"'


FORGED_EVENT = "\r\n\r\nEvent: FORGED\r\nChannel: PJSIP/1001-00000001\r\n\r\n"


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


@contextmanager
def from_here(exchange: Exchange) -> Iterator[CelPosition]:
    """Where the file stands now, once all calls of before are over."""
    exchange.begin()
    file = exchange.settings.cel_file
    there = file.stat() if file.exists() else None
    yield CelPosition(pbx="", inode=there.st_ino if there else 0, offset_bytes=there.st_size if there else 0)


def until_over(exchange: Exchange, calls: int, before: int) -> None:
    def ends() -> int:
        return exchange.settings.cel_file.read_bytes().count(b'"LINKEDID_END"')

    until(lambda: ends() - before >= calls, what="the end of the calls in the file")


def events_of(manager: RawManager) -> str:
    return "\n".join(
        line for frame in list(manager.frames) for line in frame.split("\r\n") if line.startswith("Event:")
    )
