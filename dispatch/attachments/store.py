"""What hangs on an order beside its calls: stored once, found again, never rewritten.

`receive` checks, strips and scans a file and lays it under its checksum, outside every transaction; `attach` writes
its row in the caller's. A process that dies between leaves a file without a row: sent again, it is the same file.
"""

import asyncio
import datetime as dt
import functools
import hashlib
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from core.errors import BadInput, Conflict, NotFound, Unavailable
from core.jobs import Job, defer
from core.sections.attachments import AttachmentSettings
from core.settings import Settings
from dispatch.attachments.checks import check_content
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.orders.actors import Actor
from dispatch.orders.labels import ONLY_READ
from dispatch.orders.models import Order

log = structlog.get_logger()

NAME_LENGTH = 120
HEAR_VOICE = "dispatch.hear_voice"
CLEAN, INFECTED = 0, 1
"""Exit codes of the settings' scan command."""


@dataclass(frozen=True)
class Received:
    """A file that was found good and lies on the disk."""

    kind: AttachmentKind
    name: str
    media_type: str
    size_bytes: int
    sha256: str


async def receive(settings: Settings, kind: AttachmentKind, name: str, data: bytes) -> Received:
    """`name`: as the sender calls it. Raises BadInput in Chinese (too large, not such a file, a virus), Unavailable
    where the scanner does not answer."""
    most = settings.attachments.largest_bytes
    if len(data) > most:
        too_large = f"文件有 {len(data) / 1e6:.1f} MB，最多 {most / 1e6:.0f} MB，请缩小后再发。"
        raise BadInput(too_large, fields={"file": too_large})
    keep_details = settings.attachments.keep_photo_details
    check = functools.partial(check_content, kind, data, keep_details=keep_details)
    checked = await asyncio.get_running_loop().run_in_executor(_checker(), check)
    sha256 = hashlib.sha256(checked.data).hexdigest()
    file = settings.attached / relative_path(sha256)
    if not file.exists():
        part = file.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        try:
            await asyncio.to_thread(_write, settings.attached, part, checked.data)
            await _scan(settings.attachments, part)
            await asyncio.to_thread(os.replace, part, file)
        finally:
            part.unlink(missing_ok=True)
    called = checked.name(_tidy(name) or kind)
    return Received(kind, called, checked.kind.media_type, len(checked.data), sha256)


async def attach(
    session: AsyncSession,
    received: Received,
    order_id: int,
    *,
    actor: Actor,
    at: dt.datetime,
    taken_at: dt.datetime | None = None,
    step_seq: int | None = None,
    client_id: str | None = None,
) -> Attachment:
    """The row of a received file. Sent once more under its `client_id`, it is the row that is there already; raises
    Conflict where that one is another order's or another file's, and for an order of a former system."""
    if await session.scalar(select(Order.former_system).where(Order.id == order_id)) is not None:
        raise Conflict(ONLY_READ)
    values = {
        "order_id": order_id, "step_seq": step_seq, "client_id": client_id, "kind": received.kind,
        "name": received.name, "media_type": received.media_type, "size_bytes": received.size_bytes,
        "sha256": received.sha256, "taken_at": taken_at, "received_at": at, "actor_id": actor.account_id,
        "actor_role": actor.role, "actor_name": actor.name, "office_code": actor.office_code,
        "unit_code": actor.unit_code,
    }  # fmt: skip
    made = insert(Attachment).values(values).on_conflict_do_nothing(index_elements=["client_id"])
    row = (await session.scalars(made.returning(Attachment))).one_or_none()
    if row is None:
        row = (await session.scalars(select(Attachment).where(Attachment.client_id == client_id))).one()
        if (row.order_id, row.sha256) != (order_id, received.sha256):
            raise Conflict("这个文件编号已经用于另一个文件，请重新选择后再发。")
        return row
    if row.kind is AttachmentKind.VOICE:
        await defer(session, hear_voice_job(row.id))
    await bus.publish(session, "order", order_id)
    return row


def hear_voice_job(attachment_id: int) -> Job:
    key = f"{HEAR_VOICE}:{attachment_id}"
    return Job(HEAR_VOICE, queue="speech", arguments={"attachment_id": attachment_id}, key=key, lock=key)


async def attachments_of(session: AsyncSession, order_id: int) -> Sequence[Attachment]:
    """As they came."""
    wanted = select(Attachment).where(Attachment.order_id == order_id).order_by(Attachment.id)
    return (await session.scalars(wanted)).all()


async def get_attachment(session: AsyncSession, attachment_id: int) -> Attachment:
    """Raises NotFound."""
    row = await session.get(Attachment, attachment_id)
    if row is None:
        raise NotFound("没有这个附件。")
    return row


def path_of(settings: Settings, attachment: Attachment) -> Path:
    """Where its file lies. Raises NotFound, with an error in the log, when it is gone."""
    file = settings.attached / relative_path(attachment.sha256)
    if not file.is_file():
        log.error("attachment_lost", attachment=attachment.id, sha256=attachment.sha256)
        raise NotFound("附件文件不在了，请告诉系统管理员。")
    return file


def relative_path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


async def _scan(settings: AttachmentSettings, file: Path) -> None:
    """Raises BadInput for a file that the scanner refuses, Unavailable when it cannot check."""
    if not settings.scan_command:
        return
    code: int | None = None
    try:
        scanner = await asyncio.create_subprocess_exec(
            *settings.scan_command,
            str(file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            code = await asyncio.wait_for(scanner.wait(), settings.scan_seconds)
        except TimeoutError:
            scanner.kill()
            await scanner.wait()
    except OSError as error:
        log.error("scanner_does_not_start", reason=str(error))
    if code == INFECTED:
        log.warning("attachment_refused_by_scanner")
        raise BadInput("病毒扫描没有通过，文件没有保存。", fields={"file": "病毒扫描没有通过，文件没有保存。"})
    if code != CLEAN:
        log.error("scanner_failed", code=code)
        raise Unavailable("the virus scanner does not answer")


@functools.cache
def _checker() -> ThreadPoolExecutor:
    """One thread for all: pictures of strangers are decoded one at a time, and hold up nothing else."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="attachment-check")


def _write(attached: Path, part: Path, data: bytes) -> None:
    """Folders 0700, files 0600, whatever the umask and whatever earlier releases left."""
    attached.mkdir(parents=True, exist_ok=True, mode=0o700)
    attached.chmod(0o700)
    part.parent.mkdir(exist_ok=True, mode=0o700)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _tidy(name: str) -> str:
    """A name for people: no path, no control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-NAME_LENGTH:]
