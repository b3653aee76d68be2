"""Which calls a browser's telephone is in, read off the SIP that passes by (RFC 3261). Pure.

A session that ends must not cost the citizen who is being spoken with: what belongs to that call still passes, and
nothing that would begin another or send the citizen elsewhere.
"""

import re
from dataclasses import dataclass, field

_HEADER = {
    name: re.compile(rf"^(?:{name})[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
    for name in ("Call-ID|i", "CSeq")
}
_IN_DIALOG = re.compile(
    r"^(?:To|t)[ \t]*:[^\r\n\"]*>[ \t]*;[ \t]*tag=[\w.+~-]+[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_GONE = frozenset({"404", "410", "481"})
"""What the other side answers, within a call, when it knows the call no more."""
_WANTS_A_SESSION = frozenset({"REFER"})
"""Sends the citizen elsewhere."""


@dataclass
class SipCalls:
    """The calls of one connection that were answered and have not ended."""

    _answered: set[str] = field(default_factory=set)
    _rung: set[str] = field(default_factory=set)
    """By the exchange: these alone the page can answer. It may say of any other that it did, and would outlive its
    session so."""

    @property
    def in_progress(self) -> bool:
        return bool(self._answered)

    def saw(self, message: str, *, from_page: bool = False) -> None:
        """A message of either direction; a re-INVITE's answer counts too, so that a connection that was reopened in
        mid-call knows the call again.
        """
        start, call_id, method = _read(message)
        if not call_id:
            return
        if start[0] == "SIP/2.0":
            if method == "INVITE" and start[1].startswith("2") and (call_id in self._rung or not from_page):
                self._answered.add(call_id)
            elif start[1] in _GONE:
                self._answered.discard(call_id)
            if method == "INVITE" and not start[1].startswith("1"):
                self._rung.discard(call_id)
        elif start[0] == "BYE":
            self._answered.discard(call_id)
        elif start[0] == "INVITE" and not from_page:
            self._rung.add(call_id)

    def may_pass(self, message: str) -> bool:
        """Whether the browser may send this once its session has ended: answers, its registration, and what belongs
        to a call in progress."""
        start, call_id, _ = _read(message)
        if start[0] in ("SIP/2.0", "REGISTER"):
            return True
        if start[0] == "INVITE" and not _IN_DIALOG.search(message.partition("\r\n\r\n")[0]):
            return False
        return call_id in self._answered and start[0] not in _WANTS_A_SESSION


def _read(message: str) -> tuple[list[str], str, str]:
    """The first line's words (at least two), the Call-ID and the CSeq's method; empty where there is none."""
    head = message.partition("\r\n\r\n")[0]
    line, _, headers = head.partition("\r\n")
    call_id, cseq = (found[1] if (found := pattern.search(headers)) else "" for pattern in _HEADER.values())
    return [*line.split(" ", 2), "", ""], call_id, cseq.rpartition(" ")[2].upper()
