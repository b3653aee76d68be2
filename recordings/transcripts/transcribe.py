"""From an archived recording to its transcript: each voice by itself, all stored in one transaction.

waiting → running → done | failed. Without a model it goes on waiting, with the reason, until one is installed
(`requeue_waiting`). A worker that dies leaves `running` and nothing else; its job is done again.
"""

import asyncio
import time
from dataclasses import asdict
from pathlib import Path

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from core.bus import publish
from core.clock import now
from core.database import Sessions, transaction
from core.errors import ConfigurationError, NotFound
from core.jobs import Job, defer
from core.settings import Settings
from recordings.audio.archived_sound import archived_sound
from recordings.audio.keys import KeyMissing, keys_of
from recordings.audio.wav import BrokenAudio
from recordings.models import Recording, RecordingPart, Segment, Speaker, Transcript, TranscriptState
from recordings.recognition.conversation_spans import city_spans
from recordings.recognition.engine import Engine, LoadedModel, channels_of
from recordings.recognition.speech_models import find_model, why_no_model
from recordings.recognition.vosk_result import Utterance
from recordings.transcripts.live_store import forget_live
from recordings.transcripts.search import Cover, found_by_text

log = structlog.get_logger()

Spoken = list[tuple[Speaker, Utterance]]


AGAIN = "recordings.transcribe_again"

ORDINARY, MESSAGE, EMERGENCY = 0, 10, 20
ANEW = -10
"""After everything that nobody has read yet."""


def transcribe_job(transcript_id: int, priority: int = ORDINARY) -> Job:
    key = f"recordings.transcribe:{transcript_id}"
    arguments = {"transcript_id": transcript_id}
    return Job("recordings.transcribe", queue="speech", arguments=arguments, key=key, lock=key, priority=priority)


def ordinary_priority(recording: Recording) -> int:
    """A message is all that its caller has said: nobody has heard it yet."""
    return MESSAGE if recording.part is RecordingPart.MESSAGE else ORDINARY


def transcribe_again_job(transcript_id: int) -> Job:
    key = f"{AGAIN}:{transcript_id}"
    lock = f"recordings.transcribe:{transcript_id}"
    return Job(AGAIN, queue="speech", arguments={"transcript_id": transcript_id}, key=key, lock=lock, priority=ANEW)


async def transcribe(
    sessions: Sessions, recordings: Path, engine: Engine, transcript_id: int, *, cover: Cover | None = None
) -> TranscriptState:
    """Make one transcript. Safe to be run any number of times and to be killed anywhere. `cover`: what it must not be
    found by; None: nothing. Raises NotFound."""
    async with sessions() as session:
        transcript = await session.get(Transcript, transcript_id, options=[joinedload(Transcript.recording)])
    if transcript is None:
        raise NotFound(f"no transcript {transcript_id}")
    if transcript.state is TranscriptState.DONE:
        return TranscriptState.DONE

    try:
        model = await engine.load()
    except ConfigurationError as error:
        log.error("speech_model_refused", reason=error.message)
        return await _set_state(sessions, transcript_id, TranscriptState.WAITING, f"等待语音模型：{error.message}")
    if model is None:
        reason = why_no_model(engine.settings)
        return await _set_state(sessions, transcript_id, TranscriptState.WAITING, reason)
    await _set_state(sessions, transcript_id, TranscriptState.RUNNING, None)
    started = time.monotonic()
    try:
        spoken = await _recognise(sessions, recordings, transcript.recording, engine, model)
    except KeyMissing as error:
        return await _set_state(sessions, transcript_id, TranscriptState.WAITING, f"等待密钥：{error.message}")
    except (BrokenAudio, NotFound) as error:
        return await _set_state(sessions, transcript_id, TranscriptState.FAILED, f"无法识别：{error.message}")
    return await _store(sessions, transcript_id, model.label, spoken, time.monotonic() - started, cover)


async def transcribe_again(
    sessions: Sessions, recordings: Path, engine: Engine, transcript_id: int, *, cover: Cover | None = None
) -> bool:
    """Make a finished or failed transcript again, unless the model in use made it. Whether it was replaced.

    The old text stays until the new one is there, and for good where no model or no sound is. Raises NotFound.
    """
    async with sessions() as session:
        transcript = await session.get(Transcript, transcript_id, options=[joinedload(Transcript.recording)])
    if transcript is None:
        raise NotFound(f"no transcript {transcript_id}")
    model = await engine.load()
    if model is None or (transcript.state is TranscriptState.DONE and transcript.model == model.label):
        return False
    started = time.monotonic()
    try:
        spoken = await _recognise(sessions, recordings, transcript.recording, engine, model)
    except (BrokenAudio, NotFound) as error:
        log.warning("not_transcribed_again", transcript=transcript_id, reason=error.message)
        return False
    await _store(sessions, transcript_id, model.label, spoken, time.monotonic() - started, cover, anew=True)
    return True


