"""The job `dispatch.hear_voice`: what a crew said on a voice note becomes words on its attachment.

Without a model the note waits, and says so, until one is installed (`requeue_unheard`, each minute). Safe to be run any
number of times and to be killed anywhere: the words are stored in one transaction, once.
"""

import datetime as dt

import structlog
from sqlalchemy import or_, select

from access.visibility.reporter_guesses import Written, queue_guess_check_in
from core import bus, clock
from core.database import Sessions, transaction
from core.errors import ConfigurationError, NotFound
from core.jobs import defer
from core.settings import Settings
from dispatch.attachments.models import Attachment, AttachmentKind
from dispatch.attachments.store import get_attachment, hear_voice_job, path_of
from recordings.audio.wav import BrokenAudio
from recordings.recognition.engine import Engine
from recordings.recognition.speech_models import find_model, why_no_model

log = structlog.get_logger()

LOST_AFTER = dt.timedelta(minutes=10)
"""A note that was not heard by then has lost its job."""
AT_ONCE = 100


async def hear_voice(sessions: Sessions, settings: Settings, engine: Engine, attachment_id: int) -> None:
    """Raises NotFound for an attachment that is not there."""
    async with sessions() as session:
        note = await get_attachment(session, attachment_id)
    if note.kind is not AttachmentKind.VOICE or note.words is not None:
        return
    try:
        model = await engine.load()
    except ConfigurationError as error:
        log.error("speech_model_refused", reason=error.message)
        return await _store(sessions, attachment_id, None, f"等待语音模型：{error.message}")
    if model is None:
        return await _store(sessions, attachment_id, None, why_no_model(settings))
    try:
        heard = await engine.recognise(model, path_of(settings, note), 0)
    except (BrokenAudio, NotFound) as error:
        return await _store(sessions, attachment_id, "", f"无法识别：{error.message}")
    await _store(sessions, attachment_id, " ".join(one.text for one in heard), model.label)


async def requeue_unheard(sessions: Sessions, settings: Settings) -> int:
    """For a timetable: notes that waited for a model which is there now, and those whose job was lost. How many."""
    if find_model(settings) is None:
        return 0
    waited = or_(Attachment.words_model != "", Attachment.received_at < clock.now() - LOST_AFTER)
    unheard = select(Attachment.id).where(Attachment.kind == AttachmentKind.VOICE, Attachment.words.is_(None), waited)
    async with transaction(sessions) as session:
        ids = (await session.scalars(unheard.order_by(Attachment.id).limit(AT_ONCE))).all()
        jobs = [await defer(session, hear_voice_job(attachment_id)) for attachment_id in ids]
    return sum(job is not None for job in jobs)


async def _store(sessions: Sessions, attachment_id: int, words: str | None, model: str) -> None:
    async with transaction(sessions) as session:
        note = await session.get_one(Attachment, attachment_id, with_for_update=True)
        if note.words is None and (note.words, note.words_model) != (words, model):
            note.words, note.words_model = words, model
            if words:
                await queue_guess_check_in(session, Written.VOICE_NOTE, note.id)
            await bus.publish(session, "order", note.order_id)
