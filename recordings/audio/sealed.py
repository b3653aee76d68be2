"""Sealed files: authenticated encryption in pieces, so that a player can seek in an hour's recording.

The format is Cobblestone-256 (c2sp.org/chunked-encryption): SHA-512 and AES-256-GCM over pieces of 16 KiB, a salt and
a commitment to the key before them. A piece that was changed, moved or taken from another file does not open, and the
last one is always short, so a file that was cut is refused when it is opened. `cryptography` writes it; it is read here
after the same specification, because `cryptography` 50 reads it only from its beginning. A test holds both together.

`context` is what the file is of: a file put in another recording's place does not open. Blocking.
"""

import hashlib
import hmac
import io
import os
from pathlib import Path
from typing import BinaryIO

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from typing_extensions import Buffer

from core.errors import NotFound
from recordings.audio.keys import Key
from recordings.audio.wav import BrokenAudio

PIECE_BYTES = 16 * 1024
TAG_BYTES = 16
SALT_BYTES = 24
COMMITMENT_BYTES = 32
HEADER_BYTES = SALT_BYTES + COMMITMENT_BYTES
_NONCE_BYTES = 12
_DERIVED_BYTES = 32 + _NONCE_BYTES + COMMITMENT_BYTES
_SEALED_PIECE = PIECE_BYTES + TAG_BYTES
_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


class SealBroken(BrokenAudio, NotFound):
    """加密的录音档案文件被改动过或不完整，无法打开。"""

    slug = "seal_broken"


def sealed_bytes(plain_bytes: int) -> int:
    """How long a file of `plain_bytes` is when it is sealed."""
    return HEADER_BYTES + plain_bytes + TAG_BYTES * (plain_bytes // PIECE_BYTES + 1)


def seal(source: BinaryIO, target: Path, key: Key, context: bytes) -> str:
    """Write `source` sealed to `target` and see it on the disk. Returns the sealed file's SHA-256. Raises OSError."""
    encryptor = Cobblestone256Encryptor(key.secret, context)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := source.read(PIECE_BYTES * 16):
            sealed = encryptor.update(block)
            digest.update(sealed)
            file.write(sealed)
        sealed = encryptor.finalize()
        digest.update(sealed)
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


class SealedReader(io.RawIOBase):
    """What is in a sealed file, for reading and seeking; closes the file with itself."""

    def __init__(self, path: Path, key: Key, context: bytes) -> None:
        """Raises SealBroken for a file that was cut, or that this key or context did not seal; OSError."""
        self._path = path
        self._position = 0
        self._opened: tuple[int, bytes] = (-1, b"")
        self._file = path.open("rb")
        try:
            self._unlock(key, context)
        except BaseException:
            self._file.close()
            raise

    def _unlock(self, key: Key, context: bytes) -> None:
        rest = os.fstat(self._file.fileno()).st_size - HEADER_BYTES
        self._last, last_bytes = divmod(rest, _SEALED_PIECE)
        if rest < 0 or last_bytes < TAG_BYTES:
            raise SealBroken(f"加密的录音档案文件不完整：{self._path.name}")
        self.size_bytes = self._last * PIECE_BYTES + last_bytes - TAG_BYTES
        salt, commitment = self._file.read(SALT_BYTES), self._file.read(COMMITMENT_BYTES)
        derived = HKDFExpand(SHA512(), _DERIVED_BYTES, _INFO + salt + context).derive(key.secret)
        if not hmac.compare_digest(derived[-COMMITMENT_BYTES:], commitment):
            raise SealBroken(f"录音档案文件 {self._path.name} 不是用密钥「{key.id}」为这段录音加密的，或已被改动")
        self._aead = AESGCM(derived[:32])
        self._nonce = int.from_bytes(derived[32 : 32 + _NONCE_BYTES])
        # Only the last piece proves how long the file was.
        self._piece(self._last)

    def _piece(self, number: int) -> bytes:
        if self._opened[0] != number:
            self._file.seek(HEADER_BYTES + number * _SEALED_PIECE)
            sealed = self._file.read(_SEALED_PIECE)
            try:
                plain = self._aead.decrypt((self._nonce ^ number).to_bytes(_NONCE_BYTES), sealed, None)
            except (InvalidTag, ValueError) as error:
                raise SealBroken(f"加密的录音档案文件被改动过：{self._path.name}，第 {number + 1} 段") from error
            self._opened = (number, plain)
        return self._opened[1]

    def readinto(self, buffer: Buffer, /) -> int:
        """Raises SealBroken."""
        view = memoryview(buffer).cast("B")
        if self._position >= self.size_bytes or not len(view):
            return 0
        number, start = divmod(self._position, PIECE_BYTES)
        some = self._piece(number)[start : start + len(view)]
        view[: len(some)] = some
        self._position += len(some)
        return len(some)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
