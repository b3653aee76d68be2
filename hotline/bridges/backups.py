"""Backups by themselves: `hotline backup` as a process of its own, each night; and each Sunday its proof."""

import asyncio
import os
import sys

import structlog

from core import clock
from core.database import transaction
from hotline.runtime.job_tools import WorkerTools
from telephony.monitoring.models import BackupRun
from telephony.monitoring.processes import BackupKind

log = structlog.get_logger()

_LESS_URGENT = 10


async def make_backup(worker: WorkerTools, asked_by: str) -> None:
    log.info("backup_asked_for", by=asked_by)
    await _run(worker, BackupKind.MADE)


async def make_nightly_backup(worker: WorkerTools) -> None:
    await _run(worker, BackupKind.MADE)


async def prove_backup(worker: WorkerTools) -> None:
    await _run(worker, BackupKind.RESTORED, "--prove")


async def _run(worker: WorkerTools, kind: BackupKind, *options: str) -> None:
    """Nothing where no folder is set. The process writes down itself how it ended, unless it was killed."""
    folder = worker.runtime.settings.backup.folder
    if not folder:
        return
    command = [sys.executable, "-m", "hotline", "backup", *options, folder]
    child = await asyncio.create_subprocess_exec(*command, preexec_fn=lambda: os.nice(_LESS_URGENT))
    try:
        code = await child.wait()
    except asyncio.CancelledError:
        child.terminate()
        await child.wait()
        raise
    if code == 0:
        return
    log.error("backup_failed", kind=kind, code=code)
    if code < 0:
        async with transaction(worker.runtime.sessions) as session:
            session.add(
                BackupRun(
                    kind=kind, at=clock.now(), folder=folder, failure=f"killed by signal {-code}", files=0, size_bytes=0
                )
            )
