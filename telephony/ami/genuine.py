"""Whether a manager's event is Asterisk's own. Pure.

Asterisk (22.10.1) writes the numbers of callers and called as the network gave them, line breaks and all; a caller
could end an event and begin another, or slip a line into one. manager.conf keeps back every event that has an empty
line within, so no event of the caller's making comes. What the answer to a question of ours lists does not go through
that filter: so an event that is no answer must also begin as Asterisk begins one, which is longer than any number may
be. And a line can be slipped in behind a number only, where one certain line follows.
"""

import re

_NUMBER = re.compile(r"(\w*)(CallerIDNum|ConnectedLineNum|Exten)", re.ASCII)
_AFTER = {"CallerIDNum": "CallerIDName", "ConnectedLineNum": "ConnectedLineName", "Exten": "Priority"}
"""In each picture of a channel that Asterisk gives, whatever stands before the names (Dest, Transferee …)."""
_LOCAL_BRIDGE = {"Exten": "LocalOptimization"}
"""Here it is no channel's, but what was asked of the pair of them (`Local/spend@may-ask`)."""
_REPEATED = re.compile(r"\w*ChanVariable|Variable|Output", re.ASCII)
"""What Asterisk itself says several times in one event."""
_TRUSTED = frozenset({"CEL", "OriginateResponse"})
"""In another order: the first is a bell and not read; of the second all is ours."""
_BEGINS = re.compile(r"Event: \w+\r\nPrivilege: [a-z,]+\r\nTimestamp: \d+\.\d{6}\r\nSystemName: ", re.ASCII)
_GREETING = re.compile(
    r"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: \d+\r\nLastReload: \d+\r\nStatus: Fully Booted(?:\r\n)*",
    re.ASCII,
)
"""Said to each who logs in, without time and name; it carries nothing of a caller's, and nothing follows from it."""


def begins_as_asterisk_does(text: str) -> bool:
    """Of an event that nobody asked for. Wants timestampevents (manager.conf) and a systemname (asterisk.conf)."""
    return _BEGINS.match(text) is not None or _GREETING.fullmatch(text) is not None


def line_slipped_in(name: str, text: str) -> str:
    """The key of a line that is not Asterisk's, or is missing; empty: all are its own."""
    if name in _TRUSTED:
        return ""
    seen: set[str] = set()
    awaited, others = "", _LOCAL_BRIDGE if name == "LocalBridge" else {}
    for line in text.split("\r\n"):
        key = line.partition(":")[0]
        if (awaited and key != awaited) or (key in seen and not _REPEATED.fullmatch(key)):
            return key or "an empty line"
        seen.add(key)
        number = _NUMBER.fullmatch(key)
        awaited = others.get(key) or number[1] + _AFTER[number[2]] if number else ""
    return awaited
