"""Every setting of the installation, in one frozen object.

Read at start from the environment (`HOTLINE_…`, sections with `__`: `HOTLINE_WEB__PORT=8443`) and from the
TOML file that `HOTLINE_SETTINGS` names (default `hotline.toml`, which may be missing). Secrets come only from
there. A wrong key or value stops the start and is reported with its correction. Nothing reads the environment later.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import BrokenHouse
from core.push_contact import wrong_contact

_SHORTEST_KEY = 24
"""Whoever has one link can try keys at home."""

_ANSWER = r"^([^=]*=.+)?$"
"""`field=value`: what an answer must say (dispatch.channels.answers)."""

_PASSWORD = re.compile(r"(?! )[ -~]{0,120}(?<! )")
"""What a line of Asterisk's files can hold: no control characters, no blanks at either end."""
_WIDEST = {4: 16, 6: 48}
"""Whoever is in the carrier's network is believed to be the carrier: not half the world."""

Port = Annotated[int, Field(ge=1, le=65535)]
TrunkUser = Annotated[str, Field(pattern=r"^[A-Za-z0-9+@._~-]{0,80}$")]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PbxSettings(Section):
    """The Asterisk that this installation drives. Everything binds to the loopback unless configured otherwise."""

    name: str = Field(default="qufu", pattern=r"^[a-z][a-z0-9]{0,15}$")
    """Asterisk's systemname: the first part of every uniqueid."""
    line_number: str = Field(default="12345", pattern=r"^[0-9]{3,15}$")
    """The one number that citizens call; what a crew's phone shows when we call it."""
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
    wrap_up_seconds: int = Field(default=60, ge=0, le=1800)
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
    map_tiles: str = ""
    """Where the crew's page gets its map: `https://…/{z}/{x}/{y}.png`; empty: no map is drawn."""
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


class SpeechSettings(Section):
    model: str = ""
    """Name of an installed model or a directory's path; empty: the best installed (`hotline models list`)."""
    voice_command: tuple[str, ...] = ()
    """Speaks what was not recorded: text on its standard input, a sound file on its standard output, no shell. Empty:
    espeak-ng."""
    workers: int = Field(default=0, ge=0, le=256)
    """Recogniser processes of `hotline serve`; 0: one per core."""
    live: bool = True
    """Whether `hotline serve` keeps `hotline live`, which writes down conversations while they go on."""
    live_threads: int = Field(default=0, ge=0, le=256)
    """Voices that `hotline live` hears at the same time; 0: as many as cores."""


class RetentionSettings(Section):
    """How long recordings are kept after their call and all its orders are closed. Default: for ever."""

    months: int = Field(default=0, ge=0, le=1200)
    """Where no word below fits; 0: for ever."""
    by_word: dict[str, Annotated[int, Field(ge=0, le=1200)]] = {}
    """`kind.complaint`, `outcome.abandoned`, `direction.dispatch`, `part.message` … → months; the longest counts."""
    spoken_days: int = Field(default=30, ge=0, le=36_500)
    """Orders spoken for crews and callers are removed when nobody has heard them for so long; 0: never."""


class EncryptionSettings(Section):
    """Recordings sealed at rest. Default: not."""

    keys_file: str = ""
    """A file of keys, outside the repository, `var` and each backup (recordings.audio.keys); empty: not sealed."""


class AttachmentSettings(Section):
    """Photos, voice notes and documents that people hang on an order."""

    largest_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    keep_photo_details: bool = False
    """Whether photos keep their EXIF, with the place where they were taken; else they are stored without."""
    scan_command: tuple[str, ...] = ()
    """Looks for viruses: run without a shell with the file's path as its last argument; exit code 0: clean, 1: refused,
    anything else: it could not look, and nothing is stored. Empty: nobody looks."""
    scan_seconds: float = Field(default=60, ge=1, le=600)
    order_files: int = Field(default=300, ge=1, le=10_000)
    order_bytes: int = Field(default=500 * 1024**2, ge=1024)
    """All that hangs on one order."""
    account_day_bytes: int = Field(default=2 * 1024**3, ge=1024)
    """What one account may send in 24 hours."""
    link_bytes: int = Field(default=200 * 1024**2, ge=1024)
    """What may come onto one order through links, without an account."""
    total_bytes: int = Field(default=0, ge=0)
    """All attachments together; 0: as much as the disk holds."""
    least_free_bytes: int = Field(default=2 * 1024**3, ge=0)
    """How much of the disk is reserved for calls and their records: below it no attachment is stored."""


class WatchSettings(Section):
    """`hotline watch`: how often it rings, and whom it tells."""

    interval_seconds: float = Field(default=300, ge=20, le=86_400)
    answer_seconds: float = Field(default=10, ge=1, le=60)
    """How long the exchange may take to pick up."""
    command: tuple[str, ...] = ()
    """Run for each alarm and each recovery, without a shell; it reads the alarm as JSON on its standard input."""
    webhook: str = ""
    """http(s)://…; the same JSON is posted there."""


