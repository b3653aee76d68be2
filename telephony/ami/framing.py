"""What Asterisk's manager interface (AMI) says: bytes to messages. `telephony.ami.action` is the other direction.

Pure: no socket, no clock. Bytes are framed first and decoded afterwards, so a Chinese name cut by a packet is
whole again before anybody reads it. Only CRLF ends a line: U+2028, U+0085 and their kin stay inside a value
(`str.splitlines` would let a caller named `王<U+2028>CallerIDNum: 110` forge a number).

Decided here: undecodable bytes and NUL become U+FFFD. Keeping them (surrogateescape) would make facts that
neither PostgreSQL nor JSON can hold, and one odd caller name would then cost the whole call.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asterisk.ami.event import Event
from asterisk.ami.response import Response

from core.errors import Unavailable

END_OF_LINE = b"\r\n"
END_OF_MESSAGE = b"\r\n\r\n"
GREETING = b"Asterisk Call Manager/"

MAX_GREETING_BYTES = 256
MAX_MESSAGE_BYTES = 1 << 20
"""Far above the longest answer we ask for; a peer that never ends a message cannot eat the memory."""

_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class NotAManager(Unavailable):
    """What answers there is no Asterisk manager."""

    slug = "not_a_manager"


class _Parsed(NamedTuple):
    keys: dict[str, str]
    repeated: Mapping[str, tuple[str, ...]]
    follows: Sequence[str]


class _Fields:
    """What our Event and our Response share. The lines are cut when somebody first asks for one.

    In a burst most events are of no interest after a look at their name; those cost a quarter of the others.
    """

    _text: str
    """The whole message, from its first line on; empty when the message was made of keys."""
    _parsed: _Parsed | None

    @property
    def text(self) -> str:
        """The message as it came, from its first line on; empty when it was made of keys."""
        return self._text

    def _parse(self) -> _Parsed:
        if self._parsed is None:
            self._parsed = _parse(self._text)
        return self._parsed

    @property
    def keys(self) -> dict[str, str]:
        """The first value of each key; the first line (`Event: …`) is not among them."""
        return (self._parsed or self._parse()).keys

    @property
    def follows(self) -> Sequence[str]:
        """Lines without a key, in order; normally none."""
        return self._parse().follows

    def get(self, key: str, default: str = "") -> str:
        """The first value of `key`: later ones may be a caller's or a dialplan's own (UserEvent)."""
        return self.keys.get(key, default)

    def all(self, key: str) -> tuple[str, ...]:
        """Every value of `key` in the order sent; empty when there is none."""
        return self._parse().repeated.get(key) or ((self.keys[key],) if key in self.keys else ())

    def variables(self, key: str = "ChanVariable") -> dict[str, str]:
        """The `name=value` pairs under `key`: ChanVariable, DestChanVariable, Variable …"""
        return {name: value for name, _, value in (pair.partition("=") for pair in self.all(key))}


class ManagerEvent(_Fields, Event):  # type: ignore[misc]
    """asterisk-ami's Event with every key kept. `name` is the event's name, `keys` all its other lines."""

    name: str

    def __init__(self, name: str, keys: dict[str, str] | None = None, text: str = "") -> None:
        self.name = name
        self._text = text
        self._parsed = None if keys is None else _Parsed(dict(keys), {}, ())

    @property
    def at(self) -> dt.datetime | None:
        """When Asterisk said it (manager.conf: timestampevents)."""
        try:
            return dt.datetime.fromtimestamp(float(self.get("Timestamp")), dt.UTC)
        except ValueError:
            return None


class ManagerResponse(_Fields, Response):  # type: ignore[misc]
    """asterisk-ami's Response with every key kept. `status` is Success, Error, Goodbye …"""

    status: str

    def __init__(self, status: str, keys: dict[str, str] | None = None, text: str = "") -> None:
        self.status = status
        self._text = text
        self._parsed = None if keys is None else _Parsed(dict(keys), {}, ())


