"""The city's `retention.toml`: how long recordings are kept, where it is decided on screen and not by the settings."""

from collections.abc import Collection, Iterator
from pathlib import Path

from core.folder.faults import Fault, meant
from core.folder.reading import read_optional
from core.folder.textfiles import read_text_file
from core.sections.recordings import RetentionSettings

FILE = "retention.toml"


class RetentionFile(RetentionSettings):
    source: str = ""
    """By which rule the times were set."""


def load_retention(folder: Path) -> RetentionFile | None:
    """None: the city has no such file, or an empty one. Raises FaultyFolder."""
    path = folder / FILE
    if path.exists() and not read_text_file(path).strip():
        return None
    return read_optional(path, RetentionFile)


def retention_in_force(folder: Path, settings: RetentionSettings) -> RetentionSettings:
    """By the city's file; without one by the settings (`HOTLINE_RETENTION__…`). Raises FaultyFolder."""
    return load_retention(folder) or settings


def unknown_words(retention: RetentionSettings | None, known: Collection[str]) -> Iterator[Fault]:
    """By a mistyped rule too much would be destroyed."""
    for word in sorted(retention.by_word.keys() - set(known)) if retention else ():
        yield Fault(FILE, f"by_word 里的 {word} 不是任何一种通话{meant(word, known)}", "改成认识的词，或去掉")
