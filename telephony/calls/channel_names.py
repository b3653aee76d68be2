"""The person behind a channel, from its name alone: the dialplan and the PBX's settings give the names."""

import re

from telephony.calls.call_state import LegRole

_CHANNEL_SUFFIX = re.compile(r"-[0-9a-f]{8}$")
_AGENT = re.compile(r"(?P<extension>[0-9]{4})(-web)?")


def endpoint_of(interface: str) -> str:
    """`PJSIP/1001` → 1001, `PJSIP/1001-web-0000002a` → 1001-web; empty when it is no PJSIP name."""
    technology, _, name = interface.partition("/")
    return _CHANNEL_SUFFIX.sub("", name) if technology == "PJSIP" else ""


def person_of(channel: str) -> str:
    """`PJSIP/1001-web-0000002a` → 1001: an agent is one, whichever of the two phones is used. Empty: a machine's."""
    endpoint = endpoint_of(channel)
    agent = _AGENT.fullmatch(endpoint)
    return agent["extension"] if agent else endpoint


def browser_endpoint(extension: str) -> str:
    """1001 → 1001-web: the agent's telephone in the browser."""
    return f"{extension}-web"


def role_of(person: str) -> LegRole:
    """Of a person in a call that they did not begin as a citizen."""
    if not person:
        return LegRole.MACHINE
    if _AGENT.fullmatch(person):
        return LegRole.AGENT
    if person.startswith(("unit-", "office-")):
        return LegRole.UNIT
    return LegRole.OUTSIDE
