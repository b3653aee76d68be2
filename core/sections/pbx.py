"""The exchange, its trunk and its telephones."""

import ipaddress
import re
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from core.sections.base import Port, Section

_PASSWORD = re.compile(r"(?! )[ -~]{0,120}(?<! )")
"""What a line of Asterisk's files can hold: no control characters, no blanks at either end."""
_WIDEST = {4: 16, 6: 48}
"""Whoever is in the carrier's network is believed to be the carrier: not half the world."""
TrunkUser = Annotated[str, Field(pattern=r"^[A-Za-z0-9+@._~-]{0,80}$")]


class PbxSection(Section):
    """The Asterisk that this installation drives. Everything binds to the loopback unless configured otherwise."""

    name: str = Field(default="", pattern=r"^([a-z][a-z0-9]{0,15})?$")
    """Asterisk's systemname: the first part of every uniqueid. Empty: the city's code, without hyphens."""
    line_number: str = Field(default="", pattern=r"^([0-9]{3,15})?$")
    """The one number that citizens call; what a crew's phone shows when we call it. Empty: the city's."""
    host: str = "127.0.0.1"
    sip_port: Port = 5160
    manager_port: Port = 5138
    http_port: Port = 8188
    """Asterisk's own HTTP server: the WebSocket of the browser's softphone."""
    rtp_first_port: Port = 20000
    rtp_last_port: Port = 20999
    trunk_host: str = "127.0.0.2"
    """The carrier's addresses and networks, with commas between; calls from there are citizens' calls."""
    trunk_silent_seconds: int = Field(default=180, ge=0, le=3600)
    """After this long without sound from the citizen the call ends. Longer, or 0 (never), where the carrier
    leaves silence out (VAD) and sends no comfort noise."""
    trunk_calls: int = Field(default=0, ge=0)
    """More citizens at once get 503. 0: as many as the RTP ports carry beside the legs to those who answer."""
    outgoing_host: str = ""
    """Where calls to outside numbers and to 110/119/120 go (host or host:port); empty: nowhere."""
    trunk_user: TrunkUser = ""
    """The account that the carrier has given us (`USER` or `USER@DOMAIN`), for calls to it; empty: it asks for none."""
    trunk_password: SecretStr = SecretStr("")
    trunk_register: bool = False
    """Whether the carrier wants us to register with that account before it sends calls."""
    trunk_inbound_user: TrunkUser = ""
    """What the carrier must answer when we ask who calls, besides calling from its address; empty: nothing."""
    trunk_inbound_password: SecretStr = SecretStr("")
    phone_networks: str = ""
    """Where our own telephones are, with commas between; empty: anywhere. For the firewall (`hotline pbx firewall`)."""
    agents: int = Field(default=8, ge=1, le=500)
    """Agents' extensions 1001 … each with a SIP account and one for the browser."""
    test_phones: int = Field(default=0, ge=0, le=64)
    """Simulated citizens `citizen-1` …; for demonstrations and tests only."""
    queue_seconds: int = Field(default=120, ge=1)
    """How long a caller waits before being asked for a message."""
    after_call_work_seconds: int = Field(default=60, ge=0, le=1800)
    """How long an agent is not called after a call from the queue, unless they say that they are ready; 0: called at
    once.
    """

    @field_validator("phone_networks")
    @classmethod
    def _are_networks(cls, said: str) -> str:
        for one in split_addresses(said):
            _network(one)
        return said

    @field_validator("trunk_host")
    @classmethod
    def _are_addresses(cls, said: str) -> str:
        for one in split_addresses(said):
            network = _network(one)
            if network.prefixlen < _WIDEST[network.version]:
                raise ValueError(f"{one} is too wide: everybody there would be the carrier")
        if not split_addresses(said):
            raise ValueError("the carrier's address is missing")
        return said

    @field_validator("trunk_password", "trunk_inbound_password")
    @classmethod
    def _fits_into_a_line(cls, password: SecretStr) -> SecretStr:
        if not _PASSWORD.fullmatch(password.get_secret_value()):
            raise ValueError("at most 120 letters, digits and signs of ASCII, no blank at either end")
        return password

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for user, password in (
            ("trunk_user", "trunk_password"),
            ("trunk_inbound_user", "trunk_inbound_password"),
        ):
            if bool(getattr(self, user)) != bool(getattr(self, password).get_secret_value()):
                raise ValueError(f"{user} and {password} belong together: set both or none")
        if self.trunk_register and not (self.trunk_user and self.outgoing_host):
            raise ValueError("trunk_register wants trunk_user, trunk_password and outgoing_host")
        return self

    @property
    def extensions(self) -> tuple[str, ...]:
        """Of the agents' telephones."""
        return tuple(str(number) for number in range(1001, 1001 + self.agents))


def split_addresses(said: str) -> tuple[str, ...]:
    """Of a list with commas between."""
    return tuple(one.strip() for one in said.split(",") if one.strip())


def _network(said: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Raises ValueError in plain words."""
    try:
        return ipaddress.ip_network(said, strict=False)
    except ValueError:
        raise ValueError(f"{said!r} is no address and no network (10.1.2.3 or 10.1.2.0/29)") from None
