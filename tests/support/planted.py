"""Sounds of an order that a confidential reporter is named in: a voice note, and a call of ours to the crew."""

import io

import soundfile
from sqlalchemy import func, select, update

from core import clock
from core.database import transaction
from core.texts.search import search_document
from dispatch.attachments.models import Attachment
from dispatch.crews.calls import begin_call_attempt, finish_call_attempt
from dispatch.orders.assignment_models import Assignment, DispatchCallState, RecipientKind
from dispatch.orders.models import Order
from dispatch.workflow import Role
from recordings.models import Recording, RecordingPart, RecordingState, Segment, Speaker, Transcript, TranscriptState
from telephony.calls.call_state import CallState, Direction, LegRole, Outcome
from telephony.calls.models import Call, Leg
from tests.support.attachments import send
from tests.support.sound import RATE, noise
from tests.support.web_rig import WebRig


def wav() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, noise(1, 5), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


async def attach_sound(web_rig: WebRig, order: Order, role: Role, words: str, *, kind: str = "voice") -> int:
    """Sent over the web by `role`; `words`: what the recogniser made of it."""
    answer = await send(web_rig, role, order.number, wav(), kind=kind, name="语音.wav")
    assert answer.status == 201, await answer.text()
    note_id = int((await answer.json())["id"])
    async with transaction(web_rig.context.sessions) as session:
        heard = {"words": words, "words_model": "试验"} if kind == "voice" else {}
        if heard:
            await session.execute(update(Attachment).where(Attachment.id == note_id).values(heard))
    return note_id


async def call_crew(web_rig: WebRig, order: Order, words: str) -> tuple[str, int]:
    """Our call to the order's crew, over and recorded, and what the crew said in it: (linkedid, recording's id)."""
    at, settings = clock.now(), web_rig.context.settings
    async with transaction(web_rig.context.sessions) as session:
        pushed = (
            Assignment.order_id == order.id,
            Assignment.recipient_kind == RecipientKind.UNIT,
            Assignment.withdrawn_at.is_(None),
        )
        assignment = (await session.scalars(select(Assignment.id).where(*pushed))).one()
        attempt = await begin_call_attempt(session, assignment, at=at)
        assert attempt is not None
        rung = attempt.channel_id
        session.add(
            Call(
                linkedid=rung, pbx="qufu", direction=Direction.DISPATCH, caller_number="12345", caller_name="",
                state=CallState.ENDED, outcome=Outcome.ANSWERED, called_number="unit-01", started_at=at,
                answered_at=at, ended_at=at, answered_by="unit-01",
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Leg(
                uniqueid=rung, linkedid=rung, channel="PJSIP/unit-01-1", endpoint="unit-01", role=LegRole.UNIT,
                started_at=at, connected_at=at, ended_at=at,
            )
        )  # fmt: skip
        recording = Recording(
            linkedid=rung, uniqueid=rung, part=RecordingPart.CONVERSATION, state=RecordingState.SAVED,
            far_side=Speaker.UNIT, started_at=at, ended_at=at, duration_seconds=1.0, archived_at=at, size_bytes=1,
            sha256="1" * 64, path=_flac(web_rig, rung),
        )  # fmt: skip
        session.add(recording)
        await session.flush()
        said = Segment(
            speaker=Speaker.UNIT, start_seconds=0, end_seconds=1, text=words, confidence=0.9,
            words=[{"word": words, "start": 0, "end": 1, "confidence": 0.9}],
        )  # fmt: skip
        session.add(
            Transcript(
                recording_id=recording.id, state=TranscriptState.DONE, model="试验", made_at=at, took_seconds=0.1,
                text=words, search=func.to_tsvector("simple", search_document(words)), segments=[said],
            )
        )  # fmt: skip
        assert settings.recordings.is_dir()
        recording_id = recording.id
    async with transaction(web_rig.context.sessions) as session:
        await finish_call_attempt(session, rung, DispatchCallState.NO_ANSWER, at=at, result="没有按键")
    return rung, recording_id


async def plant_recording(web_rig: WebRig, linkedid: str, words: str) -> int:
    """Of a call that is there already, and over: what its citizen said in it; the recording's id. Its index is not made
    yet (hotline.bridges.recordings.search_covers)."""
    at = clock.now()
    said = Segment(speaker=Speaker.CALLER, start_seconds=0, end_seconds=1, text=words, confidence=0.9, words=[])
    async with transaction(web_rig.context.sessions) as session:
        recording = Recording(
            linkedid=linkedid, uniqueid=linkedid, part=RecordingPart.CONVERSATION, state=RecordingState.SAVED,
            far_side=Speaker.CALLER, started_at=at, ended_at=at, duration_seconds=1.0, archived_at=at, size_bytes=1,
            sha256="1" * 64, path=_flac(web_rig, linkedid),
        )  # fmt: skip
        session.add(recording)
        await session.flush()
        session.add(
            Transcript(
                recording_id=recording.id, state=TranscriptState.DONE, model="试验", made_at=at, took_seconds=0.1,
                text=words, search=func.to_tsvector("simple", search_document(words)), segments=[said],
            )
        )  # fmt: skip
        return recording.id


def _flac(web_rig: WebRig, name: str) -> str:
    folder = web_rig.context.settings.recordings
    path = folder / f"archive/2026/11/22/{name}.flac"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(1, 6), RATE, format="FLAC")
    return str(path.relative_to(folder))
