"""Handing an archived recording to a player: its file, and never any other."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from recordings.models import Recording, RecordingState


async def open_recording(session: AsyncSession, recordings: Path, recording_id: int) -> Path:
    """The archived file, to be served with ranges as audio/flac. Raises NotFound with the reason in Chinese."""
    recording = await session.get(Recording, recording_id)
    if recording is None:
        raise NotFound("没有这段录音。")
    return recording_path(recordings, recording)


def recording_path(recordings: Path, recording: Recording) -> Path:
    """Raises NotFound if it is not saved, not there, or (a row that somebody tampered with) outside the archive."""
    if recording.state is not RecordingState.SAVED or recording.path is None:
        raise NotFound(recording.reason or "录音尚未存档，请稍候。")
    archive = (recordings / "archive").resolve()
    file = (recordings / recording.path).resolve()
    if not file.is_relative_to(archive) or not file.is_file():
        raise NotFound("录音档案文件不在了。")
    return file
