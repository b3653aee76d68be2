"""The sound of a recording, its wave, and the search in what was said."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.roles import EVERYBODY, HALL
from access.accounts.sessions import Me
from access.visibility.calls import may_hear, orders_of, redactor_of_call
from access.visibility.rules import may_be_heard
from core import clock
from core.database import transaction
from core.errors import NotFound
from core.privacy.redaction import Redactor
from core.texts.normal_form import asked_words, normal_form
from dispatch.orders.models import CallPurpose
from recordings.archive.listening_log import note_listening
from recordings.archive.models import HowHeard
from recordings.audio.archived_sound import ArchivedSound, archived_sound
from recordings.audio.keys import keys_of
from recordings.models import Recording, Segment, Transcript
from recordings.transcripts.search import search_transcripts
from telephony.calls.models import Call
from web.archive.audio_stream import send_sound
from web.archive.waveform import load_peaks
from web.calls.presenter import recordings_of
from web.http.routes import Route, context_of, id_in, me_of, query_of
from web.http.schemas import HitsAnswer, PeaksAnswer, SearchHit, SearchQuery
from web.http.sockets.listeners import listener_of

SHOWN = 200
"""Characters of a hit."""


async def audio(request: web.Request) -> web.StreamResponse:
    """FLAC with ranges, so that a player seeks without fetching all of it. Nothing is sent before it is noted."""
    async with transaction(context_of(request).sessions) as session:
        recording = await _audible(session, me_of(request), id_in(request))
        sound = _sound(request, recording)
        await note_listening(session, listener_of(request), [recording], how=HowHeard.PLAYER, at=clock.now())
    return await send_sound(request, sound)


async def peaks(request: web.Request) -> PeaksAnswer:
    async with context_of(request).sessions() as session:
        recording = await _audible(session, me_of(request), id_in(request))
    seconds, channels = await load_peaks(_sound(request, recording))
    return PeaksAnswer(duration_seconds=seconds, channels=channels)


def _sound(request: web.Request, recording: Recording) -> ArchivedSound:
    settings = context_of(request).settings
    return archived_sound(settings.recordings, recording, keys_of(settings))


async def search(request: web.Request) -> HitsAnswer:
    query, me = query_of(request, SearchQuery), me_of(request)
    async with context_of(request).sessions() as session:
        found = await search_transcripts(session, query.q, limit=query.limit, among=[may_be_heard(me)])
        return HitsAnswer(hits=await _hits(session, me, query.q, [row for row in found]))


async def _audible(session: AsyncSession, me: Me, recording_id: int) -> Recording:
    """Raises NotFound, also for what `me` may not hear."""
    recording = await session.get(Recording, recording_id)
    if recording is None or not await _may_hear(session, me, recording):
        raise NotFound("没有这段录音，或者您不能收听。")
    return recording


async def _may_hear(session: AsyncSession, me: Me, recording: Recording) -> bool:
    call = await session.get(Call, recording.linkedid)
    linked = (await orders_of(session, [recording.linkedid]))[recording.linkedid]
    return call is not None and await may_hear(session, me, call, linked)


async def _hits(session: AsyncSession, me: Me, words: str, found: list[Transcript]) -> list[SearchHit]:
    recordings = [transcript.recording for transcript in found]
    linkedids = [recording.linkedid for recording in recordings]
    linked = await orders_of(session, linkedids)
    spoken = await recordings_of(session, linkedids)
    hits = []
    for recording in recordings:
        if not await _may_hear(session, me, recording):
            continue
        call = await session.get_one(Call, recording.linkedid)
        redactor = await redactor_of_call(session, me, call, linked[recording.linkedid])
        transcript = next(row.transcript for row in spoken[recording.linkedid] if row.id == recording.id)
        first = _where(words, transcript, redactor) if transcript else None
        begun = [order.number for order, purpose in linked[recording.linkedid] if purpose is CallPurpose.INCOMING]
        hits.append(
            SearchHit(
                recording_id=recording.id,
                linkedid=recording.linkedid,
                started_at=recording.started_at,
                order=begun[0] if begun else None,
                speaker=first.speaker if first else None,
                start_seconds=first.start_seconds if first else None,
                text=redactor.text(first.text if first else transcript.text if transcript else "")[:SHOWN],
            )
        )
    return hits


def _where(words: str, transcript: Transcript, redactor: Redactor) -> Segment | None:
    """The first segment in which all of `words` stand, else one of them; by what may be read of it."""
    wanted = asked_words(words)
    said = [(segment, normal_form(redactor.without(segment.text))) for segment in transcript.segments]
    hits = [(sum(word in text for word in wanted), segment) for segment, text in said]
    most = max((count for count, _ in hits), default=0)
    return next((segment for count, segment in hits if count == most), None) if most else None


ROUTES = [
    Route(
        "GET", "/api/recordings/{id:[0-9]+}/audio", "recording_audio", audio, EVERYBODY,
        says="录音（FLAC，可分段取）",
    ),
    Route(
        "GET", "/api/recordings/{id:[0-9]+}/peaks", "recording_peaks", peaks, EVERYBODY,
        says="录音的波形", answer=PeaksAnswer,
    ),
    Route(
        "GET", "/api/transcripts/search", "search_transcripts", search, HALL,
        says="在通话转写中查找", query=SearchQuery, answer=HitsAnswer,
    ),
]  # fmt: skip
