"""A file that turned up, looked for in the ledger of evidence files; and whether what it lists is still as it was."""

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.evidence_ledger import EvidenceFile
from core.clock import in_city
from core.errors import NotFound
from core.settings import Settings
from dispatch.attachments.models import Attachment
from dispatch.attachments.store import path_of
from hotline.runtime.runtime import open_runtime
from recordings.audio.archived_sound import archived_sound
from recordings.audio.keys import keys_of
from recordings.audio.wav import BrokenAudio
from recordings.models import Recording
from web.evidence.presenter import find_evidence

_SERIAL = re.compile(rb"/Keywords \(([0-9A-F-]{1,64})\)")


@dataclass(frozen=True)
class EvidenceVerdict:
    genuine: bool
    """The file itself."""
    words: str
    changed: list[str] = field(default_factory=list)
    """What it lists and is not any more as it was printed, with the reason."""
    kept: list[str] = field(default_factory=list)
    """What it lists and was read again, to the last byte. Transcripts are not: they may be made again."""


async def verify_evidence(settings: Settings, file: Path) -> EvidenceVerdict:
    data = await asyncio.to_thread(file.read_bytes)
    sha256 = hashlib.sha256(data).hexdigest()
    async with open_runtime(settings) as runtime, runtime.sessions() as session:
        row = await find_evidence(session, sha256)
        if row is None:
            claimed = await _claimed(session, data)
            since = f" It says that it is {_printed(claimed)}: it was changed since." if claimed else ""
            return EvidenceVerdict(
                False, f"{file}: not in the ledger. It was changed, or it was not made here (SHA-256 {sha256}).{since}"
            )
        verdict = EvidenceVerdict(True, f"{file}: genuine. {_printed(row)}, SHA-256 {sha256}")
        for one in row.listed:
            if (wrong := await _wrong_with(session, settings, one["sha256"])) is not None:
                (verdict.changed if wrong else verdict.kept).append(f"{one['what']}{wrong and ': '}{wrong}")
    return verdict


def _printed(row: EvidenceFile) -> str:
    at = f"{in_city(row.at):%Y-%m-%d %H:%M:%S}"
    return f"order {row.order_number}, serial {row.serial}, printed {at} by {row.display_name} ({row.account_name})"


async def _claimed(session: AsyncSession, data: bytes) -> EvidenceFile | None:
    """Whose serial stands in a file that was changed elsewhere."""
    found = _SERIAL.search(data)
    wanted = EvidenceFile.serial == (found[1].decode() if found else "")
    return await session.scalar(select(EvidenceFile).where(wanted))


async def _wrong_with(session: AsyncSession, settings: Settings, sha256: str) -> str | None:
    """Empty: the archive's file still has this checksum. None: it is no recording's or attachment's."""
    recording = await session.scalar(select(Recording).where(Recording.sha256 == sha256).limit(1))
    attachment = await session.scalar(select(Attachment).where(Attachment.sha256 == sha256).limit(1))
    try:
        if recording is not None:
            sound = archived_sound(settings.recordings, recording, keys_of(settings))
            now = await asyncio.to_thread(sound.sha256)
        elif attachment is not None:
            now = hashlib.sha256(await asyncio.to_thread(path_of(settings, attachment).read_bytes)).hexdigest()
        else:
            return None
    except (NotFound, BrokenAudio) as error:
        return error.message
    return "" if now == sha256 else f"文件已被改动，现在的校验值是 {now}"
