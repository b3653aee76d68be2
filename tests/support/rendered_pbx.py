"""The exchange's files as they are rendered, and where to look in them."""

from __future__ import annotations

from pathlib import Path

from telephony.pbx.binary import AsteriskBinary
from telephony.pbx.render import render
from telephony.pbx.secrets import complete_secrets
from telephony.pbx.settings import PbxSettings

BINARY = AsteriskBinary(("asterisk",), Path("/share"), Path("/modules"), Path("/state"))


def rendered(**settings: object) -> dict[str, str]:
    whole = PbxSettings(directory=Path("/var/pbx"), recordings_directory=Path("/var/rec"), **settings)  # type: ignore[arg-type]
    return dict(render(whole, complete_secrets(whole, None), BINARY))


def statements(dialplan: str) -> list[str]:
    return [line for line in dialplan.splitlines() if line.strip() and not line.lstrip().startswith(";")]


def context(dialplan: str, name: str) -> str:
    return dialplan.split(f"\n[{name}]\n", 1)[1].split("\n[", 1)[0]
