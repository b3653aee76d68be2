"""What we say to Asterisk's manager interface (AMI): asterisk-ami's actions to bytes, or a refusal.

Pure. asterisk-ami writes any value as it is; a caller's name with a line break in it would then run a second
action with the rights of the hotline. Nothing is repaired silently here: what Asterisk would read otherwise than
it was meant is refused, naming the key.
"""

import re
from collections.abc import Iterator

from asterisk.ami.action import Action

from core.errors import BadInput
from telephony.ami.framing import END_OF_LINE, END_OF_MESSAGE

MAX_ACTION_LINE_BYTES = 1022
"""Asterisk reads lines into a buffer of 1,024 bytes with CRLF (main/manager.c, get_input)."""
MAX_ACTION_LINES = 128
"""AST_MAX_MANHEADERS (manager.h). Tried with 22.10.1: one line or one byte more is answered with an error."""

_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*(\([A-Za-z0-9_,:-]*\))?", re.ASCII)
_BREAKS_LINE = re.compile(r"[\r\n\0]")
_SPLITS_VARIABLE = re.compile(r"""([\\,"()\[\]])""")


class UnsafeAction(BadInput):
    """An action cannot be sent as it is."""

    slug = "unsafe_action"


def encode_action(action: Action, action_id: str) -> bytes:
    """`action` as bytes, with `action_id` as its ActionID.

    A value may be text, a number, a bool, or a list of those (the key is then repeated). Raises UnsafeAction,
    naming the key and never the value, for what Asterisk would read otherwise than it was meant: CR, LF or NUL
    (a second line or action), a line or an action longer than it reads; and for an Originate that is not Async.
    """
    if str(action.name).lower() == "originate" and not _is_async(action):
        # A session does one action at a time: pings and all else would wait until the called phone is picked up.
        raise UnsafeAction("Originate wants Async: true", fields={"Async": "missing"})
    lines = [_line(key, value) for key, value in _lines_of(action, action_id)]
    if len(lines) > MAX_ACTION_LINES:
        raise UnsafeAction(f"the action has {len(lines)} lines; Asterisk reads at most {MAX_ACTION_LINES}")
    return END_OF_LINE.join(lines) + END_OF_MESSAGE


def _lines_of(action: Action, action_id: str) -> Iterator[tuple[str, object]]:
    yield "Action", action.name
    yield "ActionID", action_id
    for key, value in action.keys.items():
        if str(key).lower() in ("action", "actionid"):
            raise UnsafeAction(f"{key} is set by the connection itself", fields={str(key): "reserved"})
        for one in value if isinstance(value, list | tuple) else (value,):
            yield key, one
    for name, value in action.variables.items():
        if not _VARIABLE.fullmatch(str(name)):
            raise UnsafeAction(f"{name!r} is no variable's name", fields={"Variable": "name"})
        # Asterisk cuts a Variable line at commas, so `王,CALLERID(num)=110` would set a second variable.
        yield "Variable", f"{name}={_escape_variable(value)}"


def _is_async(action: Action) -> bool:
    said = next((value for key, value in action.keys.items() if str(key).lower() == "async"), "false")
    return _text("Async", said).lower() in ("true", "yes", "on", "1")


def _escape_variable(value: object) -> str:
    return _SPLITS_VARIABLE.sub(r"\\\1", _text("Variable", value))


def _line(key: str, value: object) -> bytes:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise UnsafeAction(f"{key!r} is no key of an action", fields={str(key): "key"})
    text = _text(key, value)
    if _BREAKS_LINE.search(text):
        raise UnsafeAction(
            f"the value of {key} holds a line break or NUL, which Asterisk would read as the end of the line",
            fields={key: "line break or NUL"},
        )
    try:
        line = f"{key}: {text}".encode()
    except UnicodeEncodeError as error:
        raise UnsafeAction(f"the value of {key} is not valid text", fields={key: "not valid text"}) from error
    if len(line) > MAX_ACTION_LINE_BYTES:
        raise UnsafeAction(
            f"the line of {key} has {len(line)} bytes; Asterisk reads at most {MAX_ACTION_LINE_BYTES}",
            fields={key: "too long"},
        )
    return line


def _text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise UnsafeAction(f"the value of {key} is a {type(value).__name__}, not text or a number", fields={key: "type"})
