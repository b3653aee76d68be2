"""What is written down about backups: each that was made, read again or restored for a proof, and each that failed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core import clock
from core.errors import HotlineError
from core.settings import Settings
from hotline.runtime.runtime import database_url
from telephony.monitoring.processes import BackupKind

_LONGEST = 1000


@dataclass
class BackupOutcome:
    """Filled in by the one that does it."""

    folder: str
    files: int = 0
    size_bytes: int = 0


@contextmanager
def recorded(settings: Settings, kind: BackupKind, folder: Path) -> Iterator[BackupOutcome]:
    """A row of how it ended. What failed is raised on; a row that cannot be written hides nothing."""
    outcome = BackupOutcome(str(folder))
    try:
        yield outcome
    except (HotlineError, OSError, psycopg.Error) as error:
        why = error.message if isinstance(error, HotlineError) else str(error) or type(error).__name__
        with suppress(HotlineError, OSError, psycopg.Error):
            _write(settings, kind, outcome, why)
        raise
    _write(settings, kind, outcome, "")


def _write(settings: Settings, kind: BackupKind, outcome: BackupOutcome, failure: str) -> None:
    with psycopg.connect(database_url(settings), connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('backup_runs')").fetchone() == (None,):
            return
        connection.execute(
            "INSERT INTO backup_runs (kind, at, folder, failure, files, size_bytes) VALUES (%s, %s, %s, %s, %s, %s)",
            (str(kind), clock.now(), outcome.folder, failure[:_LONGEST], outcome.files, outcome.size_bytes),
        )
