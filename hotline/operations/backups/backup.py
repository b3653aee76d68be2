"""`hotline backup`: the whole installation in a folder, while it runs; each backup complete by itself.

`DIR/20261121-083000-…/`: `hotline.dump` (of pg_dump), `recordings/`, `call-events/` (Asterisk's own files),
`settings/`, `manifest.json`, `SHA256SUMS`. Recordings first, then the database, then the recordings once more, and
`attachments/`: so every row that says saved has its file. Made under another name and renamed when it is whole: one
that was killed is none.
Left out are the keys of sealed recordings (a backup that holds them is not sealed), models and PostgreSQL's own files.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core import clock
from core.errors import ConfigurationError
from core.settings import Settings
from dispatch.versions.overlay import first_folder
from hotline.operations.backups.files import SUMS, Copying, faults, load_sums, sha256_of
from hotline.runtime.cluster import find_binaries
from hotline.runtime.runtime import database_url
from telephony.pbx.settings import pbx_settings

DUMP = "hotline.dump"
MANIFEST = "manifest.json"
RECORDINGS = "recordings"
ATTACHMENTS = "attachments"
CALL_EVENTS = "call-events"
SETTINGS = "settings"
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Made:
    folder: Path
    files: int
    copied_bytes: int
    linked: int


def backup(settings: Settings, target: Path) -> Made:
    """Raises ConfigurationError with the correction, OSError (a full disk)."""
    url = database_url(settings)
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            raise ConfigurationError("there are no tables yet, so nothing to back up")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    known = backups_in(target)
    copying = Copying(unfinished, known[-1] if known else None)
    copying.take_folder(settings.recordings, RECORDINGS)
    run_on_database("pg_dump", url, "--format=custom", f"--file={unfinished / DUMP}")
    copying.add(DUMP)
    copying.take_folder(settings.recordings, RECORDINGS)
    copying.take_folder(settings.attached, ATTACHMENTS)
    pbx = pbx_settings(settings)
    copying.take_folder(pbx.cel_file.parent, CALL_EVENTS)
    copying.take_file(settings.vapid_key_file, f"{SETTINGS}/{settings.vapid_key_file.name}")
    copying.take_file(pbx.secrets_file, f"{SETTINGS}/{pbx.secrets_file.name}")
    copying.take_file(Path(os.environ.get("HOTLINE_SETTINGS", "hotline.toml")), f"{SETTINGS}/hotline.toml")
    copying.take_folder(first_folder(settings.city), f"{SETTINGS}/city")
    _write_manifest(unfinished, settings, url, copying)
    made = target / f"{clock.in_city(clock.now()):%Y%m%d-%H%M%S-%f}"
    unfinished.rename(made)
    return Made(made, len(copying.sums), copying.copied_bytes, copying.linked)


def backups_in(target: Path) -> list[Path]:
    """Complete ones, oldest first."""
    return sorted(path for path in target.glob("[0-9]*-[0-9]*") if (path / MANIFEST).is_file())


def chosen(target: Path) -> Path:
    """The backup in `target`, or its newest one. Raises ConfigurationError."""
    if (target / MANIFEST).is_file():
        return target
    known = backups_in(target)
    if not known:
        raise ConfigurationError(f"there is no complete backup in {target}")
    return known[-1]


def verify(folder: Path) -> dict[str, str]:
    """Read everything again; the files' checksums. Raises ConfigurationError naming what is wrong."""
    manifest = load_manifest(folder)
    if sha256_of(folder / SUMS) != manifest["sums_sha256"]:
        raise ConfigurationError(f"{folder / SUMS} is not the list that was made with this backup")
    sums = load_sums(folder)
    if wrong := faults(folder, sums):
        more = f" … and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise ConfigurationError(f"the backup {folder} is not whole: {'; '.join(wrong[:10])}{more}")
    listed = subprocess.run(
        [str(program("pg_restore")), "--list", str(folder / DUMP)], capture_output=True, check=False
    )
    if listed.returncode:
        raise ConfigurationError(
            f"the dump in {folder} cannot be read: {listed.stderr.decode(errors='replace').strip()}"
        )
    return sums


def load_manifest(folder: Path) -> dict[str, Any]:
    """Raises ConfigurationError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder} is no complete backup: {MANIFEST} cannot be read") from error
    return manifest


def run_on_database(name: str, url: str, *arguments: str) -> None:
    """One of PostgreSQL's programs on the database. The password goes by the environment, where `ps` does not show it.
    Raises ConfigurationError with its last words."""
    runtime: dict[str, Any] = dict(conninfo_to_dict(url))
    password = runtime.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [str(program(name)), *arguments, f"--dbname={make_conninfo(**runtime)}"]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise ConfigurationError(f"{name} failed: {done.stderr.decode(errors='replace').strip()[-800:]}")


def program(name: str) -> Path:
    """Raises ConfigurationError where PostgreSQL's programs are missing."""
    return find_binaries() / name


def _write_manifest(folder: Path, settings: Settings, url: str, copying: Copying) -> None:
    with psycopg.connect(url) as connection:
        release = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        keys = connection.execute("SELECT DISTINCT key_id FROM recordings WHERE key_id IS NOT NULL ORDER BY 1")
        key_ids = [key_id for (key_id,) in keys.fetchall()]
    manifest = {
        "made_at": clock.now().isoformat(),
        "pbx": settings.pbx.name,
        "tables": release[0] if release else "",
        "files": len(copying.sums),
        "sums_sha256": copying.write_sums(),
        "check": f"sha256sum -c {SUMS}",
        "keys_needed": key_ids,
        "not_in_here": [
            "keys of sealed recordings (HOTLINE_ENCRYPTION__KEYS_FILE): keep them elsewhere",
            "secrets in the environment (HOTLINE_…, DATABASE_URL)",
            "speech models (hotline models install)",
        ],
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as stream:
        json.dump(manifest, stream, ensure_ascii=False, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
