"""New files of the archive: written beside their later place, proven, and only then given their name. Blocking."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from recordings.audio.archived_sound import BLOCK_BYTES, ArchivedSound
from recordings.audio.keys import Key
from recordings.audio.sealed import SealBroken, seal
from recordings.names import archived_twins, sealed_name


@dataclass(frozen=True)
class NewFile:
    """A file that has not yet its name."""

    temporary: Path
    name: str
    """Its later place, relative to `root`."""
    root: Path
    key_id: str | None = None
    sha256: str | None = None
    """Of the sealed file; None: it is not sealed."""

    def place(self) -> None:
        """Give the file its name, so that a power cut cannot take it back."""
        target = self.root / self.name
        self.temporary.rename(target)
        folder = target.parent
        while folder.is_relative_to(self.root):
            _sync_folder(folder)
            folder = folder.parent

    def remove(self) -> None:
        self.temporary.unlink(missing_ok=True)


def begin_file(recordings: Path, name: PurePosixPath) -> NewFile:
    """An empty file beside `recordings/name`. Raises OSError."""
    target = recordings / name
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.fchmod(handle, 0o640)
    os.close(handle)
    return NewFile(Path(temporary), name.as_posix(), recordings)


def remove_unfinished(flac: Path) -> None:
    """What killed runs left of the recording whose unsealed name is `flac`."""
    for left in archived_twins(flac):
        if left.suffix == ".part":
            left.unlink(missing_ok=True)


def store_file(
    recordings: Path, flac: PurePosixPath, source: ArchivedSound, key: Key | None, context: bytes, sha256: str
) -> NewFile:
    """`source` sealed with `key` (None: unsealed) beside its later place, read back and compared.

    `sha256`: the FLAC's. Raises OSError; SealBroken where it is not what was read back.
    """
    begun = begin_file(recordings, sealed_name(flac, key.id) if key else flac)
    try:
        with source.open() as plain:
            if key is None:
                _copy(plain, begun.temporary)
            sealed_sha256 = seal(plain, begun.temporary, key, context) if key else None
        if ArchivedSound(begun.temporary, key, context).sha256() != sha256:
            raise SealBroken("录音读出来与存档时的校验值不同，没有改动")
    except BaseException:
        begun.remove()
        raise
    return NewFile(begun.temporary, begun.name, recordings, key.id if key else None, sealed_sha256)


def _copy(source: BinaryIO, target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(source, file, BLOCK_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
