"""Renders the exchange's configuration from templates and settings, and lays out its directories. Rendering is
pure; installing writes only what has changed and says what that was."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2

from core.clock import CITY_ZONE
from core.numbers.dialling import line_spellings
from core.numbers.plan import CARRIERS
from telephony.dialplan_words import DialplanWord
from telephony.pbx.accounts import contacts
from telephony.pbx.binary import AsteriskBinary, find_asterisk
from telephony.pbx.cel import CEL_COLUMNS, cdr_expressions
from telephony.pbx.modules import modules_present
from telephony.pbx.secrets import PbxSecrets, load_secrets
from telephony.pbx.settings import PbxSettings, absolute, is_loopback

SILENT_GSM_FRAME = bytes.fromhex("d820a2e15a" + "50004924924924" * 4)
"""20 ms. A channel that plays it gets a new translator; extensions.conf says why."""
TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Asterisk's files are not HTML; the settings' patterns guard what gets in
    )


def render(settings: PbxSettings, secrets: PbxSecrets, binary: AsteriskBinary) -> Mapping[str, str]:
    """File name → text, for every file of the exchange's etc directory."""
    facts = {
        "settings": settings,
        "secrets": secrets,
        "binary": binary,
        "modules": modules_present(binary.modules),
        "ami_loopback": is_loopback(settings.ami_host),
        "cel_expressions": [column.expression for column in CEL_COLUMNS],
        "cdr_expressions": cdr_expressions(),
        "carrier_addresses": settings.carrier_addresses,
        "carriers": CARRIERS,
        **_contact_patterns(),
        "own_line": sorted(line_spellings(settings.line_number)),
        "says": DialplanWord,
        "zone": CITY_ZONE.key,
    }
    names = sorted(path.name for path in TEMPLATES.glob("*.conf.j2"))
    return {name.removesuffix(".j2"): environment().get_template(name).render(facts) for name in names}


def _contact_patterns() -> Mapping[str, str]:
    """Those of telephony.pbx.accounts.contacts, as extensions.conf spells them: a bare semicolon is a comment there."""
    account = "${CHANNEL(endpoint)}"

    def codes(signs: str) -> str:
        return "".join(f"\\\\x{ord(sign):02x}" for sign in signs)

    form = contacts.FORM.format(account=account, user="${OWN}")
    return {
        "contact_brackets": codes(contacts.BRACKETS),
        "contact_unsafe": codes(contacts.UNSAFE),
        "contact_user": contacts.USER.format(account=account),
        "contact_browser_user": contacts.BROWSER_USER,
        "contact_form": form.replace(";", "\\;"),
        "contact_seconds": str(contacts.REFUSED_SECONDS),
        "contact_elsewhere": contacts.ELSEWHERE.replace(";", "\\;"),
    }


def install_configuration(settings: PbxSettings, root: Path | None = None) -> list[Path]:
    """Writes what has changed and gives its paths, so that an empty list means that no reload is needed. Relative
    paths of the settings are taken from `root` (default: the working directory). Raises PbxNotInstalled."""
    settings = absolute(settings, root or Path.cwd())
    binary = find_asterisk(settings)
    _lay_out(settings, binary)
    changed = []
    for name, text in render(settings, load_secrets(settings), binary).items():
        path = settings.etc / name
        if not path.exists() or path.read_text() != text:
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            new.touch(mode=0o600)
            new.write_text(text)
            new.replace(path)
            changed.append(path)
    return changed


def _lay_out(settings: PbxSettings, binary: AsteriskBinary) -> None:
    data = settings.directory / "data"
    for directory in (
        settings.etc,
        settings.directory / "lib" / "keys",
        settings.directory / "spool",
        settings.run,
        settings.log,
        settings.cel_file.parent,
        settings.cdr_file.parent,
        data / "sounds",
        data / "agi-bin",
        settings.recordings_directory,
    ):
        directory.mkdir(parents=True, exist_ok=True)
    settings.directory.chmod(0o700)
    (data / "sounds" / "fresh.gsm").write_bytes(SILENT_GSM_FRAME)
    _link(data / "documentation", binary.share / "documentation")
    _link(data / "rest-api", binary.share / "rest-api")
    _link(data / "moh", _first(binary.share / "moh", binary.state / "moh"))
    english = _first(
        *(root / "sounds" / name for root in (binary.share, binary.state) for name in ("en_US_f_Allison", "en"))
    )
    _link(data / "sounds" / "en", english)
    _link(data / "sounds" / "zh", settings.prompts_directory)


def _first(*places: Path) -> Path:
    """The first that holds something; the last one when none does, which check.py then names."""
    return next((place for place in places if place.is_dir() and any(place.iterdir())), places[-1])


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
