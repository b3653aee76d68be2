"""The machine's parts: database, our processes, disk, speech models, work that waits, backups."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import day_and_minute
from core.settings import Settings
from recordings.archive.disk import AGAIN_BYTES, NEARLY_FULL_BYTES, STOP_BYTES
from recordings.models import Transcript, TranscriptState
from recordings.recognition.speech_models import find_model, for_demonstration, mend_no_model
from telephony.labels import BACKUP_KINDS
from telephony.monitoring.models import BackupRun, ProcessHeart
from telephony.monitoring.processes import (
    BACKUP_LATE,
    PROOF_LATE,
    BackupKind,
    is_silent,
    next_backup_at,
    next_proof_at,
)
from telephony.pbx.settings import pbx_settings
from web.http.context import AppContext
from web.labels import lasted
from web.status.labels import PROCESS_NAMES, QUEUE_NAMES
from web.status.parts import PartCondition, PartStatus, fault, fine, watch

_LONG_WAIT = dt.timedelta(minutes=10)
"""A job that could have begun so long ago shows that nobody does them, or too few."""
RETRIED = ("records", "notifications", "speech")
"""Queues whose failed jobs may be tried again at any time: a call of yesterday must not ring today."""
_OPTIONAL = frozenset({"live"})
_STARTS_AGAIN = "系统会自己再启动。一分钟后仍是这样，请维护人员在服务器上查看日志并重启服务。"


DATABASE_AWAY = fault(
    "数据库",
    "数据库没有回应，页面和记录都用不了；电话照常接听和录音，之后自己补记。",
    mend="系统会自己再启动它，约半分钟。之后仍是这样，请维护人员查看数据库和磁盘。",
)


async def database_part(app_context: AppContext) -> list[PartStatus]:
    async with app_context.sessions() as session:
        found = await session.execute(
            text("SELECT current_setting('server_version'), pg_postmaster_start_time(), "
                 "pg_database_size(current_database())")
        )  # fmt: skip
        version, since, size = found.one()
    words = f"有回应，数据 {gigabytes(size)}。"
    if not app_context.bus.listening.is_set():
        return [watch("数据库", f"{words}但这里收不到它的变化通知，页面要刷新才变。", since=since, mend=_STARTS_AGAIN)]
    return [fine("数据库", words, since=since, technical=f"PostgreSQL {version}")]


async def process_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    async with app_context.sessions() as session:
        hearts = (await session.scalars(select(ProcessHeart).order_by(ProcessHeart.host, ProcessHeart.pid))).all()
    wanted = [part for part in PROCESS_NAMES if part not in _OPTIONAL or app_context.settings.speech.live]
    there = [heart for heart in hearts if not is_silent(heart.seen_at, at)]
    return [process_part(part, [heart for heart in hearts if heart.part == part], there, at) for part in wanted]


def process_part(
    part: str, hearts: Sequence[ProcessHeart], there: Sequence[ProcessHeart], at: dt.datetime
) -> PartStatus:
    """`there`: all processes that live, of whatever kind: they must be of one release and one version of the city."""
    name = PROCESS_NAMES[part]
    mine = [heart for heart in hearts if not is_silent(heart.seen_at, at)]
    if not mine:
        last = max((heart.seen_at for heart in hearts), default=None)
        return fault(name, "没有在运行。" if last else "从来没有运行过。", since=last, mend=_STARTS_AGAIN)
    facts = [(f"{heart.host}，进程 {heart.pid}", _works_by(heart)) for heart in mine]
    since = min(heart.started_at for heart in mine)
    if refused := next((heart for heart in mine if heart.city_refused), None):
        return fault(
            name, "读不了新保存的城市数据，仍按以前的办。", since=refused.city_since, facts=facts,
            mend="到“城市数据”撤回最近一次修改，或者改正它。", technical=refused.city_refused,
        )  # fmt: skip
    if _differ(mine, there):
        return watch(
            name, "和别的程序不是同一版。", since=since, facts=facts,
            mend="刚保存或刚升级时等一分钟；之后仍是这样，请维护人员重启服务。",
        )  # fmt: skip
    return fine(name, f"{len(mine)}个在运行。", since=since, facts=facts)


def _differ(mine: Sequence[ProcessHeart], there: Sequence[ProcessHeart]) -> bool:
    """Whether one of them works by something else than most do."""
    usual = Counter((heart.release, heart.city_version) for heart in there).most_common(1)[0][0]
    return any((heart.release, heart.city_version) != usual for heart in mine)


def _works_by(heart: ProcessHeart) -> str:
    model = f"；语音模型 {heart.model}" if heart.model else ""
    city = f"城市数据 {heart.city_version[:12]}（{day_and_minute(heart.city_since)} 起）"
    return f"{day_and_minute(heart.started_at)} 启动；程序 {heart.release}；{city}{model}"


async def disk_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    settings = app_context.settings
    flag = pbx_settings(settings).no_recording_file
    async with app_context.sessions() as session:
        hearts = (await session.scalars(select(ProcessHeart).order_by(ProcessHeart.seen_at))).all()
    least = {heart.host: heart for heart in hearts if not is_silent(heart.seen_at, at)}
    stopped = await asyncio.to_thread(lambda: flag.stat().st_mtime if flag.exists() else None)
    parts = [disk_part(heart, settings) for heart in least.values()]
    if stopped is not None:
        parts.insert(0, fault(
            "录音", "磁盘空间不够，通话没有在录音，也不能留言；接听和记录照常。",
            since=dt.datetime.fromtimestamp(stopped, dt.UTC),
            mend=f"马上腾出空间：有 {gigabytes(AGAIN_BYTES)} 后自己恢复。",
        ))  # fmt: skip
    return parts or [watch("磁盘", "没有一个程序报告，现在不知道。", mend="先恢复上面停下的程序。")]


def disk_part(heart: ProcessHeart, settings: Settings) -> PartStatus:
    name, free = f"磁盘（{heart.host}）", heart.disk_free_bytes
    facts = [
        ("位置", heart.disk_folder),
        ("报警", f"少于 {gigabytes(NEARLY_FULL_BYTES)}"),
        ("不再收附件", f"少于 {gigabytes(settings.attachments.least_free_bytes)}，留给通话和记录"),
        ("不再录音", f"少于 {gigabytes(STOP_BYTES)}，留给数据库和通话记录"),
    ]
    if free < 0:
        return watch(name, "查看不了还剩多少空间。", facts=facts, mend="请维护人员查看磁盘是否还在。")
    if free < NEARLY_FULL_BYTES:
        return fault(
            name, f"只剩 {gigabytes(free)}，很快不能录音。", facts=facts,
            mend="请维护人员移走旧的备份，或者加大磁盘；不要删录音和通话记录的文件夹。",
        )  # fmt: skip
    return fine(name, f"还剩 {gigabytes(free)}。", facts=facts)


async def model_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    settings = app_context.settings
    model = await asyncio.to_thread(find_model, settings)
    async with app_context.sessions() as session:
        hearts = (await session.scalars(select(ProcessHeart))).all()
        unmade = select(func.count()).where(Transcript.state.in_((TranscriptState.WAITING, TranscriptState.RUNNING)))
        waiting = int(await session.scalar(unmade) or 0)
    loaded = sorted({heart.model for heart in hearts if heart.model and not is_silent(heart.seen_at, at)})
    facts = [("已装入内存", one) for one in loaded] + [("等待转写的通话", f"{waiting}个")]
    name = "语音识别模型"
    if model is None:
        return [
            fault(name, "没有可用的模型，通话不转写；接听不受影响。", facts=facts, technical=mend_no_model(settings),
                  mend="请维护人员安装中文语音模型，装好后自动补转写。")
        ]  # fmt: skip
    words = f"{model.title}（{model.name}）。" + ("已装入。" if loaded else "还没有通话用到，用到时装入。")
    if for_demonstration(model.name):
        return [watch(name, words, facts=facts, mend="演示模型只能演示。正式接听前，请维护人员安装中文语音模型。")]
    return [fine(name, words, facts=facts)]


async def job_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    async with app_context.sessions() as session:
        rows = (await session.execute(_JOBS, {"at": at})).all()
    counts = {row.queue_name: row for row in rows}
    return [job_part(queue, name, counts.get(queue), at) for queue, name in QUEUE_NAMES.items()]


_JOBS = text("""
    SELECT queue_name,
           count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, :at) <= :at) AS waiting,
           count(*) FILTER (WHERE status = 'doing') AS doing,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           min(coalesce(scheduled_at, (
               SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred'
           ))) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, :at) <= :at) AS waits_since,
           string_agg(DISTINCT task_name, ', ') FILTER (WHERE status = 'failed') AS failed_tasks
    FROM procrastinate_jobs j GROUP BY queue_name
