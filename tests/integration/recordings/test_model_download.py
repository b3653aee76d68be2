"""A model's download goes on where it was cut, and nothing wrong is ever unpacked. Against a real HTTP server."""

import asyncio
import hashlib
import io
import shutil
import stat
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from core.errors import BadInput, ConfigurationError, NotFound, Unavailable
from core.sections.speech import SpeechSettings
from core.settings import Settings
from recordings.recognition.model_download import install_model
from recordings.recognition.speech_models import (
    CatalogueEntry,
    ModelKind,
    bundled_folder,
    find_model,
    find_named_model,
    get_entry,
    list_models,
    verify_model,
)

FILES = {"am/final.mdl": b"model", "conf/mfcc.conf": b"conf", "graph/HCLr.fst": b"g", "graph/Gr.fst": b"g"}


def model_zip(*extra: zipfile.ZipInfo, top: str = "vosk-model-x/", files: dict[str, bytes] | None = None) -> bytes:
    """About a megabyte that does not compress, so that it can be cut in the middle."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in (FILES if files is None else files).items():
            archive.writestr(top + name, content)
        archive.writestr(top + "ballast", np.random.default_rng(1).bytes(1_000_000))
        for member in extra:
            archive.writestr(member, b"/etc/passwd")
    return made.getvalue()


class Server:
    """Serves `content`; each request takes the next of `cuts`: that number of bytes, then the connection is reset."""

    def __init__(self) -> None:
        self.content = model_zip()
        self.ranges = True
        self.cuts: list[int] = []
        self.asked: list[str | None] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range")
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        total = len(self.content)
        if start >= total:
            raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{total}"})
        response = web.StreamResponse(status=206 if start else 200)
        if start:
            response.headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        response.content_length = total - start
        await response.prepare(request)
        if self.cuts:
            await response.write(self.content[start : start + self.cuts.pop(0)])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(self.content[start:])
        return response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    application = web.Application()
    application.router.add_get("/model.zip", served.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    served.url = f"http://127.0.0.1:{port}/model.zip"
    yield served
    await runner.cleanup()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path)


def entry_for(server: Server, **facts: object) -> CatalogueEntry:
    known: dict[str, object] = {
        "name": "vosk-model-x",
        "kind": ModelKind.DOWNLOAD,
        "title": "试",
        "language": "zh",
        "automatic": True,
        "url": server.url,
        "size_bytes": len(server.content),
        "sha256": hashlib.sha256(server.content).hexdigest(),
    }
    return CatalogueEntry.model_validate(known | facts)


def register(settings: Settings, entry: CatalogueEntry) -> CatalogueEntry:
    """Put the entry into the deployment's own catalogue."""
    settings.models.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool | int) else repr(str(value))}" for key, value in entry
    ]
    (settings.models / "catalogue.toml").write_text("[[models]]\n" + "\n".join(lines), encoding="utf-8")
    return entry


def left_over(settings: Settings) -> list[str]:
    return sorted(
        path.name for path in settings.models.rglob("*") if path.is_file() and "vosk-model-x/" not in str(path)
    )


async def install(settings: Settings, entry: CatalogueEntry, **facts: object) -> Path:
    info = await install_model(settings, entry, retry_max_seconds=0.01, **facts)  # type: ignore[arg-type]
    return info.path


async def test_a_model_is_fetched_checked_unpacked_and_found(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server))
    result: list[tuple[int, int]] = []
    folder = await install(settings, entry, progress=lambda here, total: result.append((here, total)))
    assert (folder / "am/final.mdl").read_bytes() == b"model"
    assert result[-1] == (len(server.content), len(server.content))
    assert left_over(settings) == ["catalogue.toml"]
    found = find_model(settings)
    assert found is not None
    assert found.path == folder
    await install(settings, entry)
    assert len(server.asked) == 1


async def test_a_cut_download_goes_on_where_it_was(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server))
    server.cuts = [300_000, 200_000]
    assert await install(settings, entry)
    assert server.asked == [None, "bytes=300000-", "bytes=500000-"]


async def test_what_was_fetched_is_kept_when_the_server_stays_away(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server))
    server.cuts = [400_000, *[0] * 20]
    with pytest.raises(Unavailable, match="继续"):
        await install(settings, entry)
    assert len(server.asked) == 6
    server.cuts = []
    server.asked = []
    assert await install(settings, entry)
    assert server.asked == ["bytes=400000-"]


async def test_a_server_without_range_sends_it_all_again(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server))
    server.ranges = False
    server.cuts = [300_000]
    assert await install(settings, entry)
    assert server.asked == [None, "bytes=300000-"]


async def test_a_whole_file_of_unknown_size_is_not_asked_for_in_vain(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server, size_bytes=0, sha256=""))
    wanted = hashlib.sha256(server.content).hexdigest()
    part = settings.models / ".downloads" / f"vosk-model-x.{wanted[:16]}.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.content)
    assert await install(settings, entry, sha256=wanted)
    assert server.asked == [f"bytes={len(server.content)}-"]


