"""Files on orders: stored once, seen by whom the order is for, refused when they are what they must not be."""

import asyncio
import stat
import sys
import threading
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import BadInput, Unavailable
from core.sections.attachments import AttachmentSettings
from core.settings import Settings
from core.tasks import spawn
from dispatch.attachments.checks import Checked, check_content
from dispatch.attachments.file_kinds import XLSX
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.attachments.store import receive, relative_path
from dispatch.workflow import Role
from tests.support.attachments import send
from tests.support.file_samples import AMR, archive, heic, ole, photo, read, workbook
from tests.support.web_rig import WebRig
from web.http.sockets.socket_quota import UPLOADS_A_SENDER
from web.orders.attachments import views


async def test_a_photo_sent_twice_is_stored_once_without_its_place(web_rig: WebRig) -> None:
    number, client_id = web_rig.sample.lamp, str(uuid.uuid4())
    first = await send(web_rig, Role.UNIT, number, photo(), client_id=client_id, taken_at="2026-11-21T08:00:00+08:00")
    again = await send(web_rig, Role.UNIT, number, photo(), client_id=client_id)
    assert (first.status, again.status) == (201, 201)
    answer = await first.json()
    assert (await again.json())["id"] == answer["id"]
    listed = await web_rig.get(Role.OFFICE, f"/api/orders/{number}/attachments")
    assert [one["id"] for one in listed["attachments"]] == [answer["id"]]
    fetched = await web_rig.ask(Role.COORDINATOR, "GET", answer["address"])
    assert (fetched.status, fetched.headers["Content-Type"]) == (200, "image/jpeg")
    assert not read(await fetched.read()).getexif()
    lies = web_rig.context.settings.attached / relative_path(answer["sha256"])
    assert lies.read_bytes() == await fetched.read()
    assert [path for path in web_rig.context.settings.attached.rglob("*.part")] == []


async def test_one_id_is_one_file_of_one_order(web_rig: WebRig) -> None:
    client_id = str(uuid.uuid4())
    await send(web_rig, Role.UNIT, web_rig.sample.lamp, photo(), client_id=client_id)
    other = await send(web_rig, Role.UNIT, web_rig.sample.lamp, photo("PNG"), client_id=client_id)
    assert other.status == 409


async def test_whom_the_order_is_not_for_neither_hangs_on_nor_fetches(web_rig: WebRig) -> None:
    sent = await send(web_rig, Role.COORDINATOR, web_rig.sample.fresh, photo())
    address = (await sent.json())["address"]
    assert (await web_rig.ask(Role.UNIT, "GET", address)).status == 404
    assert (await send(web_rig, Role.UNIT, web_rig.sample.fresh, photo())).status == 404
    assert (await web_rig.ask(Role.SUPERVISOR, "GET", address)).status == 200


async def test_what_is_no_photo_or_too_large_is_refused_and_leaves_nothing(web_rig: WebRig) -> None:
    async with web_rig.context.sessions() as session:
        before = await session.scalar(select(func.count()).select_from(Attachment))
    page = await send(web_rig, Role.UNIT, web_rig.sample.lamp, b"<html></html>")
    assert (page.status, (await page.json())["detail"][:9]) == (422, "这是网页格式的文件")
    large = await send(web_rig, Role.UNIT, web_rig.sample.lamp, b"\xff" * (21 * 1024 * 1024))
    assert "21 MB" in (await large.json())["detail"]
    async with web_rig.context.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Attachment)) == before


@pytest.mark.parametrize(("code", "error"), [(1, BadInput), (2, Unavailable)])
async def test_the_scanner_decides_and_one_that_fails_lets_nothing_through(
    tmp_path: Path, code: int, error: type[Exception]
) -> None:
    scanner = (sys.executable, "-c", f"import sys; open(sys.argv[1]).close(); sys.exit({code})")
    settings = Settings(var=tmp_path, attachments=AttachmentSettings(scan_command=scanner))
    with pytest.raises(error):
        await receive(settings, AttachmentKind.PHOTO, "a.jpg", photo())
    assert [path for path in settings.attached.rglob("*") if path.is_file()] == []
    clean = AttachmentSettings(scan_command=(sys.executable, "-c", "pass"))
    received = await receive(settings.model_copy(update={"attachments": clean}), AttachmentKind.PHOTO, "a.jpg", photo())
    assert (settings.attached / relative_path(received.sha256)).is_file()


async def test_a_name_is_no_path(tmp_path: Path) -> None:
    received = await receive(Settings(var=tmp_path), AttachmentKind.PHOTO, "../../etc/pass\nwd.jpg", photo())
    assert received.name == "passwd.jpg"


