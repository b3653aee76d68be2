"""Finds Asterisk: the installed one, or the extracted tree with its own loader. Installing is the job of
deploy/install-asterisk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from telephony.pbx.errors import PbxNotInstalled
from telephony.pbx.settings import PbxSettings


@dataclass(frozen=True)
class AsteriskBinary:
    command: tuple[str, ...]
    """How to start it, without arguments of its own."""
    share: Path
    """Its data: documentation, English sounds, music. Asterisk refuses to load modules without the first."""
    modules: Path
    state: Path
    """Where a Debian package keeps sounds that it found at installation."""


def find_asterisk(settings: PbxSettings) -> AsteriskBinary:
    """Raises PbxNotInstalled, which says how to fix it."""
    tree = settings.tree_directory
    installed = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if installed:
        return _in_root(Path("/"), (installed,))
    loader = next(iter(sorted((tree / "usr/lib").glob("*/ld-linux*.so.*"))), None)
    if loader is None or not (tree / "usr/sbin/asterisk").exists():
        raise PbxNotInstalled
    command = (str(loader), "--library-path", str(loader.parent), str(tree / "usr/sbin/asterisk"))
    return _in_root(tree, command)


def _in_root(root: Path, command: tuple[str, ...]) -> AsteriskBinary:
    places = [*sorted((root / "usr/lib").glob("*/asterisk/modules")), root / "usr/lib/asterisk/modules"]
    modules = next((place for place in places if (place / "chan_pjsip.so").exists()), None)
    shares = (root / "usr/share/asterisk", root / "var/lib/asterisk")
    share = next((place for place in shares if (place / "documentation").is_dir()), None)
    if modules is None or share is None:
        raise PbxNotInstalled(f"an asterisk is at {command[-1]}, but its modules or its documentation are not")
    return AsteriskBinary(command, share, modules, root / "var/lib/asterisk")
