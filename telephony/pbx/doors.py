"""Whether Asterisk has the ports that it was given. Where another program has one, Asterisk says so in its log only and
runs on: then nobody can call, or nobody can be shown the call. It is asked itself, since a free port proves nothing."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import PbxSettings

_SECONDS = 5.0
_ANSWER_BYTES = 4096


def closed_doors(settings: PbxSettings, ask: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The doors that are closed: what makes the exchange unreachable, and how to fix it. `ask` asks the running
    Asterisk's console. Blocks a few seconds at most where a stranger holds the manager's port.
    """
    if "transport-udp" not in ask("pjsip show transports"):
        port = f"UDP port {settings.sip_port} of {settings.host}"
        yield f"no telephone and no citizen can come in: Asterisk does not have {port}", _mend("HOTLINE_PBX__SIP_PORT")
    if not _is_manager(settings):
        port = f"TCP port {settings.ami_port} of {settings.ami_host}"
        yield f"nobody learns of a call: Asterisk does not have {port}", _mend("HOTLINE_PBX__MANAGER_PORT")
    if "Bound to" not in ask("http show status"):
        port = f"TCP port {settings.http_port} of {settings.http_host}"
        yield f"no browser can telephone: Asterisk does not have {port}", _mend("HOTLINE_PBX__HTTP_PORT")


def _mend(setting: str) -> str:
    end = "end the program that has it (ss -lntup names it)"
    return f"{end}, or set {setting} to another port; then hotline pbx stop, hotline pbx start"


def _is_manager(settings: PbxSettings) -> bool:
    """Another program's answer is not our manager's, even if it is an Asterisk: it does not know our password."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.ami_host, settings.ami_host)  # noqa: S104 - we ask it
    login = f"Action: Login\r\nUsername: hotline\r\nSecret: {load_secrets(settings).ami}\r\nEvents: off\r\n\r\n"
    heard = b""
    with contextlib.suppress(OSError), socket.create_connection((host, settings.ami_port), _SECONDS) as peer:
        peer.settimeout(_SECONDS)
        peer.sendall(login.encode())
        while b"Response: " not in heard or not heard.endswith(b"\r\n\r\n"):
            said = peer.recv(_ANSWER_BYTES)
            if not said or len(heard) > _ANSWER_BYTES:
                break
            heard += said
        if b"Response: Success" in heard:
            peer.sendall(b"Action: Logoff\r\n\r\n")
    return b"Response: Success" in heard
