"""Backups by themselves: `hotline backup` as a process of its own, each night; and each Sunday its proof."""

import asyncio
import os
import sys

import structlog
from sqlalchemy import func, select

from core import clock
from core.database import Sessions, transaction
from hotline.runtime.job_tools import WorkerTools
from telephony.monitoring.models import BackupRun
from telephony.monitoring.processes import BackupKind

log = structlog.get_logger()

_LESS_URGENT = 10
_LONGEST = 1000


async def make_backup(worker: WorkerTools, asked_by: str) -> None:
    log.info("backup_asked_for", by=asked_by)
    await _run(worker, BackupKind.MADE)


async def make_nightly_backup(worker: WorkerTools) -> None:
    await _run(worker, BackupKind.MADE)


async def prove_backup(worker: WorkerTools) -> None:
    await _run(worker, BackupKind.RESTORED, "--prove")


async def _run(worker: WorkerTools, kind: BackupKind, *options: str) -> None:
    """Nothing where no folder is set. The process writes down itself how it ended. Where it could not (it was killed,
    or ended before it had begun) that is done here."""
    folder = worker.runtime.settings.backup.folder
    if not folder:
        return
    written = await _last_run(worker.runtime.sessions, kind)
    command = [sys.executable, "-m", "hotline", "backup", *options, folder]
    child = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, preexec_fn=lambda: os.nice(_LESS_URGENT)
    )
    try:
        _, complaint = await child.communicate()
    except asyncio.CancelledError:
        child.terminate()
        await child.wait()
        raise
    code, said = child.returncode, complaint.decode(errors="replace").strip()[-_LONGEST:]
    if code == 0:
        return
    log.error("backup_failed", kind=kind, code=code, said=said)
    if code is None or await _last_run(worker.runtime.sessions, kind) != written:
        return
    failure = f"killed by signal {-code}" if code < 0 else said or f"ended with code {code}"
    async with transaction(worker.runtime.sessions) as session:
        session.add(BackupRun(kind=kind, at=clock.now(), folder=folder, failure=failure, files=0, size_bytes=0))


async def _last_run(sessions: Sessions, kind: BackupKind) -> int | None:
    async with sessions() as session:
        return await session.scalar(select(func.max(BackupRun.id)).where(BackupRun.kind == kind))
