"""Archived recordings with a transcript that waits to be made."""

import datetime as dt
import itertools

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.clock import now
from core.database import Sessions, transaction
from core.settings import Settings
from recordings.archive.archiving import archive, expect_recording
from recordings.audio.wav import Samples
from recordings.models import RecordingPart, Speaker, Transcript
from tests.support.sound import (
    put_original,
    wav_bytes,
)

_numbers = itertools.count(1)


async def archived(sessions: Sessions, settings: Settings, left: Samples, right: Samples | None = None) -> int:
    """The id of the waiting transcript of a recording of these sounds."""
    uniqueid = f"speech-{next(_numbers)}.1"
    started_at = now() - dt.timedelta(hours=1)
    async with transaction(sessions) as session:
        recording = await expect_recording(
            session,
            linkedid=uniqueid,
            uniqueid=uniqueid,
            part=RecordingPart.CONVERSATION if right is not None else RecordingPart.MESSAGE,
            far_side=Speaker.CALLER,
            started_at=started_at,
            ended_at=started_at + dt.timedelta(seconds=len(left) / 8000),
        )
    put_original(settings.recordings, uniqueid, "message" if right is None else "rx", wav_bytes(left), started_at)
    if right is not None:
        put_original(settings.recordings, uniqueid, "tx", wav_bytes(right), started_at)
    await archive(sessions, settings.recordings, recording.id)
    async with sessions() as session:
        found = select(Transcript.id).where(Transcript.recording_id == recording.id)
        return (await session.execute(found)).scalar_one()


async def load(sessions: Sessions, transcript_id: int) -> Transcript:
    async with sessions() as session:
        options = [selectinload(Transcript.segments), selectinload(Transcript.recording)]
        return await session.get_one(Transcript, transcript_id, options=options)