""")


def job_part(queue: str, name: str, row: object, at: dt.datetime) -> PartStatus:
    """`row`: of `_JOBS`; None: nothing was ever queued there."""
    waiting, doing, failed = (int(getattr(row, one, 0) or 0) for one in ("waiting", "doing", "failed"))
    since: dt.datetime | None = getattr(row, "waits_since", None)
    words = f"{waiting}件等着做，{doing}件正在做。"
    if since is not None and at - since > _LONG_WAIT:
        who = PROCESS_NAMES["worker" if queue in RETRIED else "line"]
        return fault(
            f"队列：{name}", f"{words}最早的已等了{lasted((at - since).total_seconds())}。", since=since,
            mend=f"看“{who}”是否在运行；在运行就是做不过来，请维护人员多开几个。",
        )  # fmt: skip
    if failed:
        mend = (
            "先排除原因（看下面的渠道、磁盘），再按“重做失败的工作”。" if queue in RETRIED else "已经过时，不用重做。"
        )
        return watch(
            f"队列：{name}", f"{words}{failed}件多次没有做成，已放下。", mend=mend,
            technical=str(getattr(row, "failed_tasks", "")),
        )  # fmt: skip
    return fine(f"队列：{name}", words)


async def retry_failed(session: AsyncSession) -> int:
    """Put failed jobs of `RETRIED` back into their queues, in the caller's transaction. Returns how many."""
    found = await session.execute(
        text("SELECT id FROM procrastinate_jobs WHERE status = 'failed' AND queue_name = ANY(:queues) "
             "AND queueing_lock IS NULL ORDER BY id LIMIT 1000"),
        {"queues": list(RETRIED)},
    )  # fmt: skip
    ids = [row.id for row in found]
    for one in ids:
        again = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
        await session.execute(again, {"id": one})
    return len(ids)


