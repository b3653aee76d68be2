"""Backups that are made by themselves: the nightly one, the weekly proof, one that fails, as 运行状态 shows them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import delete, select, text

from core import clock
from core.database import Sessions, transaction
from core.sections.backup import BackupSettings
from core.settings import Settings
from hotline.bridges import backups
from hotline.bridges.backups import make_nightly_backup, prove_backup
from hotline.operations.backups.backup import backups_in, verify
from hotline.runtime.job_tools import WorkerTools
from telephony.labels import BACKUP_KINDS
from telephony.monitoring.models import BackupRun
from telephony.monitoring.processes import BackupKind
from telephony.pbx.secrets import load_secrets
from telephony.pbx.settings import pbx_settings
from tests.support.web_rig import QUFU
from web.http.context import AppContext
from web.status.machine_parts import backup_parts
from web.status.parts import PartCondition


@dataclass(frozen=True)
class _Runtime:
    """What these handlers ask a worker's runtime for."""

    settings: Settings
    sessions: Sessions


@dataclass(frozen=True)
class _Worker:
    runtime: _Runtime


@dataclass(frozen=True)
class BackupRig:
    settings: Settings
    sessions: Sessions

    @property
    def worker(self) -> WorkerTools:
        return cast(WorkerTools, _Worker(_Runtime(self.settings, self.sessions)))

    async def shown(self, kind: BackupKind) -> tuple[PartCondition, str]:
        """The row of 运行状态: its condition, its words."""
        parts = await backup_parts(cast(AppContext, _Runtime(self.settings, self.sessions)), clock.now())
        part = next(one for one in parts if one.name == BACKUP_KINDS[kind])
        return part.condition, f"{part.words} {part.facts} {part.technical}"


@pytest.fixture
async def rig(
    database_url: str, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[BackupRig]:
    settings = Settings(
        var=tmp_path / "var",
        city=QUFU,
        database_url=database_url,
        backup=BackupSettings(folder=str(tmp_path / "other-disk")),
    )
    # The job's process reads its settings as the worker did: from the environment.
    monkeypatch.setenv("HOTLINE_VAR", str(settings.var))
    monkeypatch.setenv("HOTLINE_CITY", str(settings.city))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database_url)
    load_secrets(pbx_settings(settings))
    yield BackupRig(settings, sessions)
    async with transaction(sessions) as session:
        await session.execute(delete(BackupRun))


async def test_the_nightly_job_makes_a_backup_and_the_weekly_one_restores_it(rig: BackupRig) -> None:
    folder = Path(rig.settings.backup.folder)
    await make_nightly_backup(rig.worker)
    (made,) = backups_in(folder)
    assert verify(made), "it is whole"
    condition, words = await rig.shown(BackupKind.MADE)
    assert (condition, str(made) in words) == (PartCondition.FINE, True), words
    assert (await rig.shown(BackupKind.RESTORED))[0] is PartCondition.WATCH, "nobody has restored it yet"
    await prove_backup(rig.worker)
    condition, words = await rig.shown(BackupKind.RESTORED)
    assert (condition, str(made) in words) == (PartCondition.FINE, True), words
    async with rig.sessions() as session:
        left = await session.scalar(text("SELECT count(*) FROM pg_database WHERE datname LIKE 'hotline_proof_%'"))
    assert left == 0, "the database of the proof is dropped"


async def test_a_backup_that_cannot_be_written_is_a_fault_on_the_status_page_with_why(rig: BackupRig) -> None:
    in_the_way = rig.settings.backup.folder
    await asyncio.to_thread(Path(in_the_way).write_text, "the disk is not mounted, and somebody left a file here")
    await make_nightly_backup(rig.worker)
    condition, words = await rig.shown(BackupKind.MADE)
    assert condition is PartCondition.FAULT
    assert in_the_way in words


async def test_a_proof_of_a_spoilt_backup_is_a_fault_on_the_status_page(rig: BackupRig) -> None:
    await make_nightly_backup(rig.worker)
    (made,) = backups_in(Path(rig.settings.backup.folder))
    await asyncio.to_thread((made / "hotline.dump").write_bytes, b"cut")
    await prove_backup(rig.worker)
    condition, words = await rig.shown(BackupKind.RESTORED)
    assert condition is PartCondition.FAULT
    assert "hotline.dump" in words
    assert (await rig.shown(BackupKind.MADE))[0] is PartCondition.FINE


async def test_a_backup_whose_process_was_killed_is_written_down_by_the_worker(
    rig: BackupRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its process ends itself as the kernel would where memory is short.
    killer = Path(rig.settings.backup.folder).with_name("killed")
    await asyncio.to_thread(killer.write_text, "#!/bin/sh\nkill -9 $$\n")
    await asyncio.to_thread(killer.chmod, 0o700)
    monkeypatch.setattr(backups.sys, "executable", str(killer))
    await make_nightly_backup(rig.worker)
    condition, words = await rig.shown(BackupKind.MADE)
    assert (condition, "killed by signal 9" in words) == (PartCondition.FAULT, True), words


async def test_without_a_folder_nothing_is_made(rig: BackupRig) -> None:
    none = BackupRig(rig.settings.model_copy(update={"backup": BackupSettings()}), rig.sessions)
    await make_nightly_backup(none.worker)
    await prove_backup(none.worker)
    async with rig.sessions() as session:
        assert (await session.scalars(select(BackupRun))).all() == []
    assert "没有设置自动备份" in (await none.shown(BackupKind.MADE))[1]