async def _recognise(
    sessions: Sessions, recordings: Path, recording: Recording, engine: Engine, model: LoadedModel
) -> Spoken:
    """What each side said, by time; of the city's only what it said to the citizen."""
    audio = archived_sound(recordings, recording, keys_of(engine.settings))
    speakers = (recording.far_side, Speaker.CITY)[: await asyncio.to_thread(channels_of, audio)]
    async with sessions() as session:
        spans = {Speaker.CITY: await city_spans(session, recording)}
    spoken = [
        (speaker, utterance)
        for channel, speaker in enumerate(speakers)
        for utterance in await engine.recognise(model, audio, channel, spans.get(speaker))
    ]
    return sorted(spoken, key=lambda one: one[1].start)


async def _store(
    sessions: Sessions,
    transcript_id: int,
    label: str,
    spoken: Spoken,
    took_seconds: float,
    cover: Cover | None,
    *,
    anew: bool = False,
) -> TranscriptState:
    """Replace whatever an earlier run stored."""
    async with transaction(sessions) as session:
        transcript = await session.get_one(Transcript, transcript_id, with_for_update=True)
        if transcript.state is TranscriptState.DONE and not anew:
            return TranscriptState.DONE
        await session.execute(delete(Segment).where(Segment.transcript_id == transcript_id))
        session.add_all(_segment(transcript_id, speaker, utterance) for speaker, utterance in spoken)
        transcript.text = "\n".join(utterance.text for _, utterance in spoken)
        recording = await session.get_one(Recording, transcript.recording_id)
        hide = await cover(session, recording.linkedid) if cover else str
        for name, value in found_by_text(transcript.text, hide).items():
            setattr(transcript, name, value)
        transcript.state = TranscriptState.DONE
        transcript.reason = None
        transcript.model = label
        transcript.made_at = now()
        transcript.took_seconds = took_seconds
        await forget_live(session, recording)
        await publish(session, "transcript", transcript_id)
    return TranscriptState.DONE


def _segment(transcript_id: int, speaker: Speaker, utterance: Utterance) -> Segment:
    return Segment(
        transcript_id=transcript_id,
        speaker=speaker,
        start_seconds=utterance.start,
        end_seconds=utterance.end,
        text=utterance.text,
        confidence=utterance.confidence,
        words=[
            {"word": word.word, "start": word.start, "end": word.end, "confidence": word.confidence}
            for word in utterance.words
        ],
        repairs=[asdict(repair) for repair in utterance.repairs],
    )


async def _set_state(
    sessions: Sessions, transcript_id: int, state: TranscriptState, reason: str | None
) -> TranscriptState:
    async with transaction(sessions) as session:
        transcript = await session.get_one(Transcript, transcript_id, with_for_update=True)
        if transcript.state is TranscriptState.DONE:
            return TranscriptState.DONE
        if (transcript.state, transcript.reason) != (state, reason):
            transcript.state = state
            transcript.reason = reason
            await publish(session, "transcript", transcript_id)
    return state


async def requeue_waiting(session: AsyncSession) -> int:
    """Have every transcript made that waited for a model. Called when one was installed. Returns how many."""
    found = select(Transcript).where(Transcript.state == TranscriptState.WAITING, Transcript.reason.is_not(None))
    found = found.options(joinedload(Transcript.recording, innerjoin=True)).order_by(Transcript.id)
    waiting = (await session.scalars(found.with_for_update(skip_locked=True, of=Transcript))).all()
    for transcript in waiting:
        transcript.reason = None
        await defer(session, transcribe_job(transcript.id, ordinary_priority(transcript.recording)))
        await publish(session, "transcript", transcript.id)
    return len(waiting)


async def requeue_if_model(sessions: Sessions, settings: Settings) -> int:
    """For a timetable: `requeue_waiting` once there is a model, however it came. Returns how many."""
    if find_model(settings) is None:
        return 0
    async with transaction(sessions) as session:
        return await requeue_waiting(session)


async def retranscribe(session: AsyncSession, transcript_id: int) -> None:
    """Make it again (another model, a repaired file). What is there stays readable until it is replaced."""
    transcript = await session.get(Transcript, transcript_id, with_for_update=True)
    if transcript is None:
        raise NotFound(f"no transcript {transcript_id}")
    transcript.state = TranscriptState.WAITING
    transcript.reason = None
    await defer(session, transcribe_job(transcript_id))
    await publish(session, "transcript", transcript_id)