async def backup_parts(app_context: AppContext, at: dt.datetime) -> list[PartStatus]:
    folder = app_context.settings.backup.folder
    async with app_context.sessions() as session:
        last = {kind: await _last_run(session, kind, done=None) for kind in BackupKind}
        done = {kind: await _last_run(session, kind, done=True) for kind in BackupKind}
    due = {BackupKind.MADE: next_backup_at(at), BackupKind.RESTORED: next_proof_at(at)} if folder else {}
    late = {BackupKind.MADE: BACKUP_LATE, BackupKind.RESTORED: PROOF_LATE}
    parts = [backup_part(kind, last[kind], done[kind], due.get(kind), late[kind], at) for kind in late]
    if not folder:
        parts[0] = replace(
            parts[0],
            condition=max(parts[0].condition, PartCondition.WATCH, key=list(PartCondition).index),
            words=f"没有设置自动备份。{parts[0].words}",
            mend="请维护人员把 HOTLINE_BACKUP__FOLDER 设成另一块磁盘上的文件夹，重启服务。",
        )
    return parts


def backup_part(
    kind: BackupKind, last: BackupRun | None, done: BackupRun | None, due: dt.datetime | None, late: dt.timedelta,
    at: dt.datetime,
) -> PartStatus:  # fmt: skip
    """`last`: the last time, `done`: the last time that went well; `late`: after how long it is missed."""
    name = BACKUP_KINDS[kind]
    facts = [("下一次", day_and_minute(due))] if due else []
    if last is not None and last.failure:
        words = f"{day_and_minute(last.at)} 没有成功" + (f"；上次成功 {day_and_minute(done.at)}。" if done else "。")
        return fault(
            name, words, since=last.at, facts=facts, technical=last.failure,
            mend="看磁盘是否已满、备份的磁盘是否还在；处理后按“现在备份”。",
        )  # fmt: skip
    if done is None:
        return watch(name, "还没有做过。", facts=facts, mend="设好备份文件夹后按“现在备份”。")
    facts.insert(0, ("内容", f"{done.files}个文件，新增 {gigabytes(done.size_bytes)}，在 {done.folder}"))
    if at - done.at > late:
        return fault(name, f"已经{lasted((at - done.at).total_seconds())}没有做了。", since=done.at, facts=facts,
                     mend="看“后台程序”是否在运行，备份的磁盘是否还在。")  # fmt: skip
    return fine(name, f"{day_and_minute(done.at)} 做好。", since=done.at, facts=facts)


async def _last_run(session: AsyncSession, kind: BackupKind, *, done: bool | None) -> BackupRun | None:
    query = select(BackupRun).where(BackupRun.kind == kind)
    if done:
        query = query.where(BackupRun.failure == "")
    return await session.scalar(query.order_by(BackupRun.id.desc()).limit(1))


def gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.1f} GB" if size_bytes < 10 * 1024**3 else f"{size_bytes / 1024**3:.0f} GB"
