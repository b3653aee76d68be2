"""The key of a page in lists by time, newest first: an instant and what distinguishes rows of the same instant.

Both together, so that a list neither skips nor repeats a row while others come in.
"""

import datetime as dt


def page_key(at: dt.datetime, which: str) -> str:
    """For the address of the next page: the last row shown."""
    return f"{at.timestamp():.6f}_{which}"


def parse_key(key: str | None) -> tuple[dt.datetime, str] | None:
    """What `page_key` was made of; None for anything else."""
    instant, _, which = (key or "").partition("_")
    try:
        at = dt.datetime.fromtimestamp(float(instant), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return (at, which) if 0 < len(which) <= 64 and "\0" not in which else None
