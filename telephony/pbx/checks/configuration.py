"""Looks for what is wrong with the exchange's configuration. Each finding is a plain sentence with its correction.
`judge` is pure; `gather` reads the machine. Whether the running Asterisk took it all: check_running.py."""

from __future__ import annotations

import contextlib
import re
import socket
import stat
import wave
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from telephony.pbx.binary import AsteriskBinary, find_asterisk
from telephony.pbx.modules import MODULES, modules_present
from telephony.pbx.process import NEARER_THE_ROOT, PbxProcess, socket_trouble
from telephony.pbx.render import render
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings, is_loopback

RESERVED = frozenset(
    {
        "trunk",
        "trunk-account",
        "trunk-inbound",
        "global",
        "system",
        "transport-udp",
        "transport-ws",
        "artificial",
        "hotline",
    }
)
FORBIDDEN_RIGHTS = frozenset({"all", "command", "config", "system"})
ALTERNATIVES = frozenset({"codec_opus", "codec_opus_open_source", "res_cdrel_custom", "func_pjsip_contact"})
"""Modules that some builds name otherwise or do without."""
PLAIN_PATH = re.compile(r"^[A-Za-z0-9_./+-]+$")
"""Asterisk splits its arguments at commas and brackets, and hands some to a shell."""


@dataclass(frozen=True)
class ConfigurationFinding:
    """One fault."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


@dataclass(frozen=True)
class Machine:
    """What the judging needs to know of the machine."""

    prompts: Mapping[str, str]
    """Name of each prompt file → what is wrong with its format, "" when nothing is."""
    modules: frozenset[str]
    busy_ports: frozenset[int]
    """Ports of ours that something else holds."""
    installed: Mapping[str, str]
    """File → text in the etc directory."""
    secrets_mode: int | None
    """None: there is no file yet."""


def check_configuration(settings: PbxSettings) -> list[ConfigurationFinding]:
    """Everything that can be known without Asterisk running. Paths must be absolute. Raises PbxNotInstalled."""
    binary = find_asterisk(settings)
    files = render(settings, load_secrets(settings), binary)
    return judge(settings, files, gather(settings, binary))


def judge(settings: PbxSettings, files: Mapping[str, str], machine: Machine) -> list[ConfigurationFinding]:
    return [
        *_accounts(settings),
        *_ports(settings, machine),
        *_openness(settings, machine),
        *_rights(files["manager.conf"]),
        *_prompts(files, machine, settings.prompts_directory),
        *_paths(settings),
        *_modules(machine),
        *_freshness(files, machine),
    ]


def _accounts(settings: PbxSettings) -> Iterator[ConfigurationFinding]:
    for account, count in Counter(settings.phones()).items():
        if count > 1:
            yield ConfigurationFinding(
                f"the account {account} is there {count} times", "give each agent, crew and office its own"
            )
        if account in RESERVED:
            yield ConfigurationFinding(f"the account name {account} is used by the exchange itself", "choose another")
    for number in set(settings.emergency_numbers) & set(settings.phones()):
        yield ConfigurationFinding(f"{number} is an emergency number and an account", "rename the account")


def _ports(settings: PbxSettings, machine: Machine) -> Iterator[ConfigurationFinding]:
    ports = {"ami_port": settings.ami_port, "http_port": settings.http_port}
    if settings.tls_certificate:
        ports["https_port"] = settings.https_port
    for port, count in Counter(ports.values()).items():
        if count > 1:
            names = " and ".join(name for name, value in ports.items() if value == port)
            yield ConfigurationFinding(f"{names} are both {port}", "give each a port of its own")
    if settings.rtp_port_low <= settings.sip_port <= settings.rtp_port_high:
        yield ConfigurationFinding(f"sip_port {settings.sip_port} lies in the RTP range", "move one of the two")
    for port in sorted(machine.busy_ports):
        yield ConfigurationFinding(
            f"port {port} is taken by another program", "end that program or choose another port"
        )


def _openness(settings: PbxSettings, machine: Machine) -> Iterator[ConfigurationFinding]:
    if not is_loopback(settings.ami_host):
        yield ConfigurationFinding(
            f"the manager listens on {settings.ami_host}", "set ami_host to 127.0.0.1; it has no encryption"
        )
    if not is_loopback(settings.http_host) and settings.tls_certificate is None:
        mend = "set tls_certificate and tls_key, or set http_host to 127.0.0.1 behind a proxy that has TLS"
        yield ConfigurationFinding(f"browser phones would sign in unencrypted at {settings.http_host}", mend)
    if settings.test_phones and not is_loopback(settings.host):
        yield ConfigurationFinding("test phones are on while SIP is open to the network", "set test_phones to false")
    if machine.secrets_mode is not None and machine.secrets_mode & 0o077:
        yield ConfigurationFinding("others can read secrets.json", f"chmod 600 {settings.secrets_file}")


def _rights(manager: str) -> Iterator[ConfigurationFinding]:
    for kind, rights in re.findall(r"^(read|write) *= *(.*)$", manager, re.MULTILINE):
        for right in sorted(FORBIDDEN_RIGHTS & {word.strip() for word in rights.split(",")}):
            if (kind, right) != ("read", "system"):
                yield ConfigurationFinding(
                    f"the manager account has the {kind} right {right!r}", "take it out of manager.conf.j2"
                )


def _prompts(files: Mapping[str, str], machine: Machine, directory: Path) -> Iterator[ConfigurationFinding]:
    for name in sorted(prompts_used(files)):
        fault = machine.prompts.get(name, "is missing")
        if fault:
            yield ConfigurationFinding(
                f"the prompt {name} {fault}", f"put an 8 kHz, 16 bit, mono wav at {directory / name}.wav"
            )


def prompts_used(files: Mapping[str, str]) -> set[str]:
    """Every prompt that the rendered configuration plays."""
    dialplan = re.sub(r"^\s*;.*$", "", files["extensions.conf"], flags=re.MULTILINE)
    played = re.findall(r"(?:Playback\(|Read\(\w+,)fresh&([a-z-]+)", dialplan)
    chosen = re.findall(r"Playback\(fresh&\$\{IF\([^?]*\?([a-z-]+):([a-z-]+)\)", dialplan)
    announced = re.findall(r"^(?:periodic-announce|queue-[a-z]+) *= *(\S+)", files["queues.conf"], re.MULTILINE)
    said = re.findall(
        r"(?:digit|number)-(?:\d-)?[a-z0-9]+", re.sub(r"^;.*$", "", files["say.conf"], flags=re.MULTILINE)
    )
    said += [f"digit-{digit}" for digit in range(10)]
    # Record's own tone comes from Asterisk's English sounds.
    return {"beep", *played, *announced, *said, *(name for pair in chosen for name in pair)}


def _paths(settings: PbxSettings) -> Iterator[ConfigurationFinding]:
    if trouble := socket_trouble(settings.control_socket):
        yield ConfigurationFinding(trouble, NEARER_THE_ROOT)
    for path in (settings.directory, settings.recordings_directory):
        if not PLAIN_PATH.match(str(path)):
            mend = "move it to a path of letters, digits, and _ . / + -"
            yield ConfigurationFinding(f"Asterisk would misread the path {path}", mend)


def _modules(machine: Machine) -> Iterator[ConfigurationFinding]:
    wanted = {name for names in MODULES.values() for name in names}
    missing = sorted(wanted - machine.modules - ALTERNATIVES)
    if missing:
        mend = "install Asterisk's modules package, or install it again with deploy/install-asterisk"
        yield ConfigurationFinding(f"this Asterisk lacks {', '.join(missing)}", mend)


def _freshness(files: Mapping[str, str], machine: Machine) -> Iterator[ConfigurationFinding]:
    stale = sorted(name for name, text in files.items() if machine.installed.get(name) != text)
    if stale:
        yield ConfigurationFinding(
            f"not rendered since the settings changed: {', '.join(stale)}", "run `hotline pbx render`"
        )


# ── the machine ──────────────────────────────────────────────────────────────────────────────────────────────────


def gather(settings: PbxSettings, binary: AsteriskBinary) -> Machine:
    running = PbxProcess(settings).pid() is not None
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    places = (
        (settings.host, settings.sip_port, udp),
        (settings.ami_host, settings.ami_port, tcp),
        (settings.http_host, settings.http_port, tcp),
    )
    taken = frozenset() if running else frozenset(place[1] for place in places if _is_taken(*place))
    secrets = settings.secrets_file
    prompts = {path.stem: _wav_fault(path) for path in settings.prompts_directory.glob("*.wav")}
    if any((settings.directory / "data/sounds/en").glob("beep.*")):
        prompts.setdefault("beep", "")
    return Machine(
        prompts=prompts,
        modules=frozenset(modules_present(binary.modules)),
        busy_ports=taken,
        installed={path.name: path.read_text() for path in settings.etc.glob("*.conf")},
        secrets_mode=stat.S_IMODE(secrets.stat().st_mode) if secrets.exists() else None,
    )


def _wav_fault(path: Path) -> str:
    try:
        with wave.open(str(path), "rb") as wav:
            shape = (wav.getframerate(), wav.getsampwidth(), wav.getnchannels())
    except (wave.Error, EOFError):
        return "is not a wav file"
    return "" if shape == (8000, 2, 1) else "is not 8 kHz, 16 bit, mono"


def _is_taken(host: str, port: int, kind: socket.SocketKind) -> bool:
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
