"""`hotline restore`: an installation from its backup, into an empty one; over one with data only on request, and then
the old data is moved aside and not removed.

Everything is checked before anything is changed. What follows the restoring is done here too: tables of this release,
and numbers that continue behind those that citizens may have been given after the backup was made.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core import clock
from core.errors import ConfigurationError
from core.settings import Settings
from hotline.operations.backups.backup import (
    ATTACHMENTS,
    CALL_EVENTS,
    DUMP,
    RECORDINGS,
    SETTINGS,
    load_manifest,
    run_on_database,
    verify,
)
from hotline.operations.backups.files import copy_file
from hotline.operations.schema import upgrade
from hotline.runtime.runtime import database_url
from telephony.pbx.settings import pbx_settings

AHEAD = 1000
"""Order numbers of the day, and a hundred times as many assignments, may have been given after the backup."""
_COUNTED = ("calls", "orders", "recordings", "transcripts", "accounts")


@dataclass(frozen=True)
class Restored:
    rows: dict[str, int]
    """Table → rows."""
    files: int
    unmatched: list[str]
    """Saved recordings whose file is not in the backup or is another."""
    aside: list[str]
    """Where that went which was there before."""


def restore(settings: Settings, folder: Path, *, over: bool = False) -> Restored:
    """Raises ConfigurationError with the correction; then nothing was changed, or the old data lies aside."""
    sums = verify(folder)
    manifest = load_manifest(folder)
    if manifest["pbx"] != settings.pbx.name:
        raise ConfigurationError(
            f"the backup is of the exchange {manifest['pbx']!r}, this installation's is {settings.pbx.name!r}: its "
            f"calls would not be recognised. Fix: HOTLINE_PBX__NAME={manifest['pbx']}"
        )
    url = database_url(settings)
    aside = _make_room(settings, url, over=over)
    targets = _targets(settings)
    files = 0
    for name in sums:
        place = _place(targets, name)
        # Asterisk's own file of call events that is here holds what happened since: it is read on from.
        if place is not None and not (name.startswith(f"{CALL_EVENTS}/") and place.exists()):
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy_file(folder / name, place)
            files += 1
    run_on_database("pg_restore", url, "--exit-on-error", "--no-owner", str(folder / DUMP))
    upgrade(url)
    with psycopg.connect(url) as connection:
        _go_on_behind(connection)
        return Restored(count_rows(connection), files, unmatched(connection, sums), aside)


def _targets(settings: Settings) -> list[tuple[str, Path]]:
    """Part of the backup → where it belongs. Settings file and city are looked at by people."""
    pbx = pbx_settings(settings)
    secrets = pbx.secrets_file
    vapid = settings.vapid_key_file
    return [
        (RECORDINGS, settings.recordings),
        (ATTACHMENTS, settings.attached),
        (CALL_EVENTS, pbx.cel_file.parent),
        *[(f"{SETTINGS}/{file.name}", file) for file in (secrets, vapid) if not file.exists()],
    ]


def _place(targets: list[tuple[str, Path]], name: str) -> Path | None:
    for part, there in targets:
        if name == part or name.startswith(f"{part}/"):
            return there / name[len(part) + 1 :]
    return None


def _make_room(settings: Settings, url: str, *, over: bool) -> list[str]:
    """Move aside what is there. Raises ConfigurationError where that was not asked for, or the data is in use."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT to_regclass('orders') IS NOT NULL OR to_regclass('calls') IS NOT NULL")
        has_tables = bool((tables.fetchone() or (False,))[0])
    has_files = any(path.is_file() for path in settings.recordings.rglob("*"))
    if not has_tables and not has_files:
        return []
    if not over:
        what = " and ".join([*(["tables"] if has_tables else []), *(["recordings"] if has_files else [])])
        raise ConfigurationError(
            f"{what} already exist here; nothing was changed. Fix: restore into an empty place (another HOTLINE_VAR "
            "or DATABASE_URL), or say --over: what is here is then moved aside"
        )
    stamp = f"{clock.in_city(clock.now()):%Y%m%d_%H%M%S}"
    aside = []
    if has_tables:
        aside.append(f"database {_rename_database(url, stamp)}")
    if has_files:
        moved = settings.recordings.with_name(f"{settings.recordings.name}.before-{stamp}")
        os.rename(settings.recordings, moved)
        aside.append(str(moved))
    return aside


def _rename_database(url: str, stamp: str) -> str:
    runtime: dict[str, Any] = dict(conninfo_to_dict(url))
    name = str(runtime["dbname"])
    moved = f"{name}_before_{stamp}"
    server = make_conninfo(**{**runtime, "dbname": "postgres"})
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(moved))
            connection.execute(rename)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.ObjectInUse as error:
        raise ConfigurationError(
            "the system is running. Fix: stop hotline serve (and hotline probe), then restore"
        ) from error
    except psycopg.Error as error:
        raise ConfigurationError(f"the database cannot be moved aside ({error}). Fix: give an empty one") from error
    return moved


def _go_on_behind(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('assignments', 'id'),"
        " (SELECT coalesce(max(id), 0) FROM assignments) + %s)",
        (100 * AHEAD,),
    )
    # Today has no row yet when the backup is of yesterday; citizens may have been given numbers since midnight all the
    # same.
    connection.execute(
        "INSERT INTO order_counters (day, last) VALUES ((now() AT TIME ZONE 'Asia/Shanghai')::date, %s) "
        "ON CONFLICT (day) DO UPDATE SET last = order_counters.last + excluded.last",
        (AHEAD,),
    )


def count_rows(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, int]:
    counted = {}
    for table in _COUNTED:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counted[table] = int(str(row[0])) if row else 0
    return counted


def unmatched(connection: "psycopg.Connection[tuple[object, ...]]", sums: dict[str, str]) -> list[str]:
    saved = connection.execute("SELECT path, coalesce(file_sha256, sha256) FROM recordings WHERE state = 'saved'")
    return [str(path) for path, sha256 in saved if sums.get(f"{RECORDINGS}/{path}") != sha256]
