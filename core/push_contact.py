"""The contact whom a browser's push service may ask about our Web Push (RFC 8292, 2.1). Pure."""

import re

from yarl import URL

_NEVER_PUBLIC = frozenset(("localhost", "local", "internal", "invalid", "test", "example", "lan", "arpa", "home"))
_NAME = re.compile(r"[^\s@,;<>\"?&]+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)


def wrong_contact(contact: str) -> str:
    """Why push services will not take it, in English for operators; empty: they will. Pure."""
    scheme, _, rest = contact.partition(":")
    try:
        host = _mail_host(rest) if scheme == "mailto" else _page_host(contact) if scheme == "https" else None
    except ValueError:
        host = None
    if host is None:
        return "it must be mailto:NAME@DOMAIN or https://HOST"
    if not _is_public(host):
        return f"'{host}' is no public domain, and Apple refuses every push that names it (403 BadJwtToken)"
    return ""


def _mail_host(address: str) -> str | None:
    name, _, host = address.rpartition("@")
    return host if _NAME.fullmatch(name) and _NAME.fullmatch(host) else None


def _page_host(page: str) -> str | None:
    url = URL(page)
    return None if url.user or re.search(r"\s", page) else url.host


def _is_public(host: str) -> bool:
    """A name under a public suffix; an IP address is not a name. `host` may be in Chinese."""
    labels = host.encode("idna").decode().split(".") if not host.isascii() else host.split(".")
    named = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return named and not labels[-1].isdecimal() and labels[-1].lower() not in _NEVER_PUBLIC
