"""Whether a SIP message from a browser speaks for its own telephone, and is one message. Pure.

Asterisk reads what we pass on with a more forgiving eye than ours (bare line feeds end its lines, one frame may hold
several messages), so what is not plainly written is refused: JsSIP, the telephone of our page, writes plainly.
"""

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote

from web.sip.digest import ForeignAccount

_BARE_BREAK = re.compile(r"(?<!\r)\n|\r(?!\n)|\x00")
_ADDRESS = re.compile(
    r'(?:(?:"(?:[^"\\]|\\.)*+"[ \t]*+|[^"<>:]*+)<(?P<inside>[^<>"]*+)>|(?P<bare>[^<>",;?]*+))'
    r"(?P<rest>(?:[ \t]*+;[^<>\"]*+)?)"
)
_URI = re.compile(r"sips?:(?P<user>[^@:;?\s]+)@[^@\s]+", re.IGNORECASE)
_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)
_SHORT = {"f": "from", "t": "to", "l": "content-length", "m": "contact", "i": "call-id"}
_OWN_CONTACT = re.compile(
    r"<sip:[A-Za-z0-9-]{1,64}@[A-Za-z0-9-]{1,64}\.invalid;transport=wss?(;ob)?>"
    r'([ \t]*;[ \t]*[A-Za-z0-9.+-]+(=([A-Za-z0-9.+-]+|"[^"\\,]*"))?)*',
    re.ASCII,
)
"""JsSIP's, whose host is a made-up one. Asterisk rings what it says, and a second one, or `maddr`, leads elsewhere."""


def check_speaker(message: str, account: str, others: Collection[str]) -> None:
    """Raises ForeignAccount where `message` is no single plain SIP message, says that the page is to be found elsewhere
    than at its socket, or begins anything in another's name than `account`. `others`: the exchange's further names,
    which may not speak in a dialog either."""
    if not message.strip("\r\n"):
        return
    head, gap, body = message.partition("\r\n\r\n")
    if not gap or _BARE_BREAK.search(head):
        raise ForeignAccount("no plain SIP message")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if not colon or not re.fullmatch(r"[\w.!%*+`'~-]+", name, re.ASCII):
            raise ForeignAccount("a header that cannot be read")
        headers.setdefault(_SHORT.get(name, name), []).append(value.strip())
    if headers.get("content-length", ["0"]) != [str(len(body.encode("utf-8", "surrogateescape")))]:
        raise ForeignAccount("more than one message")
    if any(len(headers.get(name, [])) > 1 for name in ("call-id", "cseq")):
        raise ForeignAccount("more than one call")
    _check_contact(first, headers)
    if first.startswith("SIP/2.0 "):
        return
    senders, receivers = headers.get("from", []), headers.get("to", [])
    if len(senders) != 1 or len(receivers) != 1:
        raise ForeignAccount("not one From and one To")
    user = _user_of(senders[0])
    in_dialog = _TAG.search(_parameters_of(receivers[0])) is not None
    if user != account and (not in_dialog or user in others):
        raise ForeignAccount(f"a request from {user!r}")


def _check_contact(first: str, headers: Mapping[str, list[str]]) -> None:
    """The page is to be found where its socket is, and nowhere else: not when it registers, nor in a call."""
    contacts = headers.get("contact", [])
    if "record-route" in headers or len(contacts) > 1:
        raise ForeignAccount("a way back that is not its socket's")
    everything = first.startswith("REGISTER ") and contacts == ["*"]
    if contacts and not everything and not _OWN_CONTACT.fullmatch(contacts[0]):
        raise ForeignAccount("a contact that is not its own")


def _user_of(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    uri = _URI.fullmatch((found["inside"] or found["bare"] or "").strip()) if found else None
    if uri is None:
        raise ForeignAccount("a From that cannot be read")
    return unquote(uri["user"])


def _parameters_of(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ForeignAccount("a To that cannot be read")
    return found["rest"] or ""
