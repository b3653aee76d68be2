"""What waits to be recognised, in which order, how long it will take; and making transcripts again. Only what another
model made (or failed at) is made again: while it waits, the old text stays readable and searchable.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.jobs import defer
from recordings.models import Recording, RecordingState, Transcript, TranscriptState
from recordings.transcripts.transcribe import AGAIN, transcribe_again_job

RATE_DAYS = 7
"""Over how many days the speed of transcription is measured."""
_UNMADE = (TranscriptState.WAITING, TranscriptState.RUNNING)


@dataclass(frozen=True)
class Backlog:
    new: int
    """Transcripts that were never made."""
    new_audio_seconds: float
    again: int
    """Transcripts to be made again, after all new ones."""
    again_audio_seconds: float
    rate: float | None
    """One recogniser's seconds for a second of sound, lately; None: it has made none."""

    def work_seconds(self, workers: int) -> float | None:
        """The estimate for all of it; None: nobody knows yet."""
        if self.rate is None:
            return None
        return (self.new_audio_seconds + self.again_audio_seconds) * self.rate / max(workers, 1)


async def load_backlog(session: AsyncSession, at: dt.datetime) -> Backlog:
    sums = func.count(Transcript.id), func.coalesce(func.sum(Recording.duration_seconds), 0.0)
    saved = select(*sums).join(Transcript.recording).where(Recording.state == RecordingState.SAVED)
    new, new_seconds = (await session.execute(saved.where(Transcript.state.in_(_UNMADE)))).one()
    ids = text(
        "SELECT (args->>'transcript_id')::bigint FROM procrastinate_jobs "
        "WHERE task_name = :name AND status IN ('todo', 'doing')"
    ).bindparams(name=AGAIN)
    again_ids = list((await session.execute(ids)).scalars())
    again, again_seconds = (await session.execute(saved.where(Transcript.id.in_(again_ids)))).one()
    return Backlog(
        new, float(new_seconds or 0), again, float(again_seconds or 0), await seconds_per_second(session, at)
    )


async def seconds_per_second(session: AsyncSession, at: dt.datetime) -> float | None:
    """How long a recogniser takes for a second of sound; None: it has made none lately."""
    sums = (
        select(func.sum(Transcript.took_seconds), func.sum(Recording.duration_seconds))
        .join(Transcript.recording)
        .where(
            Transcript.state == TranscriptState.DONE,
            Transcript.took_seconds.is_not(None),
            Transcript.made_at > at - dt.timedelta(days=RATE_DAYS),
        )
    )
    took, lasted = (await session.execute(sums)).one()
    return took / lasted if took and lasted else None


async def defer_again(session: AsyncSession, *, made_by: str = "", since: dt.datetime | None = None) -> int:
    """Have finished and failed transcripts made again by the model in use, newest call first. Returns how many.

    `made_by`: only those that this model made (its name); `since`: only of calls from then on. One that the present
    model made already costs its job and nothing else.
    """
    wanted = (
        select(Transcript.id)
        .join(Transcript.recording)
        .where(Recording.state == RecordingState.SAVED)
        .where(Transcript.state.in_((TranscriptState.DONE, TranscriptState.FAILED)))
        .order_by(Recording.started_at.desc(), Transcript.id)
    )
    if made_by:
        wanted = wanted.where(
            or_(Transcript.model == made_by, Transcript.model.startswith(f"{made_by} ", autoescape=True))
        )
    if since is not None:
        wanted = wanted.where(Recording.started_at >= since)
    deferred = 0
    for transcript_id in (await session.scalars(wanted)).all():
        deferred += await defer(session, transcribe_again_job(transcript_id)) is not None
    return deferred
