"""The keys of the sealed archive: a text file outside the recordings, one key a line, the newest last.

`2026-11 6f1c…` (an id and 64 hexadecimal digits); empty lines and lines that begin with # are nothing. Which key
sealed a recording stands in its row, so old keys stay in the file until `hotline recordings rekey` is done. The file is
read whenever a key is needed: a key that was added counts at once in every process.
"""

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadInput, NotFound
from core.settings import Settings

KEY_BYTES = 32
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class KeyMissing(NotFound):
    """没有解密录音所需的密钥。"""

    slug = "key_missing"


@dataclass(frozen=True)
class Key:
    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """The keys of the file at `file`; None: recordings are not sealed."""

    file: Path | None = None

    def ids(self) -> list[str]:
        """Raises KeyMissing."""
        return [key.id for key in self._load()] if self.file else []

    def newest(self) -> Key | None:
        """What new recordings are sealed with; None: they are not. Raises KeyMissing where the file cannot be used:
        then nothing is stored rather than stored unsealed."""
        return self._load()[-1] if self.file else None

    def get(self, key_id: str) -> Key:
        """Raises KeyMissing."""
        if self.file is None:
            raise KeyMissing(f"录音已加密，需要密钥「{key_id}」，但没有设置密钥文件。请系统管理员补上设置。")
        found = next((key for key in self._load() if key.id == key_id), None)
        if found is None:
            raise KeyMissing(
                f"录音已加密，密钥文件里没有密钥「{key_id}」。请系统管理员把它补进密钥文件，录音没有丢失。"
            )
        return found

    def _load(self) -> list[Key]:
        assert self.file is not None
        try:
            return parse_keys(self.file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "不是文本"
            raise KeyMissing(
                f"密钥文件 {self.file.name} 无法读取（{why}）。请系统管理员恢复它，录音没有丢失。"
            ) from error


NO_KEYS = Keys()


def keys_of(settings: Settings) -> Keys:
    file = settings.encryption.keys_file
    return Keys(Path(file).expanduser().resolve() if file else None)


def parse_keys(text: str) -> list[Key]:
    """In the file's order. Raises KeyMissing naming the line; the keys themselves are never quoted."""
    keys: list[Key] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or not _ID.fullmatch(words[0]) or not re.fullmatch(r"[0-9a-fA-F]{64}", words[1]):
            raise KeyMissing(f"密钥文件第 {number} 行写错了：应为编号、空格和64位十六进制数。请系统管理员更正。")
        if any(key.id == words[0] for key in keys):
            raise KeyMissing(f"密钥文件第 {number} 行：密钥「{words[0]}」出现了两次。请系统管理员更正。")
        keys.append(Key(words[0], bytes.fromhex(words[1])))
    if not keys:
        raise KeyMissing("密钥文件里没有密钥。请系统管理员补上。")
    return keys


def add_key(file: Path, key_id: str) -> None:
    """Make a key and put it last into `file` (made where it is not there, readable for its owner only).

    Seen on the disk before this returns. Raises BadInput for an id that is none or is taken, KeyMissing, OSError.
    """
    if not _ID.fullmatch(key_id):
        raise BadInput(f"密钥编号「{key_id}」不行：只用小写字母、数字和短横线，最多32个字符。")
    text = file.read_text("utf-8") if file.exists() else ""
    if text.strip() and any(key.id == key_id for key in parse_keys(text)):
        raise BadInput(f"密钥「{key_id}」已经有了，请换一个编号。")
    if text and not text.endswith("\n"):
        text += "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(f"{text}{key_id} {secrets.token_hex(KEY_BYTES)}\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(file)