@pytest.mark.parametrize("cut", [[], [500_000]])
async def test_a_wrong_file_is_thrown_away_and_never_unpacked(
    settings: Settings, server: Server, cut: list[int]
) -> None:
    entry = register(settings, entry_for(server))
    server.content = server.content[:-1] + b"!"
    server.cuts = cut
    with pytest.raises(ConfigurationError, match="校验和不符"):
        await install(settings, entry)
    assert left_over(settings) == ["catalogue.toml"]
    assert find_model(settings.model_copy(update={"speech": SpeechSettings(model="vosk-model-x")})) is None


async def test_a_file_that_is_too_long_or_not_there_is_said_at_once(settings: Settings, server: Server) -> None:
    entry = entry_for(server)
    server.content += b"more"
    with pytest.raises(ConfigurationError, match="大"):
        await install(settings, entry)
    with pytest.raises(ConfigurationError, match="不存在"):
        await install(settings, entry, url=server.url + "x")


async def test_without_a_known_hash_nothing_is_installed(settings: Settings, server: Server) -> None:
    with pytest.raises(BadInput, match="--sha256"):
        await install(settings, entry_for(server, sha256=""))
    assert server.asked == []


async def test_a_zip_that_somebody_brought_needs_no_network(settings: Settings, server: Server, tmp_path: Path) -> None:
    entry = register(settings, entry_for(server))
    brought = tmp_path / "brought.zip"
    brought.write_bytes(server.content)
    assert await install(settings, entry, file=brought)
    assert server.asked == []
    assert brought.exists()


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    "member",
    [
        zipfile.ZipInfo("../outside"),
        zipfile.ZipInfo("/outside"),
        zipfile.ZipInfo("x/../../outside"),
        zipfile.ZipInfo("x\\..\\..\\outside"),
        link("x/link"),
    ],
    ids=["up", "root", "inside-up", "backslash", "link"],
)
async def test_a_zip_that_reaches_outside_its_folder_is_refused(
    settings: Settings, server: Server, member: zipfile.ZipInfo, tmp_path: Path
) -> None:
    server.content = model_zip(member)
    with pytest.raises(ConfigurationError, match="不安全"):
        await install(settings, register(settings, entry_for(server)))
    assert not (tmp_path / "outside").exists()
    assert [path.name for path in settings.models.iterdir() if path.is_dir()] == [".downloads"]


async def test_a_zip_without_a_model_is_refused(settings: Settings, server: Server) -> None:
    server.content = model_zip(files={"README": b"hello"})
    with pytest.raises(ConfigurationError, match="没有 Vosk 语音模型"):
        await install(settings, register(settings, entry_for(server)))


async def test_the_korean_model_is_listed_taken_only_when_named_and_loads(settings: Settings) -> None:
    listed = {entry.name: info for entry, info in list_models(settings)}
    assert listed["ko-test"] is not None
    chosen = find_model(settings)
    assert chosen is None or chosen.name == "demo-cn"
    named = find_model(settings.model_copy(update={"speech": SpeechSettings(model="ko-test")}))
    assert named is not None
    await verify_model(named)
    by_path = find_model(settings.model_copy(update={"speech": SpeechSettings(model=str(named.path))}))
    assert by_path is not None
    assert by_path.path == named.path.resolve()


async def test_a_model_that_vosk_refuses_does_not_verify(settings: Settings, server: Server) -> None:
    entry = register(settings, entry_for(server))
    await install(settings, entry)
    info = find_model(settings)
    assert info is not None
    with pytest.raises(ConfigurationError, match="无法加载"):
        await verify_model(info)
    await asyncio.to_thread((info.path / "am/final.mdl").unlink)
    with pytest.raises(ConfigurationError, match="不全"):
        await verify_model(info)


def test_the_official_small_model_is_known_by_its_size_and_hash(settings: Settings) -> None:
    small = get_entry(settings, "vosk-model-small-cn-0.22")
    assert small.size_bytes == 43_898_754
    assert small.sha256 == "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"
    with pytest.raises(NotFound, match="demo-cn"):
        get_entry(settings, "nothing")


def test_a_known_model_named_by_its_path_keeps_its_name_and_warning(settings: Settings) -> None:
    korean = find_named_model(settings, "ko-test")
    assert korean is not None
    assert find_named_model(settings, str(korean.path)) == korean


def test_a_bundled_model_that_was_adapted_stands_before_the_repositorys(settings: Settings) -> None:
    bundled = find_named_model(settings, "demo-cn")
    assert bundled is not None
    adapted = settings.models / "demo-cn"
    shutil.copytree(bundled.path, adapted)
    found = find_named_model(settings, "demo-cn")
    assert found is not None
    assert (found.path, found.title) == (adapted, bundled.title)
    assert bundled_folder(settings, "demo-cn") == bundled.path
