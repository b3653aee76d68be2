"""Texts that were spoken for somebody say where citizens live and what troubles them: they go when nobody hears them.

When a file was last used is its access time, set by `ivr.voice.audio.mark_used` (its other time names the joined
files). Blocking.
"""

import datetime as dt
from pathlib import Path

import structlog

log = structlog.get_logger()


def remove_unused(folder: Path, before: dt.datetime) -> int:
    """Remove what was not used since `before`; it is made again when needed. Returns how many."""
    removed = 0
    for file in folder.rglob("*.wav"):
        try:
            if file.stat().st_atime < before.timestamp():
                file.unlink()
                removed += 1
        except FileNotFoundError:
            continue
        except OSError as error:
            log.error("spoken_file_not_removed", file=file.name, error=str(error))
    return removed
