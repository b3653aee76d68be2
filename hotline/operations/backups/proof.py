"""`hotline backup --prove`: the newest backup is read again and its database restored beside the real one, counted,
compared with the recordings of the backup, and removed. The installation goes on meanwhile and is not touched.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.errors import ConfigurationError
from core.settings import Settings
from hotline.operations.backups.backup import DUMP, run_on_database, verify
from hotline.operations.backups.restore import count_rows, unmatched
from hotline.runtime.runtime import database_url


def prove(settings: Settings, folder: Path) -> tuple[int, dict[str, int]]:
    """Files, and rows by table. Raises ConfigurationError naming what is wrong."""
    sums = verify(folder)
    with _database_beside(database_url(settings)) as beside:
        run_on_database("pg_restore", beside, "--exit-on-error", "--no-owner", str(folder / DUMP))
        with psycopg.connect(beside) as connection:
            rows, missing = count_rows(connection), unmatched(connection, sums)
    if missing:
        raise ConfigurationError(f"{len(missing)} saved recordings are not in {folder}, the first: {missing[0]}")
    return len(sums), rows


@contextmanager
def _database_beside(url: str) -> Iterator[str]:
    """An empty database on the same server, gone afterwards."""
    name = f"hotline_proof_{uuid.uuid4().hex[:12]}"
    known: dict[str, Any] = dict(conninfo_to_dict(url))
    server = make_conninfo(**{**known, "dbname": "postgres"})
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise ConfigurationError(
            f"no database can be made for the proof ({error}). Fix: let the account create databases (CREATEDB)"
        ) from error
    try:
        yield _as_url(known, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _as_url(known: dict[str, Any], name: str) -> str:
    return make_conninfo(**{**known, "dbname": name})
