"""The columns of Asterisk's event file and call-detail file: one list that writes the configuration and that
readers of the files use. The AMI `Event: CEL` carries the same content under its own header names."""

from __future__ import annotations

from typing import NamedTuple


class CelColumn(NamedTuple):
    name: str
    """Our word for it."""
    expression: str
    """What cel_custom.conf writes, inside ${CSV_QUOTE(${…})}."""
    ami_header: str
    """The header of the AMI event with the same content."""


_NOT_KEPT = "CHANNEL(accountcode)"
"""Always empty here. Asterisk cuts a record at 1,023 bytes, and stands the ids behind the caller's own words: with the
numbers that nobody reads, of which Diversion's may be as long as a packet, a caller could cut off which call it is."""

CEL_COLUMNS = (
    CelColumn("event", "eventenum", "EventName"),
    CelColumn("event_time", "eventtime", "EventTime"),
    CelColumn("user_event", "userdeftype", "UserDefType"),
    CelColumn("caller_name", "CALLERID(name)", "CallerIDname"),
    CelColumn("caller_number", "CALLERID(num)", "CallerIDnum"),
    CelColumn("caller_ani", _NOT_KEPT, "AccountCode"),
    CelColumn("redirecting_number", _NOT_KEPT, "AccountCode"),
    CelColumn("dialled_number", _NOT_KEPT, "AccountCode"),
    CelColumn("extension", "CHANNEL(exten)", "Exten"),
    CelColumn("context", "CHANNEL(context)", "Context"),
    CelColumn("channel", "CHANNEL(channame)", "Channel"),
    CelColumn("application", "CHANNEL(appname)", "Application"),
    CelColumn("application_data", "CHANNEL(appdata)", "AppData"),
    CelColumn("account_code", "CHANNEL(accountcode)", "AccountCode"),
    CelColumn("ama_flags", "CHANNEL(amaflags)", "AMAFlags"),
    CelColumn("uniqueid", "CHANNEL(uniqueid)", "UniqueID"),
    CelColumn("linkedid", "CHANNEL(linkedid)", "LinkedID"),
    CelColumn("peer", "BRIDGEPEER", "Peer"),
    CelColumn("peer_account", "CHANNEL(peeraccount)", "PeerAccount"),
    CelColumn("user_field", "CHANNEL(userfield)", "Userfield"),
    CelColumn("extra", "eventextra", "Extra"),
)

CDR_COLUMNS = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "uniqueid", "linkedid", "sequence",
)  # fmt: skip


def cdr_expressions() -> tuple[str, ...]:
    """Times as seconds since 1970 with a fraction (option f), so that no zone can be mistaken."""
    return tuple(f"CDR({name},f)" if name in {"duration", "billsec"} else f"CDR({name})" for name in CDR_COLUMNS)
