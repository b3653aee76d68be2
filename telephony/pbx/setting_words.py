"""What is wrong with a setting of the exchange, with the name that operators know it by. Pure."""

from pydantic_core import ErrorDetails

_HOUSE_NAMES = {
    "systemname": "name", "ami_port": "manager_port",
    "rtp_port_low": "rtp_first_port", "rtp_port_high": "rtp_last_port",
    "trunk_match": "trunk_host", "trunk_host": "outgoing_host", "trunk_calls_most": "trunk_calls",
    "queue_wait_seconds": "queue_seconds", "test_citizens": "test_phones",
}  # fmt: skip
"""What core.settings calls a field here, where that is another word."""
_WANTED = {
    "host": "an IP address is wanted, not a name",
    "trunk_match": "an IP address or network (192.0.2.0/29) is wanted, not a name",
    "trunk_host": "host or host:port is wanted",
    "rtp_port_high": "at least 9 above HOTLINE_PBX__RTP_FIRST_PORT, and at most 65535: a call takes four ports",
}


def said(problem: ErrorDetails) -> str:
    """`HOTLINE_PBX__HOST: an IP address is wanted, not a name`."""
    field = str(problem["loc"][0]) if problem["loc"] else "rtp_port_high"
    name = _HOUSE_NAMES.get(field, field).upper()
    return f"HOTLINE_PBX__{name}: {_WANTED.get(field, problem['msg'].removeprefix('Value error, '))}"
