"""The firewall's rules for the SIP port (nftables), rendered from the settings, and whether the kernel has them.

Asterisk answers any sender, as fast as requests come. The rules are printed for the operator and not loaded by us: that
takes root, which nothing here has (docs/decisions/0027).
"""

import hashlib
import ipaddress
import os
import subprocess
from collections.abc import Iterable
from enum import Enum

from telephony.pbx.render import environment
from telephony.pbx.settings import PbxSettings

TABLE = "hotline_sip"
TELEPHONE_RATE, TELEPHONE_BURST = 50, 200
"""Packets a second from one telephone: a call and its keys are some twenty in all."""
STRANGER_RATE, STRANGER_BURST = 5, 50
"""A telephone somewhere registers with four, calls with six."""
ALL_RATE, ALL_BURST = 200, 400
_SECONDS = 5.0


class Door(Enum):
    """Whether the kernel has our rules."""

    SHUT = "as rendered"
    STALE = "of other settings"
    OPEN = "not there"
    UNSEEN = "not for this account to see"


def render_firewall(settings: PbxSettings) -> str:
    """Text for `nft -f`, which puts it in the place of what it loaded before, in one step."""
    text = (
        environment()
        .get_template("sip-door.nft.j2")
        .render(
            settings=settings,
            carrier=_by_family(settings.carrier_addresses),
            telephones=_by_family(settings.phone_networks),
            telephone_rate=TELEPHONE_RATE,
            telephone_burst=TELEPHONE_BURST,
            stranger_rate=STRANGER_RATE,
            stranger_burst=STRANGER_BURST,
            all_rate=ALL_RATE,
            all_burst=ALL_BURST,
        )
    )
    # An empty chain bears the rules' sign: the kernel lists them in other words than they were written.
    return text.replace("  chain door {", f"  chain {_sign(text)} {{\n  }}\n  chain door {{", 1)


def look_at_door(settings: PbxSettings) -> Door:
    """Asks nft, which lists rules to root alone."""
    try:
        asked = subprocess.run(
            ("nft", "list", "table", "inet", TABLE),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError:
        return Door.OPEN
    except subprocess.TimeoutExpired:
        return Door.UNSEEN
    return judge_door(render_firewall(settings), asked.returncode, asked.stdout, asked.stderr)


def judge_door(wanted: str, code: int, listed: str, said: str) -> Door:
    if code != 0:
        return Door.OPEN if "No such file" in said else Door.UNSEEN
    sign = next(line.split()[1] for line in wanted.splitlines() if line.startswith("  chain rules_"))
    return Door.SHUT if f"chain {sign} {{" in listed and "jump knocking" in listed else Door.STALE


def _sign(text: str) -> str:
    return f"rules_{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _by_family(networks: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"4": [], "6": []}
    for one in networks:
        network = ipaddress.ip_network(one, strict=False)
        found[str(network.version)].append(str(network))
    return found
