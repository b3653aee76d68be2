"""Adds digests to a browser's SIP requests: its telephone's password never leaves the server. Pure.

The browser answers the exchange's challenge with a digest over a made-up password; the one true field of it,
`response`, is computed again here (RFC 2617, MD5, as Asterisk asks and JsSIP answers). What a browser may use is thus
its signed-in session and nothing that could be carried away from it.
"""

import hashlib
import re
from urllib.request import parse_http_list, parse_keqv_list

_CREDENTIALS = re.compile(r"^((?:Proxy-)?Authorization:[ \t]*Digest[ \t]+)(.*)$", re.IGNORECASE | re.MULTILINE)
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_RESPONSE = re.compile(r'(?<![a-z])response="[0-9a-f]*"', re.IGNORECASE)


class ForeignAccount(Exception):
    """The message bears the name of an account that is not the session's, or cannot be read."""


def sign(message: str, account: str, password: str) -> str:
    """The SIP message with its digest made with `password`; unchanged where it bears none. Raises ForeignAccount."""
    head, gap, body = message.partition("\r\n\r\n")
    method = head.split(" ", 1)[0]
    return _CREDENTIALS.sub(lambda found: found[1] + _signed(found[2], method, account, password), head) + gap + body


def _signed(credentials: str, method: str, account: str, password: str) -> str:
    line_end = "\r" if credentials.endswith("\r") else ""
    try:
        said = parse_keqv_list(parse_http_list(credentials.strip()))
    except (ValueError, IndexError) as error:
        raise ForeignAccount("unreadable credentials") from error
    if said.get("username") != account or said.get("algorithm", "MD5").upper() != "MD5":
        raise ForeignAccount(f"credentials of {said.get('username')!r}")
    one = _md5(f"{account}:{said.get('realm', '')}:{password}")
    two = _md5(f"{method}:{said.get('uri', '')}")
    if not all(name.isalpha() and name.isascii() for name in said):
        raise ForeignAccount("unreadable credentials")
    if "qop" in said and not (_COUNT.fullmatch(said.get("nc", "")) and said.get("cnonce") and said["qop"] == "auth"):
        raise ForeignAccount("credentials with qop, but not with nc and cnonce")
    middle = [said[name] for name in ("nc", "cnonce", "qop")] if "qop" in said else []
    response = _md5(":".join([one, said.get("nonce", ""), *middle, two]))
    return _RESPONSE.sub(f'response="{response}"', credentials.strip()) + line_end


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
