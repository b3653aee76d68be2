"""What Asterisk states about a call, as our own frozen facts.

The source is CEL (channel event logging), in the file that Asterisk itself writes, whether or not we are there.
Anything that is not of a call's life (queue and device states, AsyncAGI) is not here.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import HotlineError
from telephony.pbx.cel import CEL_COLUMNS


class FactKind(StrEnum):
    """CEL's event names, as Asterisk spells them; beside them one of ours."""

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


class UnreadableFact(HotlineError):
    """A CEL record lacks what every record has."""

    slug = "unreadable_fact"


@dataclass(frozen=True)
class Fact:
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
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells apart what one channel states twice in one microsecond."""
        said = [self.application, self.app_data, self.user_kind, json.dumps(self.extra, sort_keys=True)]
        return hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def fields(self) -> dict[str, Any]:
        """All but kind, time and ids, to be stored as one JSON value; `fact_from_fields` is its inverse."""
        said = {name: getattr(self, name) for name in _TEXT_FIELDS if getattr(self, name)}
        return {**said, "extra": dict(self.extra)} if self.extra else said


_COLUMNS = {
    "event": "kind",
    "event_time": "at",
    "linkedid": "linkedid",
    "uniqueid": "uniqueid",
    "extra": "extra",
    "channel": "channel",
    "caller_number": "caller_number",
    "caller_name": "caller_name",
    "context": "context",
    "extension": "exten",
    "application": "application",
    "application_data": "app_data",
    "peer": "peer",
    "user_event": "user_kind",
}
"""Our field by the column's name in telephony.pbx.cel; columns not named here are not kept."""

_TEXT_FIELDS = tuple(_COLUMNS.values())[5:]


def fact_from_row(row: list[str]) -> Fact:
    """A line of the CEL file, already parsed as CSV. Raises UnreadableFact."""
    if len(row) != len(CEL_COLUMNS):
        raise UnreadableFact(f"a CEL line has {len(row)} columns instead of {len(CEL_COLUMNS)}")
    named = zip(CEL_COLUMNS, row, strict=True)
    return _fact({_COLUMNS[column.name]: value for column, value in named if column.name in _COLUMNS})


def fact_from_fields(kind: str, at: dt.datetime, linkedid: str, uniqueid: str, fields: Mapping[str, Any]) -> Fact:
    return Fact(FactKind(kind), at, linkedid, uniqueid, **fields)


def _fact(said: dict[str, str]) -> Fact:
    kind = said.pop("kind")
    at, linkedid, uniqueid, extra = (said.pop(name) for name in ("at", "linkedid", "uniqueid", "extra"))
    if not linkedid or not uniqueid:
        raise UnreadableFact(f"a CEL record {kind!r} at {at!r} names no channel")
    if kind not in FactKind.__members__:
        raise UnreadableFact(f"a CEL record of the unknown kind {kind!r} at {at!r}")
    text = {name: _storable(value) for name, value in said.items()}
    for name in ("caller_number", "caller_name"):
        if text[name] in _WITHHELD:
            text[name] = ""
    return Fact(FactKind(kind), _instant(at), linkedid, uniqueid, extra=_extra(extra), **text)


_WITHHELD = frozenset({"<unknown>", "anonymous", "Anonymous"})


def _storable(text: str) -> str:
    """PostgreSQL's text takes neither NUL nor lone surrogates; what a network sends may hold both."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _instant(text: str) -> dt.datetime:
    """`seconds.microseconds` since the epoch, as cel.conf's dateformat is rendered."""
    try:
        seconds, _, fraction = text.partition(".")
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC) + dt.timedelta(
            microseconds=int(fraction.ljust(6, "0")[:6])
        )
    except (ValueError, OverflowError) as error:
        raise UnreadableFact(f"a CEL record's time {text!r} is not seconds.microseconds") from error


def _extra(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text}
    return value if isinstance(value, dict) else {"value": value}
