"""The transcript of a live call: the desk's piece of page, the same as JSON, and some seconds of its sound."""

import asyncio
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import Field

from access.accounts.roles import HALL
from core import clock
from core.city_words import city_words
from core.database import transaction
from core.errors import NotAllowed, NotFound
from recordings.archive.listening_log import note_listening, note_live_listening
from recordings.archive.models import HowHeard
from recordings.audio.archived_sound import archived_sound
from recordings.audio.cutting import cut_archived, cut_legs
from recordings.audio.keys import keys_of
from recordings.models import RecordingPart, RecordingState
from recordings.names import original_folders, original_names
from telephony.calls.models import Call
from web.calls.live_transcript import LiveTranscriptAnswer, get_live_call, may_play, read_live
from web.calls.presenter import recordings_of
from web.http.answers.pages import page
from web.http.routes import Route, context_of, me_of, query_of
from web.http.schemas import Message
from web.http.sockets.listeners import listener_of


class SoundQuery(Message):
    start: Annotated[float, Field(ge=0, le=86_400)]
    """Seconds of the recording."""
    end: Annotated[float, Field(ge=0, le=86_400)]


async def show_live_transcript(request: web.Request) -> web.StreamResponse:
    return page(request, "calls/live_transcript.html", {"live": await api_live_transcript(request)})


async def api_live_transcript(request: web.Request) -> LiveTranscriptAnswer:
    app_context = context_of(request)
    async with app_context.sessions() as session:
        linkedid = request.match_info["linkedid"]
        return await read_live(session, app_context.settings, me_of(request), linkedid, at=clock.now())


async def sound(request: web.Request) -> web.StreamResponse:
    """Both voices together. Nothing is sent before it is noted."""
    query, me = query_of(request, SoundQuery), me_of(request)
    folder = context_of(request).settings.recordings
    async with transaction(context_of(request).sessions) as session:
        call = await get_live_call(session, me, request.match_info["linkedid"])
        if not may_play(me, call):
            raise NotAllowed(f"只有接这通电话的人和督查员、{city_words().coordinator}可以回听。")
        spoken = (await recordings_of(session, [call.linkedid])).get(call.linkedid, [])
        saved = [one for one in spoken if one.part is RecordingPart.CONVERSATION and one.state is RecordingState.SAVED]
        if saved:
            archived = archived_sound(folder, saved[0], keys_of(context_of(request).settings))
            cut = await asyncio.to_thread(cut_archived, archived, query.start, query.end)
            await note_listening(session, listener_of(request), saved, how=HowHeard.PLAYER, at=clock.now())
        else:
            cut = await asyncio.to_thread(cut_legs, _legs(call, folder), query.start, query.end)
            await note_live_listening(session, listener_of(request), call.linkedid, at=clock.now())
    return web.Response(body=cut, content_type="audio/wav")


def _legs(call: Call, recordings: Path) -> list[Path]:
    """Where Asterisk writes both voices, in each folder that it may have chosen. Raises NotFound."""
    if call.recorded_uniqueid is None or call.recording_started_at is None:
        raise NotFound("这通电话没有录音。")
    names = original_names(call.recorded_uniqueid, RecordingPart.CONVERSATION)
    folders = original_folders(recordings, call.recording_started_at)
    return [folder / name for folder in folders for name in (names.far, str(names.city))]


ROUTES = [
    Route("GET", "/desk/calls/{linkedid}/transcript", "show_live_transcript", show_live_transcript, HALL),
    Route(
        "GET", "/api/calls/{linkedid}/transcript", "live_transcript", api_live_transcript, HALL,
        says="通话转写：通话中随说随出，之后是录音的转写", answer=LiveTranscriptAnswer,
    ),
    Route(
        "GET", "/api/calls/{linkedid}/sound", "live_sound", sound, HALL,
        says="通话中回听几秒（WAV，双方合在一起）", query=SoundQuery,
    ),
]  # fmt: skip
