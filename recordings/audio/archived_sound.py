"""The sound of one archived recording, sealed or not: the one way in which anybody reads it. Blocking."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import soundfile
from typing_extensions import Buffer

from core.errors import NotFound
from recordings.audio.keys import Key, Keys
from recordings.audio.sealed import SealBroken, SealedReader, sealed_bytes
from recordings.audio.wav import BrokenAudio
from recordings.models import Recording, RecordingPart, RecordingState

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class ArchivedSound:
    path: Path
    key: Key | None = None
    """None: not sealed."""
    context: bytes = b""
    """What the sealed file is of."""

    @property
    def name(self) -> str:
        return self.path.name

    def open(self) -> BinaryIO:
        """The FLAC, to be read and sought in. Raises SealBroken, also from reading; NotFound."""
        try:
            if self.key is None:
                return self.path.open("rb")
            return cast(BinaryIO, io.BufferedReader(SealedReader(self.path, self.key, self.context)))
        except FileNotFoundError as error:
            raise NotFound("录音档案文件不在了。") from error
        except OSError as error:
            raise BrokenAudio(f"录音档案文件无法打开：{self.name}（{error.strerror}）") from error

    @contextmanager
    def flac(self) -> Iterator[soundfile.SoundFile]:
        """Decoded. Raises BrokenAudio (SealBroken for a sealed file that was tampered with), NotFound."""
        with self.open() as source:
            contained = _Contained(source) if self.key else None
            try:
                with soundfile.SoundFile(contained or source) as file:
                    yield file
            except (soundfile.LibsndfileError, BrokenAudio) as error:
                if contained and contained.broken:
                    raise contained.broken from error
                if isinstance(error, BrokenAudio):
                    raise
                raise BrokenAudio(f"录音文件无法读取：{self.name}（{error}）") from error
            if contained and contained.broken:
                raise contained.broken

    def sha256(self) -> str:
        """Of the FLAC, all of which is read. Raises SealBroken, NotFound."""
        digest = hashlib.sha256()
        with self.open() as source:
            while block := source.read(BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()


class _Contained(io.RawIOBase):
    """libsndfile calls back through C, where an exception would be printed and lost: it is kept, and the file ends."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.broken: SealBroken | None = None

    def readinto(self, buffer: Buffer, /) -> int:
        try:
            return cast(io.BufferedReader, self._source).readinto(buffer)
        except SealBroken as error:
            self.broken = error
            return 0

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def context_of(uniqueid: str, part: RecordingPart) -> bytes:
    """What a sealed file is bound to."""
    return f"hotline recording {uniqueid} {part}".encode()


def stored_bytes(recording: Recording) -> int | None:
    """How long the file of a saved recording is on the disk."""
    if recording.size_bytes is None or recording.key_id is None:
        return recording.size_bytes
    return sealed_bytes(recording.size_bytes)


def archived_sound(recordings: Path, recording: Recording, keys: Keys) -> ArchivedSound:
    """Raises NotFound if it is not saved, not there, or (a row that somebody tampered with) outside the archive;
    KeyMissing."""
    if recording.state is not RecordingState.SAVED or recording.path is None:
        raise NotFound(recording.reason or "录音尚未存档，请稍候。")
    archive = (recordings / "archive").resolve()
    file = (recordings / recording.path).resolve()
    if not file.is_relative_to(archive) or not file.is_file():
        raise NotFound("录音档案文件不在了。")
    if recording.key_id is None:
        return ArchivedSound(file)
    return ArchivedSound(file, keys.get(recording.key_id), context_of(recording.uniqueid, recording.part))
