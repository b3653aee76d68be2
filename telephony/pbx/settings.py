"""What a deployment may decide about the exchange, and where its files lie. Reads and writes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from core.errors import ConfigurationError
from core.folder.dialling_file import load_dialling
from core.numbers.dialling import Dialling
from core.sections.pbx import TrunkUser, split_addresses
from core.settings import Settings as InstallationSettings
from telephony.pbx.accounts.crews import crew_accounts
from telephony.pbx.accounts.names import PROBE_ACCOUNT
from telephony.pbx.setting_words import said

Port = Annotated[int, Field(ge=1024, le=65535)]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
"""A SIP account is also a section name and a dialled extension: only letters, digits, - and _ may be in it."""
Address = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$")]
"""An IP address or network, never a host name: Asterisk must start without a name server."""
HostPort = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$")]

_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.ASCII)
LOOPBACK = ("127.", "::1")


class PbxSettings(BaseModel):
    """One exchange on one machine. The defaults are a whole exchange on loopback."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    directory: Path = Path("var/pbx")
    """Everything that the exchange owns and writes, except recordings."""
    recordings_directory: Path = Path("var/recordings/incoming")
    """Where Asterisk writes the legs: <this>/YYYY/MM/DD/<uniqueid>-rx.wav and -tx.wav, days in UTC."""
    tree_directory: Path = Path("var/opt/asterisk")
    """The extracted tree that is used when no asterisk is on the PATH."""
    prompts_directory: Path = Path("deploy/prompts/zh")

    systemname: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")] = "hotline"
    """Stands before every uniqueid. Without a hyphen: the part before the first one is the node."""
    host: Address = "127.0.0.1"
    sip_port: Port = 5160
    ami_port: Port = 5138
    http_port: Port = 8188
    """WebSocket for the browser phones at /ws, Prometheus at /metrics."""
    rtp_port_low: Port = 20000
    rtp_port_high: Port = 20999
    ami_host: Address = "127.0.0.1"
    http_host: Address = "127.0.0.1"
    tls_certificate: Path | None = None
    """With it the HTTP server also speaks wss on https_port."""
    tls_key: Path | None = None
    https_port: Port = 8189

    trunk_match: tuple[Address, ...] = ("127.0.0.2",)
    """Calls from these addresses are the citizens' (SIPp plays the trunk on loopback)."""
    phone_networks: tuple[Address, ...] = ()
    """Where our own telephones are; empty: anywhere. For the firewall."""
    trunk_host: HostPort | None = None
    """Where outgoing calls go. None: this exchange cannot call the outside."""
    trunk_user: TrunkUser = ""
    """Our account with the carrier; empty: it asks for none."""
    trunk_password: SecretStr = SecretStr("")
    trunk_register: bool = False
    trunk_inbound_user: TrunkUser = ""
    """What the carrier must answer besides calling from its address; empty: nothing."""
    trunk_inbound_password: SecretStr = SecretStr("")
    trunk_codec: Literal["alaw", "ulaw"] = "alaw"
    """What citizens' calls come in (China: alaw). Our own phones speak the other one; see `inside_codec`."""
    line_number: Annotated[str, StringConstraints(pattern=r"^[0-9+]{3,20}$")] = "12345"
    """Our own number, shown on outgoing calls."""
    agents: tuple[Account, ...] = tuple(str(number) for number in range(1001, 1009))
    """Each has two accounts: 1001 for a telephone and 1001-web for the browser."""
    crews: tuple[Account, ...] = ()
    """Telephones of the city's crews (telephony.pbx.accounts.crews)."""
    offices: tuple[Account, ...] = ()
    emergency_numbers: tuple[Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}$")], ...] = ("110", "119", "120")
    test_phones: bool = False
    """Adds citizen-1 … citizen-8, who call in as from the trunk under any name and number, and emergency-110 …"""
    test_citizens: int = Field(default=8, ge=1, le=500)

    dialling: Dialling = Dialling()
    """Which numbers may be dialled at all, from whatever telephone; the city's."""
    trunk_silent_seconds: int = Field(default=180, ge=0, le=3600)
    """After this long without sound from the citizen the call ends, and its ports are free. Long, because a network
    that leaves silence out (VAD) and sends no comfort noise may be silent while the citizen listens. 0: never.
    """
    trunk_hold_silent_seconds: int = Field(default=1800, ge=0, le=7200)
    """The same while the citizen's own telephone holds the call."""
    trunk_calls_most: int = Field(default=0, ge=0)
    """More citizens at once get 503, by which a carrier tries another way. 0: as many as the ports allow, less those
    that are kept for the legs to agents and crews."""

    queue: Account = "hotline"
    ring_strategy: Literal["rrmemory", "ringall", "leastrecent", "fewestcalls", "random"] = "rrmemory"
    agent_ring_seconds: int = Field(default=15, ge=3, le=60)
    """How long one agent's phone rings before the next. GB/T 33358-2016 wants a person within 15 seconds."""
    queue_wait_seconds: int = Field(default=300, ge=1, le=3600)
    """After this wait a citizen is asked to leave a message."""
    announce_seconds: int = Field(default=45, ge=5, le=300)
    """How often a waiting citizen hears which keys work."""
    announce_first_seconds: int = Field(default=20, ge=1, le=300)
    """How long after joining the queue that happens first."""
    position_seconds: int = Field(default=60, ge=5, le=600)
    """How often a waiting citizen hears the place, and also each time that it has changed, but …"""
    position_least_seconds: int = Field(default=20, ge=1, le=600)
    """… not sooner than this after the last time."""
    message_seconds: int = Field(default=180, ge=5, le=600)
    message_silence_seconds: int = Field(default=5, ge=2, le=30)
    """So much silence ends a message."""
    survey_seconds: int = Field(default=6, ge=1, le=30)
    """How long after the question a key from 1 to 5 is waited for."""
    blocked_seconds: int = Field(default=4, ge=1, le=30)
    """How long after the announcement to a blocked caller the emergency key is waited for."""
    dispatch_call_seconds: int = Field(default=300, ge=30, le=1800)
    """A dispatch call is cut after this even when our program has died in its midst."""
    browser_lost_seconds: int = Field(default=10, ge=3, le=120)
    """No sound from a browser for so long: its leg is lost, and the citizen is handed back to agent or queue."""
    qualify_seconds: int = Field(default=30, ge=0, le=600)
    """A phone that does not answer this often asked question is unavailable. 0: do not ask."""

    @field_validator("trunk_match", "phone_networks", mode="before")
    @classmethod
    def _split(cls, said: object) -> object:
        return split_addresses(said) if isinstance(said, str) else said

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        if self.rtp_port_high - self.rtp_port_low < 9:
            raise ValueError("rtp_port_high must be at least 9 above rtp_port_low: a call takes four ports")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: set both or none")
        return self

    @property
    def etc(self) -> Path:
        return self.directory / "etc"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def blocked_directory(self) -> Path:
        """The block list as the dialplan reads it (telephony.blocking.files)."""
        return self.directory / "blocked"

    @property
    def no_recording_file(self) -> Path:
        """While it is there nothing is recorded (hotline.monitoring.disk_guard)."""
        return self.directory / "no-recording"

    @property
    def run(self) -> Path:
        return self.directory / "run"

    @property
    def control_socket(self) -> Path:
        return self.run / "asterisk.ctl"

    @property
    def configuration(self) -> Path:
        return self.etc / "asterisk.conf"

    @property
    def cel_file(self) -> Path:
        return self.log / "cel-custom" / "cel.csv"

    @property
    def cdr_file(self) -> Path:
        return self.log / "cdr-custom" / "cdr.csv"

    @property
    def secrets_file(self) -> Path:
        return self.directory / "secrets.json"

    @property
    def inside_codec(self) -> str:
        """Never the trunk's. Asterisk (22.10.1, its issue 507) drops from a recording whatever RTP stream has lower
        sequence numbers than another in the same codec before it: half of all calls after gsm music or a transfer.
        With two codecs and no direct translator between them the sound reaches the recorder as linear, unnumbered."""
        return "ulaw" if self.trunk_codec == "alaw" else "alaw"

    @property
    def channels_most(self) -> int:
        """How many can have sound at once: each takes two ports."""
        return (self.rtp_port_high - self.rtp_port_low + 1) // 2

    @property
    def trunk_most(self) -> int:
        """How many citizens at once; the rest is for the legs to people who speak with them, and for what we dial."""
        most = max(1, self.channels_most - self._kept_from_the_trunk)
        return min(most, self.trunk_calls_most) if self.trunk_calls_most else most

    @property
    def inside_most(self) -> int:
        """How many calls at once that anybody else began: our telephones, crews, the probe, test phones."""
        return max(2, self.channels_most // 3)

    @property
    def begun_most(self) -> int:
        """How many calls at once that began anywhere, citizens' and others' together: what is left are the legs to
        those who answer them."""
        return max(1, self.channels_most - self._kept_from_the_trunk // 2)

    @property
    def channels_used_most(self) -> int:
        """With this many channels, legs included, no further call is accepted. A refused call also needs ports for a
        moment: without them Asterisk says 488.
        """
        return max(1, self.channels_most - max(2, self.channels_most // 20))

    @property
    def _kept_from_the_trunk(self) -> int:
        return max(self.channels_most // 4, min(len(self.agents) + 20, self.channels_most // 2))

    @property
    def carrier_addresses(self) -> tuple[str, ...]:
        """The carrier's addresses and networks, as far as they are written as such."""
        host = (self.trunk_host or "").partition(":")[0]
        return (*self.trunk_match, *([host] if _IPV4.fullmatch(host) and host not in self.trunk_match else []))

    @property
    def trunk_domain(self) -> str:
        """Of our account: `USER@DOMAIN` names it, else the carrier's own host; empty without an account."""
        host = (self.trunk_host or "").partition(":")[0]
        return self.trunk_user and (self.trunk_user.partition("@")[2] or host)

    def citizens(self) -> tuple[str, ...]:
        return tuple(f"citizen-{n}" for n in range(1, self.test_citizens + 1)) if self.test_phones else ()

    def emergency_phones(self) -> tuple[str, ...]:
        return tuple(f"emergency-{n}" for n in self.emergency_numbers) if self.test_phones else ()

    def phones(self) -> tuple[str, ...]:
        """Every account that has a password."""
        web = tuple(f"{agent}-web" for agent in self.agents)
        tests = self.citizens() + self.emergency_phones()
        return self.agents + web + self.crews + self.offices + tests + (PROBE_ACCOUNT,)


def absolute(settings: PbxSettings, root: Path) -> PbxSettings:
    """The same settings with every path absolute: Asterisk's working directory is not ours."""
    names = ("directory", "recordings_directory", "tree_directory", "prompts_directory")
    paths = {name: (root / getattr(settings, name)).absolute() for name in names}
    for name in ("tls_certificate", "tls_key"):
        if (path := getattr(settings, name)) is not None:
            paths[name] = (root / path).absolute()
    return settings.model_copy(update=paths)


def is_loopback(address: str) -> bool:
    return address.startswith(LOOPBACK)


def pbx_settings(installation: InstallationSettings) -> PbxSettings:
    """The exchange of this installation, paths absolute because the settings' are. Raises ConfigurationError where the
    city's rule of numbers cannot be read, or the exchange cannot be set up as asked.
    """
    try:
        return _exchange_of(installation)
    except ValidationError as error:
        wrong = "; ".join(said(problem) for problem in error.errors())
        raise ConfigurationError(
            f"these settings cannot be used: {wrong}. Correct them in the environment or the settings file."
        ) from error


def _exchange_of(installation: InstallationSettings) -> PbxSettings:
    pbx = installation.pbx
    return PbxSettings(
        directory=installation.var / "pbx",
        recordings_directory=installation.recordings / "incoming",
        tree_directory=installation.opt / "asterisk",
        prompts_directory=installation.heard_prompts,
        systemname=pbx.name,
        host=pbx.host,
        sip_port=pbx.sip_port,
        ami_port=pbx.manager_port,
        http_port=pbx.http_port,
        rtp_port_low=pbx.rtp_first_port,
        rtp_port_high=pbx.rtp_last_port,
        trunk_match=pbx.trunk_host,
        trunk_host=pbx.outgoing_host or None,
        phone_networks=pbx.phone_networks,
        trunk_user=pbx.trunk_user,
        trunk_password=pbx.trunk_password,
        trunk_register=pbx.trunk_register,
        trunk_inbound_user=pbx.trunk_inbound_user,
        trunk_inbound_password=pbx.trunk_inbound_password,
        trunk_silent_seconds=pbx.trunk_silent_seconds,
        trunk_calls_most=pbx.trunk_calls,
        line_number=pbx.line_number,
        dialling=load_dialling(installation.city),
        agents=pbx.extensions,
        crews=crew_accounts(installation.city),
        test_phones=pbx.test_phones > 0,
        test_citizens=pbx.test_phones or 8,
        queue_wait_seconds=pbx.queue_seconds,
    )
