"""Whom a browser's push service may ask about our Web Push (RFC 8292, 2.1). Pure."""

from yarl import URL

_NEVER_PUBLIC = (".localhost", ".local", ".internal", ".invalid", ".test", ".example", ".lan", ".home.arpa")


def wrong_contact(contact: str) -> str:
    """Why push services will not take it, in English for operators; empty: they will. Pure."""
    scheme, _, rest = contact.partition(":")
    host = rest.rpartition("@")[2] if scheme == "mailto" else URL(contact).host if scheme == "https" else None
    if host is None or (scheme == "mailto" and "@" not in rest):
        return "it must be mailto:NAME@DOMAIN or https://HOST"
    if "." not in host or host.endswith(_NEVER_PUBLIC):
        return f"'{host}' is no public domain, and Apple refuses every push that names it (403 BadJwtToken)"
    return ""
