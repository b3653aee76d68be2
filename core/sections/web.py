"""The screens, sign-in, links, Web Push and metrics."""

from pydantic import Field, field_validator

from core.push_contact import wrong_contact
from core.sections.base import Port, Section

_SHORTEST_KEY = 24
"""Whoever has one link can try keys at home."""


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: Port = 8780
    public_url: str = ""
    """How browsers reach us, where a proxy stands before us; empty: the host they named."""
    session_hours: int = Field(default=12, ge=1, le=168)
    """A sign-in that nobody uses ends after so long."""
    session_longest_hours: int = Field(default=168, ge=1, le=24 * 92)
    """A sign-in ends after so long, however much it is used."""
    identity_minutes: int = Field(default=15, ge=1, le=240)
    """How long a citizen stays shown to a person who gave a reason for needing the name and number."""
    wallboard_token: str = ""
    """With this token, `/wallboard?token=…` shows the big screen without signing in; empty: not possible."""
    map_file: str = ""
    """The file that maps are drawn from (PMTiles); empty: `map.pmtiles` in the city's folder, where there is one."""
    push_contact: str = ""
    """`mailto:…` or `https://…`: whom a push service may ask about our Web Push; empty: `public_url`."""
    push_services: tuple[str, ...] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "*.notify.windows.com",
        "web.push.apple.com",
    )
    """Hosts of the browsers' push services, and no others, may a browser's subscription point to; `*.HOST`: all below
    it; a whole origin such as `http://10.0.0.5:8080`: one's own, which may lie inside."""
    metrics_token: str = ""
    """With this bearer token, /metrics may be read from other machines; empty: only from this machine."""
    link_key: str = ""
    """The key that signs the links in notifications; the same on all machines of an installation, at least 24
    characters. Empty: one is generated under `var`.
    """

    @field_validator("push_contact")
    @classmethod
    def _is_a_public_contact(cls, contact: str) -> str:
        if contact and (why := wrong_contact(contact)):
            raise ValueError(why)
        return contact

    @field_validator("link_key")
    @classmethod
    def _long_enough(cls, key: str) -> str:
        if key and len(key) < _SHORTEST_KEY:
            raise ValueError(f"at least {_SHORTEST_KEY} signs (openssl rand -base64 32 makes one)")
        return key
