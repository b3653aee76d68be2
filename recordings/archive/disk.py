"""Whether there is room for what is still to come. Nothing stops when there is not: it is reported, again and again."""

import shutil
from pathlib import Path

NEARLY_FULL_BYTES = 5 << 30
"""About 150 hours of calls, as Asterisk writes them before they are packed."""
STOP_BYTES = 1 << 30
"""With less, nothing is recorded (hotline.monitoring.disk_guard). Events of a year are smaller, and 500 calls need a
minute to write as much."""
AGAIN_BYTES = 2 << 30
"""With so much, it is recorded again."""


def free_bytes(folder: Path) -> int:
    """On the disk that holds `folder`, or will. Raises OSError."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def disk_trouble(*folders: Path) -> str:
    """A plain sentence for the one with the least room; empty: there is room in all of them."""
    try:
        free, folder = min((free_bytes(folder), folder) for folder in folders)
    except OSError as error:
        return f"nobody knows how much room is left: {error.strerror or error}"
    return f"only {free / 1e9:.1f} GB free at {folder}" if free < NEARLY_FULL_BYTES else ""