class Framer:
    """Cuts a connection's bytes into messages, whatever the packets were. The first line is the greeting."""

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.greeting: bytes | None = None
        """Asterisk's first line, without its CRLF; None until it has come whole."""
        self.discarded = 0
        """Messages longer than the bound, thrown away."""
        self._max_bytes = max_message_bytes
        self._rest = bytearray()
        self._discarding = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages completed by `data`, without their empty line. Raises NotAManager at a wrong greeting."""
        searched_bytes = max(0, len(self._rest) - len(END_OF_MESSAGE) + 1)
        self._rest += data
        if self.greeting is None:
            if not self._take_greeting():
                return []
            searched_bytes = 0
        if self._rest.find(END_OF_MESSAGE, searched_bytes) < 0:
            self._bound_rest()
            return []
        *frames, rest = bytes(self._rest).split(END_OF_MESSAGE)
        self._rest = bytearray(rest)
        if self._discarding:
            self._discarding = False
            del frames[0]
        whole = []
        for frame in frames:
            if len(frame) > self._max_bytes:
                self.discarded += 1
            elif message := self._without_extra_crlf(frame) if frame.startswith(END_OF_LINE) else frame:
                whole.append(message)
        self._bound_rest()
        return whole

    @staticmethod
    def _without_extra_crlf(frame: bytes) -> bytes:
        """What Asterisk 22 sends after some TestEvents; empty when nothing else is in `frame`."""
        while frame.startswith(END_OF_LINE):
            frame = frame[len(END_OF_LINE) :]
        return frame

    def _bound_rest(self) -> None:
        overlap_bytes = len(END_OF_MESSAGE) - 1
        if not self._discarding and len(self._rest) > self._max_bytes + overlap_bytes:
            self._discarding = True
            self.discarded += 1
        if self._discarding:
            del self._rest[:-overlap_bytes]

    def _take_greeting(self) -> bool:
        end = self._rest.find(END_OF_LINE)
        line = bytes(self._rest if end < 0 else self._rest[:end])
        if not line.startswith(GREETING[: len(line)]) or (end >= 0 and len(line) < len(GREETING)):
            raise NotAManager(f"what answers there is no Asterisk manager: it greets with {line[:60]!r}")
        if len(line) > MAX_GREETING_BYTES:
            raise NotAManager("what answers there is no Asterisk manager: its greeting never ends")
        if end < 0:
            return False
        self.greeting = line
        del self._rest[: end + len(END_OF_LINE)]
        return True


def decode(frame: bytes) -> ManagerEvent | ManagerResponse | None:
    """The message in `frame`; None when it is neither an event nor a response. Never raises."""
    text = frame.decode("utf-8", "replace")
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    end = text.find("\r\n")
    first = text if end < 0 else text[:end]
    if first.startswith("Event: "):
        return ManagerEvent(first[7:], text=text)
    if first.startswith("Response: "):
        return ManagerResponse(first[10:], text=text)
    return None


def _parse(text: str) -> _Parsed:
    lines = text.split("\r\n")
    del lines[0]
    try:
        keys = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        return _parse_odd(lines)
    return _Parsed(keys, {}, ()) if len(keys) == len(lines) else _parse_odd(lines)


def _parse_odd(lines: list[str]) -> _Parsed:
    """The slow way, for messages with repeated keys, `Key:` without its space, or lines without a key."""
    values: dict[str, list[str]] = {}
    follows = []
    for line in lines:
        key, separator, value = line.partition(": ")
        if not separator:
            key, separator, value = line.partition(":")
            if not separator or not _KEY.fullmatch(key):
                follows.append(line)
                continue
        values.setdefault(key, []).append(value)
    return _Parsed(
        keys={key: all_values[0] for key, all_values in values.items()},
        repeated={key: tuple(all_values) for key, all_values in values.items() if len(all_values) > 1},
        follows=follows,
    )
