"""Files of a backup: copied once, linked from the backup before where they are the same, each with its SHA-256.

`SHA256SUMS` is what `sha256sum -c` reads, so that a backup can be checked without us. Blocking.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigurationError

SUMS = "SHA256SUMS"
BLOCK_BYTES = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass
class Copying:
    """One backup being made in `target`; `before`: the one made last, complete."""

    target: Path
    before: Path | None
    sums: dict[str, str] = field(default_factory=dict)
    copied: int = 0
    copied_bytes: int = 0
    linked: int = 0

    def __post_init__(self) -> None:
        self._sums_before = load_sums(self.before) if self.before else {}

    def take_folder(self, source: Path, name: str) -> None:
        """Every file below `source` as `name/…`, unfinished ones left out. Taken again, only what changed since. A file
        that goes meanwhile is passed over."""
        for file in _files(source):
            self.take_file(file, f"{name}/{file.relative_to(source).as_posix()}")

    def take_file(self, source: Path, name: str) -> None:
        """Raises OSError; nothing where `source` is not there."""
        try:
            stat = source.stat()
        except FileNotFoundError:
            return
        there = self.target / name
        if _same(there, stat):
            return
        there.parent.mkdir(parents=True, exist_ok=True)
        there.unlink(missing_ok=True)
        if self.before and name in self._sums_before and _same(self.before / name, stat):
            os.link(self.before / name, there)
            self.sums[name] = self._sums_before[name]
            self.linked += 1
            return
        try:
            self.sums[name] = copy_file(source, there)
        except FileNotFoundError:
            return
        self.copied += 1
        self.copied_bytes += stat.st_size

    def add(self, name: str) -> None:
        """A file that was written into the backup by somebody else."""
        self.sums[name] = sha256_of(self.target / name)

    def write_sums(self) -> str:
        """Returns the SHA-256 of the list."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))
        file = self.target / SUMS
        with file.open("w", encoding="utf-8") as stream:
            stream.write(lines)
            stream.flush()
            os.fsync(stream.fileno())
        return hashlib.sha256(lines.encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.suffix != ".part":
            yield file


def _same(file: Path, stat: os.stat_result) -> bool:
    try:
        there = file.stat()
    except FileNotFoundError:
        return False
    return (there.st_size, there.st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)


def copy_file(source: Path, target: Path) -> str:
    """With its times; seen on the disk. Returns the SHA-256 of what was copied. Raises OSError, which always names a
    file."""
    digest = hashlib.sha256()
    try:
        with source.open("rb") as read, target.open("wb") as write:
            stat = os.fstat(read.fileno())
            while block := read.read(BLOCK_BYTES):
                digest.update(block)
                write.write(block)
            write.flush()
            os.fsync(write.fileno())
    except OSError as error:
        if error.filename is None:
            error.filename = str(target)
        raise
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    shutil.copymode(source, target)
    return digest.hexdigest()


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_sums(backup: Path) -> dict[str, str]:
    """Name → SHA-256. Raises ConfigurationError where the list is missing or is none."""
    try:
        lines = (backup / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{backup} is no complete backup: {SUMS} cannot be read") from error
    found = [_LINE.fullmatch(line) for line in lines]
    if not all(found):
        raise ConfigurationError(f"{backup / SUMS} was changed: it has lines that are no checksums")
    return {match[2]: match[1] for match in found if match}


def faults(backup: Path, sums: Mapping[str, str]) -> list[str]:
    """Files that are missing or not what was backed up, each in words."""
    said = []
    for name, digest in sums.items():
        file = backup / name
        if not file.resolve().is_relative_to(backup.resolve()):
            said.append(f"{name}: leads out of the backup")
        elif not file.is_file():
            said.append(f"{name}: missing")
        elif sha256_of(file) != digest:
            said.append(f"{name}: is not what was backed up")
    return said
