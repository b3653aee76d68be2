"""运行状态: how each part of the installation is, since when, and what to do. It is read when a part is down, so every
part is looked at by itself and in bounded time, the database too.
"""

import asyncio
from typing import Any

from aiohttp import web

from access.accounts.roles import ADMINISTRATORS
from access.visibility.reporter_guesses import troubles_kept_from
from core import clock
from core.database import transaction
from core.errors import BadInput, HotlineError
from core.jobs import Job, defer
from dispatch.channels.senders import make_senders
from dispatch.channels.trying import Tried, try_channel
from dispatch.notifications.labels import NOTIFICATION_CHANNELS
from dispatch.notifications.rules import NotificationChannel
from telephony.labels import TROUBLES
from telephony.monitoring.line_health import INCIDENTS
from telephony.monitoring.processes import MAKE_BACKUP
from web.http.answers.pages import page, part_or_page
from web.http.routes import Route, context_of, me_of
from web.status.city_parts import channel_parts, city_parts, retention_parts
from web.status.labels import PART_CONDITIONS
from web.status.line_parts import (
    CONFIGURATION_UNKNOWN,
    announcements_part,
    configuration_part,
    exchange_parts,
    line_parts,
    phone_parts,
)
from web.status.machine_parts import (
    DATABASE_AWAY,
    backup_parts,
    database_part,
    disk_parts,
    job_parts,
    model_parts,
    process_parts,
    retry_failed,
)
from web.status.parts import PartCondition, PartGroup, PartStatus, bounded, fault, watch
from web.status.state import load_troubles

PAGE = "/admin/status"


async def show_status(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def submit_test(request: web.Request) -> web.StreamResponse:
    form, app_context, me = await request.post(), context_of(request), me_of(request)
    try:
        channel = NotificationChannel(str(form.get("channel", "")))
    except ValueError:
        return await _page(request, BadInput("没有这个渠道。"))
    tried = Tried(channel, str(form.get("address", "")).strip(), me.account_id, me.display_name)
    senders, policy = make_senders(app_context.settings.notifications), app_context.policy
    try:
        await try_channel(app_context.sessions, app_context.city, policy.notifications, senders, tried, at=clock.now())
    except BadInput as error:
        return await _page(request, error)
    raise web.HTTPSeeOther(PAGE)


async def submit_again(request: web.Request) -> web.StreamResponse:
    async with transaction(context_of(request).sessions) as session:
        await retry_failed(session)
    raise web.HTTPSeeOther(PAGE)


async def submit_backup(request: web.Request) -> web.StreamResponse:
    if not context_of(request).settings.backup.folder:
        return await _page(request, BadInput("还没有设置备份文件夹，没有开始。"))
    async with transaction(context_of(request).sessions) as session:
        asked_by = {"asked_by": me_of(request).name}
        await defer(session, Job(MAKE_BACKUP, queue="records", arguments=asked_by, key=MAKE_BACKUP, lock=MAKE_BACKUP))
    raise web.HTTPSeeOther(PAGE)


async def _page(request: web.Request, refused: HotlineError | None = None) -> web.StreamResponse:
    groups = await look_at_all(request)
    parts = [part for group in groups for part in group.parts]
    context: dict[str, Any] = {
        "groups": groups,
        "counts": {one: sum(part.condition is one for part in parts) for one in PartCondition},
        "conditions": PART_CONDITIONS,
        "channels": NOTIFICATION_CHANNELS,
        "backs_up": bool(context_of(request).settings.backup.folder),
        "set_up": list(make_senders(context_of(request).settings.notifications)),
        "typed": await request.post() if refused else {},
        "refused": "".join(getattr(refused, "fields", {}).values()) or refused.message if refused else "",
        "looked_at": clock.now(),
    }
    if refused:
        return page(request, "status/status.html", context, status=422)
    return part_or_page(request, "status/status_rows.html", "status/status.html", context)


async def look_at_all(request: web.Request) -> list[PartGroup]:
    """In the order in which a citizen's call meets them; all at once, so that none waits for another."""
    app_context, at = context_of(request), clock.now()
    looks = {
        "报警": _alarms(request),
        "交换机": exchange_parts(app_context.settings),
        "电话线路": line_parts(app_context, at),
        "交换机的设置": configuration_part(app_context.settings),
        "公告": announcements_part(app_context.settings),
        "数据库": database_part(app_context),
        "程序": process_parts(app_context, at),
        "磁盘": disk_parts(app_context, at),
        "语音识别": model_parts(app_context, at),
        "等着做的工作": job_parts(app_context, at),
        "备份": backup_parts(app_context, at),
        "渠道": channel_parts(app_context, at),
        "城市数据": city_parts(app_context, at),
        "保存期限": retention_parts(app_context),
        "电话": phone_parts(app_context, at),
    }
    silent = {"数据库": DATABASE_AWAY, "交换机的设置": CONFIGURATION_UNKNOWN}
    return list(await asyncio.gather(*(bounded(title, look, silent.get(title)) for title, look in looks.items())))


async def _alarms(request: web.Request) -> list[PartStatus]:
    """What stands at the head of the pages, too."""
    async with context_of(request).sessions() as session:
        found = await load_troubles(session, clock.now(), besides=troubles_kept_from(me_of(request).role))
    return [
        (watch if one.kind in INCIDENTS else fault)(
            "安全报警" if one.kind in INCIDENTS else "线路报警",
            TROUBLES[one.kind],
            since=one.since,
            technical=one.detail,
        )
        for one in found
    ]


ROUTES = [
    Route("GET", PAGE, "status", show_status, ADMINISTRATORS, citizens=False, without_database=True),
    Route("POST", f"{PAGE}/test", "submit_channel_test", submit_test, ADMINISTRATORS, citizens=False),
    Route("POST", f"{PAGE}/jobs", "submit_jobs_again", submit_again, ADMINISTRATORS, citizens=False),
    Route("POST", f"{PAGE}/backup", "submit_backup_now", submit_backup, ADMINISTRATORS, citizens=False),
]
