"""What Asterisk states about a call, as our own frozen facts.

The source is CEL (channel event logging), in the file that Asterisk itself writes, whether or not we are there.
Anything that is not of a call's life (queue and device states, AsyncAGI) is not here.
"""

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from core.channel_ids import call_of
from core.errors import HotlineError
from core.numbers.withheld import says_withheld
from telephony.calls.cel_records import Shape, values_of
from telephony.pbx.cel import CEL_COLUMNS


class FactKind(StrEnum):
    """CEL's event names, as Asterisk spells them; beside them three of ours."""

    CHAN_START = "CHAN_START"
    ANSWER = "ANSWER"
    APP_START = "APP_START"
    APP_END = "APP_END"
    BRIDGE_ENTER = "BRIDGE_ENTER"
    BRIDGE_EXIT = "BRIDGE_EXIT"
    HANGUP = "HANGUP"
    CHAN_END = "CHAN_END"
    LINKEDID_END = "LINKEDID_END"
    BLINDTRANSFER = "BLINDTRANSFER"
    ATTENDEDTRANSFER = "ATTENDEDTRANSFER"
    PICKUP = "PICKUP"
    FORWARD = "FORWARD"
    LOCAL_OPTIMIZE = "LOCAL_OPTIMIZE"
    LOCAL_OPTIMIZE_BEGIN = "LOCAL_OPTIMIZE_BEGIN"
    PARK_START = "PARK_START"
    PARK_END = "PARK_END"
    USER_DEFINED = "USER_DEFINED"
    VANISHED = "VANISHED"
    """Ours: the PBX, asked for its live channels, no longer knew the call, and never said that it ended."""
    HOLD = "HOLD"
    """Ours, from the manager (telephony.control.hold_tracker): this leg's telephone plays music to the others."""
    UNHOLD = "UNHOLD"


class UnreadableFact(HotlineError):
    """A CEL record lacks what every record has."""

    slug = "unreadable_fact"


class Fact(NamedTuple):
    """One statement about one channel."""

    kind: FactKind
    at: dt.datetime
    """Asterisk's time stamp, aware UTC, microseconds."""
    linkedid: str
    uniqueid: str
    channel: str = ""
    caller_number: str = ""
    """As the network gave it; empty: withheld or none."""
    caller_name: str = ""
    context: str = ""
    exten: str = ""
    application: str = ""
    app_data: str = ""
    peer: str = ""
    user_kind: str = ""
    """Of USER_DEFINED: the dialplan's own word, e.g. CALLBACK_ASKED."""
    extra: Mapping[str, Any] = MappingProxyType({})

    @property
    def digest(self) -> str:
        """Distinguishes what one channel states twice in one microsecond."""
        said = [self.application, self.app_data, self.user_kind, json.dumps(dict(self.extra), sort_keys=True)]
        return hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def fields(self) -> dict[str, Any]:
        """All but kind, time and ids, to be stored as one JSON value; `fact_from_fields` is its inverse."""
        said = {name: getattr(self, name) for name in _TEXT_FIELDS if getattr(self, name)}
        return {**said, "extra": dict(self.extra)} if self.extra else said


_TEXT_COLUMNS = {
    "channel": "channel",
    "caller_number": "caller_number",
    "caller_name": "caller_name",
    "context": "context",
    "exten": "extension",
    "application": "application",
    "app_data": "application_data",
    "peer": "peer",
    "user_kind": "user_event",
}
"""By our field's name, in its order, the column's name in telephony.pbx.cel."""
_TEXT_FIELDS = tuple(_TEXT_COLUMNS)

_POSITIONS = {column.name: position for position, column in enumerate(CEL_COLUMNS)}
_CERTAIN = itemgetter(*(_POSITIONS[name] for name in ("event", "event_time", "linkedid", "uniqueid", "extra")))
_TEXTS = itemgetter(*(_POSITIONS[name] for name in _TEXT_COLUMNS.values()))


CEL_SHAPE = Shape(len(CEL_COLUMNS), rb'"[A-Z_]{3,40}","\d{1,15}(?:\.\d{0,9})?",')
"""Where the CEL file's records begin and end. Only Asterisk says an event's name and time between single quotes, and
then all the other columns."""


def fact_from_line(line: bytes) -> Fact:
    """A record of the CEL file; a caller's values may hold line breaks. Raises UnreadableFact."""
    try:
        return fact_from_row(values_of(line))
    except (csv.Error, StopIteration) as error:
        raise UnreadableFact(f"a CEL record is not CSV: {error}") from error


def fact_from_row(row: list[str]) -> Fact:
    """A record of the CEL file, already parsed as CSV. Raises UnreadableFact."""
    if len(row) != len(CEL_COLUMNS):
        raise UnreadableFact(f"a CEL record has {len(row)} columns instead of {len(CEL_COLUMNS)}")
    # One look at the whole line spares nearly every line a look at each value.
    line = "".join(row)
    if "\x00" in line or not line.isascii():
        row = [_storable(value) for value in row]
    name, at, linkedid, uniqueid, extra = _CERTAIN(row)
    if not linkedid or not uniqueid:
        raise UnreadableFact(f"a CEL record {name!r} at {at!r} names no channel")
    linkedid = call_of(linkedid)
    kind = _KINDS.get(name)
    if kind is None:
        raise UnreadableFact(f"a CEL record of the unknown kind {name!r} at {at!r}")
    channel, number, caller, context, exten, application, app_data, peer, user_kind = _TEXTS(row)
    return Fact(
        kind,
        _instant(at),
        linkedid,
        uniqueid,
        channel,
        "" if says_withheld(number) else number,
        "" if says_withheld(caller) else caller,
        context,
        exten,
        application,
        app_data,
        peer,
        user_kind,
        _extra(extra) if extra else _NOTHING,
    )


def fact_from_fields(kind: str, at: dt.datetime, linkedid: str, uniqueid: str, fields: Mapping[str, Any]) -> Fact:
    return Fact(FactKind(kind), at, linkedid, uniqueid, **fields)


_KINDS: Mapping[str, FactKind] = dict(FactKind.__members__)
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_JSON = json.JSONDecoder(parse_constant=str)
"""PostgreSQL's JSON knows neither NaN nor Infinity."""


def _storable(text: str) -> str:
    """PostgreSQL's text takes neither NUL nor lone surrogates; what a network sends may hold both."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _instant(text: str) -> dt.datetime:
    """`seconds.microseconds` since the epoch, as cel.conf's dateformat is rendered."""
    seconds, _, fraction = text.partition(".")
    try:
        return _EPOCH + dt.timedelta(0, int(seconds), int(fraction.ljust(6, "0")[:6]))
    except (ValueError, OverflowError) as error:
        raise UnreadableFact(f"a CEL record's time {text!r} is not seconds.microseconds") from error


def _extra(text: str) -> Mapping[str, Any]:
    try:
        value = _JSON.decode(text)
    except (ValueError, RecursionError):
        return {"text": text}
    if "\\u" in text:
        value = _storable_json(value)
    return value if isinstance(value, dict) else {"value": value}


def _storable_json(value: Any) -> Any:
    """JSON's escapes may spell what `_storable` has taken out of the text."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, list):
        return [_storable_json(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable_json(one) for name, one in value.items()}
    return value
