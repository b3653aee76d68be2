"""Notices in Asterisk's log that somebody tries passwords of telephones, or knocks at the SIP port as nobody we know.

Asterisk asks for a password as often as it is asked and slows nobody down; a firewall before it can (operations.md).
"""

import asyncio
import re
from collections import Counter, deque
from pathlib import Path

from hotline.monitoring.incident_bell import IncidentBell
from telephony.trouble_kinds import TroubleKind

_CHECK_SECONDS = 5.0
_WINDOW_LOOKS = 12
"""A minute."""
TRIES = 30
"""How many within the window: a telephone with a mistyped password asks every half minute or so."""
_MOST_BYTES = 1 << 20
"""Of one check; what an attack writes beyond is passed over."""
_REFUSED = re.compile(
    rb"failed for '([0-9A-Fa-f.:\[\]]{3,45}?):[0-9]{1,5}' \(callid: [^\n]*\) - (?:Failed to auth|No matching endpoint)"
)


class LogTail:
    """What was written to a file since the last check; another file under its name is read from its beginning."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inode, self._offset_bytes = self._inode_and_size()

    def read(self) -> bytes:
        """At most the last `_MOST_BYTES`."""
        inode, size_bytes = self._inode_and_size()
        if inode != self._inode or size_bytes < self._offset_bytes:
            self._inode, self._offset_bytes = inode, 0
        if size_bytes == self._offset_bytes:
            return b""
        begin = max(self._offset_bytes, size_bytes - _MOST_BYTES)
        self._offset_bytes = size_bytes
        with self._file.open("rb") as stream:
            stream.seek(begin)
            return stream.read(size_bytes - begin)

    def _inode_and_size(self) -> tuple[int, int]:
        try:
            there = self._file.stat()
        except FileNotFoundError:
            return 0, 0
        return there.st_ino, there.st_size


def refused_in(written: bytes) -> Counter[str]:
    """How often whom: addresses as the log has them."""
    return Counter(found.decode("ascii") for found in _REFUSED.findall(written))


async def watch_guessing(file: Path, incidents: IncidentBell) -> None:
    """For ever."""
    tail = LogTail(file)
    window: deque[Counter[str]] = deque(maxlen=_WINDOW_LOOKS)
    while True:
        await asyncio.sleep(_CHECK_SECONDS)
        try:
            window.append(refused_in(await asyncio.to_thread(tail.read)))
        except OSError:
            continue
        tries: Counter[str] = sum(window, Counter())
        if window[-1] and tries.total() >= TRIES:
            address, most = tries.most_common(1)[0]
            detail = f"一分钟内{tries.total()}次被拒绝，来自{len(tries)}个地址，最多的是 {address}（{most}次）"
            incidents.ring(TroubleKind.GUESSING_PHONES, detail)