class NotificationsSettings(Section):
    """How notifications are sent. Each channel is off until its address is set: nothing goes out unasked."""

    sms_url: str = ""
    """The gateway's http(s)://…; a notification is posted there as JSON."""
    sms_headers: dict[str, str] = {}
    """Sent with it, e.g. the gateway's key."""
    sms_body: dict[str, Any] = {"id": "{id}", "to": "{to}", "text": "{text}"}
    """What is posted; {id}, {to} and {text} are filled in."""
    sms_success: str = Field(default="", pattern=_ANSWER)
    """`code=0`: what the answer's JSON or XML must say; `data.0.Code=OK|Success`: inside, and one of several; `=OK`:
    how its words begin; empty: an HTTP status below 300 is enough."""
    sms_longest: int = Field(default=500, ge=70, le=2000)
    """Characters that the gateway takes; a longer text is shortened, its link kept."""
    sms_ask_url: str = ""
    """Where the gateway reports the status of an id, asked when no answer came; empty: it cannot be asked."""
    sms_ask_body: dict[str, Any] = {"id": "{id}"}
    sms_ask_sent: str = Field(default="", pattern=_ANSWER)
    """`data.status=sent`: what it says of a text that it has taken …"""
    sms_ask_absent: str = Field(default="", pattern=_ANSWER)
    """… and of one that it knows nothing of, which is sent again."""
    smtp_host: str = ""
    smtp_port: Port = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    wecom_url: str = ""
    dingtalk_url: str = ""
    feishu_url: str = ""
    webhook_hosts: tuple[str, ...] = ()
    """Hosts to which contacts of kind webhook may point."""
    mqtt_host: str = ""
    mqtt_port: Port = 1883
    mqtt_user: str = ""
    mqtt_password: str = ""
    mqtt_tls: bool = False
    timeout_seconds: float = Field(default=15, ge=1, le=60)
    """Response timeout."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        hide_input_in_errors=True, env_prefix="HOTLINE_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    var: Path = Path("var")
    """All that is made at run time: recordings, models, private database, PBX."""
    opt: Path = Path("var/opt")
    """Programs that were installed for this installation alone, e.g. Asterisk."""
    city: Path = Path("deploy/city/qufu")
    prompts: Path = Path("deploy/prompts/zh")
    database_url: str = ""
    """postgresql://…; empty: a private cluster under `var`. `DATABASE_URL` is read too."""
    log_json: bool = False
    pbx: PbxSettings = PbxSettings()
    web: WebSettings = WebSettings()
    speech: SpeechSettings = SpeechSettings()
    retention: RetentionSettings = RetentionSettings()
    encryption: EncryptionSettings = EncryptionSettings()
    watch: WatchSettings = WatchSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    notifications: NotificationsSettings = NotificationsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, Path(os.environ.get("HOTLINE_SETTINGS", "hotline.toml")))
        return init_settings, env_settings, file

    @property
    def recordings(self) -> Path:
        return self.var / "recordings"

    @property
    def spoken(self) -> Path:
        """What was said aloud to crews and callers, made when needed."""
        return self.var / "speech"

    @property
    def vapid_key_file(self) -> Path:
        """The installation's own key of Web Push (dispatch.notifications.web_push)."""
        return self.var / "web-push/vapid.pem"

    @property
    def attached(self) -> Path:
        """Files of attachments, named by their checksum (dispatch.attachments.store)."""
        return self.var / "attachments"

    @property
    def models(self) -> Path:
        return self.var / "models"


def load_settings(**overrides: object) -> Settings:
    """The settings of this process, paths absolute. Raises BrokenHouse naming each wrong key and its correction."""
    if "database_url" not in overrides and (url := os.environ.get("DATABASE_URL")):
        overrides["database_url"] = url
    _check_names()
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"HOTLINE_{'__'.join(str(part).upper() for part in problem['loc'])}: {_said(problem)}"
            for problem in error.errors()
        )
        raise BrokenHouse(
            f"these settings cannot be used: {wrong}. Correct them in the environment or the settings file."
        ) from error
    return settings.model_copy(
        update={name: getattr(settings, name).resolve() for name in ("var", "opt", "city", "prompts")}
    )


def _said(problem: ErrorDetails) -> str:
    """What is wrong with a key; of an unknown one also which it may have been."""
    if problem["type"] != "extra_forbidden":
        return problem["msg"]
    known: Mapping[str, FieldInfo] = Settings.model_fields
    *groups, name = (str(part).lower() for part in problem["loc"])
    for group in groups:
        kind = known[group].annotation if group in known else None
        known = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    meant = difflib.get_close_matches(name, known, n=1)
    return f"there is no such setting ({_meant('__'.join([*groups, *meant]) if meant else '')})"


def _meant(path: str) -> str:
    return f"did you mean HOTLINE_{path.upper()}?" if path else "see docs/operations.md"


def _check_names() -> None:
    """A mistyped key would be ignored without a word. Raises BrokenHouse naming it and what it may have meant."""
    known = {f"HOTLINE_{name.upper()}" for name in Settings.model_fields} | {"HOTLINE_SETTINGS"}
    for key in os.environ:
        name = key.upper().split("__", 1)[0]
        if name.startswith("HOTLINE_") and name not in known:
            meant = difflib.get_close_matches(name, known, n=1)
            said = _meant(meant[0].removeprefix("HOTLINE_") if meant else "")
            raise BrokenHouse(
                f"there is no setting {key}. Fix: take it out of the environment, or correct it ({said})."
            )
