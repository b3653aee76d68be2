"""The city's `announcements.toml`."""

from pathlib import Path

from core.folder.reading import read_optional
from ivr.announcements import FILE, Announcements


def load_announcements(city_folder: Path) -> Announcements:
    """Without such a file none. Raises FaultyFolder."""
    return read_optional(city_folder / FILE, Announcements) or Announcements()
