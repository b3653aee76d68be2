"""The transcript of a live call, as screens and programs read it; and the permission to read and hear it."""

import asyncio
import datetime as dt
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.calls import may_hear, orders_of, redactor_of_call
from core.errors import NotFound
from core.settings import Settings
from dispatch.workflow import Role
from recordings.models import RecordingPart, TranscriptState
from recordings.recognition.speech_models import find_model, for_demonstration, why_no_model
from recordings.transcripts.live_store import LiveTranscript, spoken_so_far
from recordings.transcripts.models import LiveSegment
from telephony.calls.models import Call
from web.calls.presenter import covered_segments, recording_answer, recordings_of
from web.calls.schemas import SegmentAnswer
from web.http.schemas import Message

LOST_AFTER = dt.timedelta(seconds=20)
"""Four heartbeats of the live recogniser (recordings.transcripts.live)."""
_OVERHEARS = frozenset({Role.SUPERVISOR, Role.COORDINATOR})
"""Those who may play a call that goes on, beside its own agents."""


class LiveState(StrEnum):
    NOT_ANSWERED = "not_answered"
    STARTING = "starting"
    """Nothing was heard yet, or there is no model; `note` says why."""
    LIVE = "live"
    BEHIND = "behind"
    INTERRUPTED = "interrupted"
    """The process that hears is away; it goes on where it stopped."""
    FINISHING = "finishing"
    """The call is over; the recording's transcript will take this one's place."""
    DONE = "done"
    """The recording's transcript."""


class LiveTranscriptAnswer(Message):
    linkedid: str
    state: LiveState
    behind_seconds: float
    """How much sound waits to be heard; 0 unless `behind`."""
    note: str
    """What the reader should know, in plain Chinese; empty: nothing."""
    demo_model: bool
    """Made by a model that learnt from synthetic voices."""
    may_play: bool
    """Whether `/api/calls/{linkedid}/sound` gives the sound to this person."""
    segments: list[SegmentAnswer]
    """By time."""


async def get_live_call(session: AsyncSession, me: Me, linkedid: str) -> Call:
    """The call whose words `me` may read. Raises NotFound, also for what `me` may not."""
    call = await session.get(Call, linkedid)
    linked = (await orders_of(session, [linkedid]))[linkedid]
    if call is None or not await may_hear(session, me, call, linked):
        raise NotFound("没有这通电话，或者您不能查看。")
    return call


def may_play(me: Me, call: Call) -> bool:
    """Of a call that goes on: its own agents, and who watches over the line."""
    his_own = any(leg.endpoint in (me.extension, f"{me.extension}-web") and leg.connected_at for leg in call.legs)
    return me.role in _OVERHEARS or (me.extension is not None and his_own)


async def read_live(
    session: AsyncSession, settings: Settings, me: Me, linkedid: str, *, at: dt.datetime
) -> LiveTranscriptAnswer:
    """Raises NotFound, also for what `me` may not read."""
    call = await get_live_call(session, me, linkedid)
    recordings = (await recordings_of(session, [linkedid])).get(linkedid, [])
    redactor = await redactor_of_call(session, me, call, (await orders_of(session, [linkedid]))[linkedid])
    for recording in recordings:
        made = recording_answer(recording, redactor).transcript
        if recording.part is RecordingPart.CONVERSATION and made and made.state is TranscriptState.DONE:
            return _answer(call, LiveState.DONE, 0, "", made.demo_model, may_play(me, call), made.segments)
    heard = await spoken_so_far(session, linkedid)
    model = await asyncio.to_thread(find_model, settings)
    state, behind, note = _state(call, heard, why_no_model(settings) if model is None else "", at)
    demo = for_demonstration(model.name if model else None)
    segments = covered_segments([_segment(one) for one in heard.segments], redactor)
    return _answer(call, state, behind, note, demo, may_play(me, call), segments)


def _state(call: Call, heard: LiveTranscript, no_model: str, at: dt.datetime) -> tuple[LiveState, float, str]:
    if call.ended_at is not None:
        return LiveState.FINISHING, 0, "通话已结束，正式文字由录音生成，完成后自动替换。"
    if call.answered_at is None:
        return LiveState.NOT_ANSWERED, 0, "接通后，双方说的话会在这里随说随出。"
    if no_model:
        return LiveState.STARTING, 0, no_model
    if not heard.voices:
        waits = at - call.answered_at > LOST_AFTER
        away = "实时转写没有在工作，通话和录音不受影响，请告诉系统管理员。"
        return LiveState.STARTING, 0, away if waits else "正在听……"
    if at - max(voice.alive_at for voice in heard.voices) > LOST_AFTER:
        return LiveState.INTERRUPTED, 0, "实时转写中断，恢复后会从中断处补上；通话和录音不受影响。"
    behind = max(voice.behind_seconds for voice in heard.voices)
    if behind:
        return LiveState.BEHIND, behind, f"识别落后约{behind:.0f}秒，正在追赶。"
    return LiveState.LIVE, 0, ""


def _answer(
    call: Call,
    state: LiveState,
    behind_seconds: float,
    note: str,
    demo: bool,
    plays: bool,
    segments: list[SegmentAnswer],
) -> LiveTranscriptAnswer:
    return LiveTranscriptAnswer(
        linkedid=call.linkedid,
        state=state,
        behind_seconds=behind_seconds,
        note=note,
        demo_model=demo,
        may_play=plays,
        segments=segments,
    )


def _segment(row: LiveSegment) -> SegmentAnswer:
    return SegmentAnswer.model_validate(row, from_attributes=True)
