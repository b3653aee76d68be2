"""Fetching a speech model: resumed where it was cut, checked whole before it is unpacked, there all at once or not.

Nothing is trusted before its SHA-256 is right; the zip may then still only write below its own folder.
"""

import asyncio
import hashlib
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import aiohttp
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from core.errors import BadInput, ConfigurationError, Unavailable
from core.settings import Settings
from recordings.recognition.speech_models import (
    CatalogueEntry,
    ModelInfo,
    ModelKind,
    find_named_model,
    is_model,
    model_folder,
)

log = structlog.get_logger()

Progress = Callable[[int, int], None]
"""(bytes here, bytes in all or 0)."""

BLOCK_BYTES = 1 << 18
STALLED_SECONDS = 60
TRIES_WITHOUT_PROGRESS = 5
MAX_UNPACKED_BYTES = 20 << 30
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def _silent(here_bytes: int, all_bytes: int) -> None:
    pass


async def install_model(
    settings: Settings,
    entry: CatalogueEntry,
    *,
    url: str = "",
    sha256: str = "",
    file: Path | None = None,
    progress: Progress = _silent,
    retry_max_seconds: float = 30.0,
) -> ModelInfo:
    """The model in its place; nothing is done when it is there already.

    `url` and `sha256` stand in for the catalogue's; `file` is a zip that somebody brought (no network needed).
    Raises BadInput (no hash known), ConfigurationError (wrong file), Unavailable (not to be had now; run it again).
    """
    installed = find_named_model(settings, entry.name)
    if installed is not None:
        return installed
    if entry.kind is not ModelKind.DOWNLOAD:
        raise ConfigurationError(f"语音模型「{entry.name}」不是下载的：{entry.title}")
    wanted = sha256.lower() or entry.sha256
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise BadInput(f"没有「{entry.name}」的公开校验和，请用 --sha256 给出您信任的值")
    size_bytes = entry.size_bytes if wanted == entry.sha256 else 0

    downloads = settings.models / ".downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    part = downloads / f"{entry.name}.{wanted[:16]}.zip.part"
    archive = file or part
    if file is None:
        await _download(url or entry.url, part, size_bytes, progress, retry_max_seconds)
    await asyncio.to_thread(_check_file, archive, wanted, keep=file is not None)
    folder = model_folder(settings, entry)
    assert folder is not None
    await asyncio.to_thread(unpack_model, archive, folder)
    _forget(part)
    found = find_named_model(settings, entry.name)
    assert found is not None
    return found


class _Cut(Exception):
    """The connection ended before the file did."""


class _NoProgress:
    """Ends the retries after some in a row that brought nothing new."""

    def __init__(self, part: Path) -> None:
        self._part = part
        self._size = _size(part)
        self._tries = 0

    def __call__(self, state: RetryCallState) -> bool:
        size = _size(self._part)
        self._tries = 0 if size > self._size else self._tries + 1
        self._size = max(size, self._size)
        return self._tries >= TRIES_WITHOUT_PROGRESS


async def _download(url: str, part: Path, size_bytes: int, progress: Progress, retry_max_seconds: float) -> None:
    limits = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=STALLED_SECONDS)
    retrying = AsyncRetrying(
        retry=retry_if_exception_type((_Cut, aiohttp.ClientError, TimeoutError)),
        wait=wait_random_exponential(min(0.5, retry_max_seconds), max=retry_max_seconds),
        stop=_NoProgress(part),
        reraise=True,
    )
    try:
        async with aiohttp.ClientSession(timeout=limits, trust_env=True, auto_decompress=False) as client:
            async for attempt in retrying:
                with attempt:
                    await _fetch_rest(client, url, part, size_bytes, progress)
    except (_Cut, aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(
            f"下载中断（{url}：{str(error) or type(error).__name__}），已下载的部分保留着，请稍后再运行同一命令继续"
        ) from error


async def _fetch_rest(client: aiohttp.ClientSession, url: str, part: Path, size_bytes: int, progress: Progress) -> None:
    """Add to `part` what it lacks. Raises _Cut or aiohttp's errors where trying again may help."""
    have = _size(part)
    if size_bytes and have == size_bytes:
        return
    if size_bytes and have > size_bytes:
        have = _forget(part)
    async with client.get(url, headers={"Range": f"bytes={have}-"} if have else {}) as answer:
        if answer.status == 416:
            # Nothing lies after what we have: it is whole (the hash will tell), or it is not this file at all.
            if size_bytes:
                _forget(part)
                raise _Cut("the server's file is shorter than it should be")
            return
        if answer.status == 404:
            raise ConfigurationError(f"下载地址不存在：{url}")
        answer.raise_for_status()
        start, total = _range_of(answer)
        if start not in (0, have):
            raise _Cut(f"the server began at byte {start} instead of {have}")
        total = size_bytes or total
        with part.open("ab") as file:
            # A server without Range sends everything again.
            file.truncate(start)
            here = start
            async for block in answer.content.iter_chunked(BLOCK_BYTES):
                file.write(block)
                here += len(block)
                if total and here > total:
                    raise ConfigurationError(f"下载的文件比应有的{total}字节大，地址可能不对：{url}")
                progress(here, total)
        if total and here < total:
            raise _Cut(f"{here} of {total} bytes")


def _range_of(answer: aiohttp.ClientResponse) -> tuple[int, int]:
    """First byte sent and the whole length (0: unknown)."""
    if answer.status == 206:
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if match is None:
            raise _Cut("the server sent no Content-Range")
        return int(match[1]), 0 if match[2] == "*" else int(match[2])
    return 0, answer.content_length or 0


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _forget(part: Path) -> int:
    """Throw it away; returns the bytes left (0)."""
    part.unlink(missing_ok=True)
    return 0


def _check_file(file: Path, sha256: str, *, keep: bool) -> None:
    """Raises ConfigurationError if it is not the wanted file; ours is then thrown away, a brought one stays."""
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
        os.fsync(opened.fileno())
    if found == sha256:
        return
    if not keep:
        file.unlink()
    raise ConfigurationError(
        f"文件校验和不符：应为 {sha256}，实为 {found}。没有安装任何内容；请再运行一次，或核对下载地址"
    )


def unpack_model(archive: Path, folder: Path) -> None:
    """Unpack beside, look at it, and give it its name in one step. Raises ConfigurationError for anything odd.

    The zip's one top folder is left out: `folder` itself is the model. Blocking.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        try:
            with zipfile.ZipFile(archive) as opened:
                _check_members(opened.infolist())
                opened.extractall(beside)
        # zipfile itself raises NotImplementedError for a compression that it does not know.
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise ConfigurationError(f"不是完好的 zip 文件：{archive.name}（{error}）") from error
        inside = list(beside.iterdir())
        top = inside[0] if len(inside) == 1 and inside[0].is_dir() else beside
        if not is_model(top):
            raise ConfigurationError(f"{archive.name} 里没有 Vosk 语音模型")
        _sync_tree(top)
        if folder.exists():
            shutil.rmtree(folder)
        top.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        kind = stat.S_IFMT(member.external_attr >> 16)
        if (
            name.is_absolute()
            or ".." in name.parts
            or ":" in member.filename
            or kind not in (0, stat.S_IFREG, stat.S_IFDIR)
        ):
            raise ConfigurationError(f"zip 文件里有不安全的条目：{member.filename!r}，没有解压")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise ConfigurationError("zip 文件解压后过大，没有解压")


def _sync_tree(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
