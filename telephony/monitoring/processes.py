"""When one of our processes counts as there, and what is written down about backups. Pure."""

import datetime as dt
from enum import StrEnum

from core.clock import CITY_ZONE, in_city

BEAT_SECONDS = 5.0
"""How often a process says that it lives (hotline.runtime.presence)."""
SILENT_AFTER = dt.timedelta(seconds=30)
"""A process that has not been heard of for this long is not there. A machine under load may be late with some beats."""


BACKUP_TIME, BACKUP_CRON = dt.time(2, 40), "40 18 * * *"
"""Each night, in the city's time; the same as a timetable in UTC."""
PROOF_TIME, PROOF_CRON = dt.time(4, 10), "10 20 * * 6"
"""Each Sunday."""
MAKE_BACKUP, PROVE_BACKUP = "backups.make", "backups.prove"
"""Names of the jobs."""
BACKUP_LATE = dt.timedelta(hours=36)
PROOF_LATE = dt.timedelta(days=9)


class BackupKind(StrEnum):
    MADE = "made"
    READ = "read"
    """Read again, file by file, with its checksums."""
    RESTORED = "restored"
    """The proof: its database was restored beside the real one, counted and compared with its recordings."""


def is_silent(seen_at: dt.datetime, at: dt.datetime) -> bool:
    return at - seen_at > SILENT_AFTER


def next_backup_at(at: dt.datetime) -> dt.datetime:
    return _next(at, BACKUP_TIME, days=1)


def next_proof_at(at: dt.datetime) -> dt.datetime:
    return _next(at, PROOF_TIME, days=7)


def _next(at: dt.datetime, time: dt.time, *, days: int) -> dt.datetime:
    """`days`: each day, or each Sunday."""
    local = in_city(at)
    day = local.date() if days == 1 else local.date() + dt.timedelta(days=6 - local.weekday())
    found = dt.datetime.combine(day, time, CITY_ZONE)
    return found if found > at else found + dt.timedelta(days=days)