async def test_a_file_is_served_as_what_it_is_and_named_so(web_rig: WebRig) -> None:
    number = web_rig.sample.lamp
    for kind, data, name, result, media_type in (
        ("document", workbook(), "台账.zip", "台账.xlsx", XLSX.media_type),
        ("document", ole("WordDocument"), "方案.wps", "方案.wps", "application/msword"),
        ("document", "灯已亮".encode("gbk"), "说明.html", "说明.html.txt", "text/plain; charset=gb18030"),
        ("photo_after", heic(), "IMG_1.HEIC", "IMG_1.jpg", "image/jpeg"),
        ("voice", AMR, "录音.amr", "录音.amr", "audio/amr"),
    ):  # fmt: skip
        sent = await send(web_rig, Role.UNIT, number, data, kind=kind, name=name)
        assert sent.status == 201, await sent.text()
        answer = await sent.json()
        assert answer["name"] == result
        fetched = await web_rig.ask(Role.COORDINATOR, "GET", answer["address"])
        assert fetched.headers["Content-Type"] == media_type
        assert fetched.headers["X-Content-Type-Options"] == "nosniff"
        assert fetched.headers["Content-Disposition"].startswith(
            "inline" if media_type.startswith(("image/", "audio/")) else "attachment"
        )
    refused = await send(web_rig, Role.UNIT, number, archive({"evil.exe": b"MZ"}), kind="document")
    assert (refused.status, (await refused.json())["detail"][:3]) == (422, "压缩包")


async def test_nobody_else_on_the_machine_may_read_what_was_hung_on(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    settings.attached.mkdir(mode=0o755)
    received = await receive(settings, AttachmentKind.PHOTO, "a.jpg", photo())
    file = settings.attached / relative_path(received.sha256)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, settings.attached)] == [
        0o600,
        0o700,
        0o700,
    ]


async def test_nobody_fills_the_disk(web_rig: WebRig, monkeypatch: pytest.MonkeyPatch) -> None:
    number, settings = web_rig.sample.lamp, web_rig.context.settings
    listed = (await web_rig.get(Role.UNIT, f"/api/orders/{number}/attachments"))["attachments"]
    size = sum(one["size_bytes"] for one in listed)
    text = b"x" * 2000
    for limit, value, status, words in (
        ("order_bytes", size + 1000, 422, "这张工单的附件合计最多"),
        ("order_files", len(listed), 422, f"已经有{len(listed)}个附件"),
        ("account_day_bytes", 1000, 422, "一个账号24小时内最多"),
        ("total_bytes", size, 507, "存储空间不够"),
        ("least_free_bytes", 2**60, 507, "存储空间不够"),
    ):
        limits = settings.attachments.model_copy(update={limit: value})
        with monkeypatch.context() as patch:
            # The settings are frozen for everybody else.
            patch.setitem(vars(web_rig.context), "settings", settings.model_copy(update={"attachments": limits}))
            answer = await send(web_rig, Role.UNIT, number, text, kind="document", name="x.txt")
        assert (limit, answer.status) == (limit, status)
        assert words in (await answer.json())["detail"]
    assert (await send(web_rig, Role.UNIT, number, text, kind="document", name="x.txt")).status == 201


async def test_pictures_of_strangers_are_decoded_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, together = threading.Lock(), []

    def check(kind: AttachmentKind, data: bytes, *, keep_details: bool) -> Checked:
        alone = busy.acquire(blocking=False)
        together.append(alone)
        try:
            return check_content(kind, data, keep_details=keep_details)
        finally:
            if alone:
                busy.release()

    monkeypatch.setattr("dispatch.attachments.store.check_content", check)
    settings = Settings(var=tmp_path)
    await asyncio.gather(
        *(receive(settings, AttachmentKind.PHOTO, f"{n}.jpg", photo(orientation=n)) for n in range(1, 9))
    )
    assert together == [True] * 8


async def test_of_one_sender_a_few_files_come_in_at_a_time_and_nobody_else_waits(
    web_rig: WebRig, monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    reading, rest = [0], asyncio.Event()
    as_it_is = views.read_body

    async def counted(*what: Any) -> bytes:
        reading[0] += 1
        try:
            return await as_it_is(*what)
        finally:
            reading[0] -= 1

    async def in_two_halves() -> AsyncIterator[bytes]:
        data = photo()
        yield data[:100]
        await rest.wait()
        yield data[100:]

    async def slowly() -> int:
        address = f"/api/orders/{web_rig.sample.lamp}/attachments?kind=photo_before&name=x.jpg"
        return (await web_rig.ask(Role.OFFICE, "POST", address, data=in_two_halves())).status

    monkeypatch.setattr(views, "read_body", counted)
    await web_rig.token(Role.OFFICE)
    sent = [spawn(slowly(), name="slow") for _ in range(UPLOADS_A_SENDER + 3)]
    await until(lambda: reading[0] == UPLOADS_A_SENDER)
    assert (await send(web_rig, Role.COORDINATOR, web_rig.sample.lamp, photo())).status == 201
    assert reading[0] == UPLOADS_A_SENDER
    rest.set()
    assert await asyncio.gather(*sent) == [201] * len(sent)


async def test_a_file_of_which_nothing_more_comes_is_given_up(web_rig: WebRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "STALLED_SECONDS", 0.2)
    never = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield photo()[:100]
        await never.wait()

    address = f"/api/orders/{web_rig.sample.lamp}/attachments?kind=photo_before&name=x.jpg"
    answer = await web_rig.ask(Role.OFFICE, "POST", address, data=half())
    assert (answer.status, (await answer.json())["title"]) == (408, "等得太久")
