"""How much may be hung on orders: by order, by account, through links, in all, and while the disk has room.

Asked before a file is stored. Files that arrive side by side may together go over a limit by what is under way.
"""

import asyncio
import datetime as dt
import shutil
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.city_words import city_words
from core.errors import BadInput, NoRoom
from core.settings import Settings
from dispatch.attachments.models import Attachment
from dispatch.orders.actors import Actor

log = structlog.get_logger()

_DAY = dt.timedelta(days=1)


async def check_room(
    session: AsyncSession, settings: Settings, order_id: int, actor: Actor, size_bytes: int, *, at: dt.datetime
) -> None:
    """Raises BadInput where this sender or this order has used up its quota, NoRoom where the disk is full."""
    limits = settings.attachments
    files, size = await _sum(session, Attachment.order_id == order_id)
    if files >= limits.order_files:
        raise _full(f"这张工单已经有{files}个附件，最多{limits.order_files}个。")
    if size + size_bytes > limits.order_bytes:
        raise _full(
            f"这张工单的附件合计最多 {_told(limits.order_bytes)}，放不下这个文件了。请缩小后再发，或者只发最要紧的。"
        )
    if actor.account_id is None:
        _, size = await _sum(session, Attachment.order_id == order_id, Attachment.actor_id.is_(None))
        if size + size_bytes > limits.link_bytes:
            raise _full(
                f"通过办理链接上传的文件合计最多 {_told(limits.link_bytes)}，更多的请寄给{city_words().coordinator}。"
            )
    else:
        mine = Attachment.actor_id == actor.account_id, Attachment.received_at > at - _DAY
        _, size = await _sum(session, *mine)
        if size + size_bytes > limits.account_day_bytes:
            raise _full(
                f"一个账号24小时内最多上传 {_told(limits.account_day_bytes)}，请明天再传，或者请系统管理员调整。"
            )
    if limits.total_bytes:
        _, size = await _sum(session)
        if size + size_bytes > limits.total_bytes:
            log.error("attachments_have_no_room", total_bytes=size, limit_bytes=limits.total_bytes)
            raise NoRoom
    free = await asyncio.to_thread(_free_bytes, settings.attached)
    if free - size_bytes < limits.least_free_bytes:
        log.error("attachments_have_no_room", free_bytes=free, least_free_bytes=limits.least_free_bytes)
        raise NoRoom


async def _sum(session: AsyncSession, *which: ColumnElement[bool]) -> tuple[int, int]:
    """Files, bytes."""
    wanted = select(func.count(), func.coalesce(func.sum(Attachment.size_bytes), 0)).where(*which)
    files, size = (await session.execute(wanted.select_from(Attachment))).one()
    return int(files), int(size)


def _free_bytes(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def _full(why: str) -> BadInput:
    return BadInput(why, fields={"file": why})


def _told(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:g} GB" if size_bytes >= 1024**3 else f"{size_bytes / 1024**2:.0f} MB"
