"""What the exchange is handed: the form of each argument, checked before it is sent. Pure."""

import re

from core.errors import BadInput

CALL_HEADER = "PJSIP_HEADER(add,X-Linkedid)"
"""As the dialplan's [agent-leg] does: the browser learns from the very INVITE which call it shows."""

OUTGOING_BY = "OUTGOING_BY"
"""Channel variable: the extension whose calls of the day are counted (extensions.conf, may-dial)."""

NAME = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
CHANNEL = re.compile(r"[A-Za-z0-9_./@;:+-]{1,128}", re.ASCII)
ADDRESS = re.compile(r"PJSIP/[A-Za-z0-9_-]{1,64}(@trunk)?", re.ASCII)
CHANNEL_ID = re.compile(r"[A-Za-z0-9.-]{1,100}", re.ASCII)
VARIABLE = re.compile(rf"[A-Z_]{{1,40}}|GROUP\((invited|room)\)|{re.escape(CALL_HEADER)}", re.ASCII)
VALUE = CHANNEL
CALLER = re.compile(r"\+?[0-9]{1,20}", re.ASCII)


def target(channel: str, context: str, extension: str) -> dict[str, object]:
    return {
        "Channel": checked(CHANNEL, "channel", channel),
        "Context": checked(NAME, "context", context),
        "Exten": checked(NAME, "extension", extension),
    }


def checked(pattern: re.Pattern[str], name: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise BadInput(f"{value!r} is no {name}", fields={name: f"must match {pattern.pattern}"})
    return value


def positive(name: str, value: float) -> float:
    if not 0 < value <= 600:
        raise BadInput(f"{name} must be above 0 and at most 600 seconds", fields={name: "out of range"})
    return value
