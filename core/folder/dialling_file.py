"""The city's `dialling.toml`: which numbers may be dialled from here."""

from pathlib import Path

from core.folder.reading import read_optional
from core.numbers.dialling import Dialling


def load_dialling(folder: Path) -> Dialling:
    """Without the file the defaults hold. Raises FaultyFolder."""
    return read_optional(folder / "dialling.toml", Dialling) or Dialling()
