"""What the live ear stores, and what screens read of it.

A segment and the position from which one would read on are one transaction, and the position is only moved by who
knows where it stood: whoever dies, or runs twice by mistake, loses nothing and doubles nothing.
"""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.bus import publish
from core.errors import Conflict
from recordings.models import Recording, RecordingPart, Speaker, Transcript, TranscriptState
from recordings.recognition.vosk_result import Utterance
from recordings.transcripts.models import LiveSegment, LiveVoice

SPEECH = "speech"
"""Topic: a stretch of the call `id` was stored."""
SPEAKING = "speaking"
"""Topic whose `id` is a `Speaking` as JSON: nobody stores it, and who misses it misses nothing."""
LONGEST_PARTIAL = 300
"""Characters; PostgreSQL's notices hold 8,000 bytes."""


@dataclass(frozen=True)
class Speaking:
    """What one voice of a call is just saying."""

    linkedid: str
    speaker: Speaker
    text: str
    """May still change; empty: the stretch has ended."""
    behind_seconds: float
    """0: keeps up."""


@dataclass(frozen=True)
class LiveTranscript:
    voices: Sequence[LiveVoice]
    """Empty: nobody has listened yet."""
    segments: Sequence[LiveSegment]
    """By time."""


async def open_voice(session: AsyncSession, linkedid: str, speaker: Speaker, *, begin: int, at: dt.datetime) -> int:
    """The sample from which this voice is to be heard (on): `begin`, if it was not heard before."""
    new = insert(LiveVoice).values(
        linkedid=linkedid, speaker=speaker, position_frames=begin, behind_seconds=0.0, alive_at=at
    )
    await session.execute(new.on_conflict_do_nothing())
    voice = await session.get_one(LiveVoice, (linkedid, speaker))
    return voice.position_frames


async def store_heard(
    session: AsyncSession,
    linkedid: str,
    speaker: Speaker,
    said: Sequence[Utterance],
    *,
    before: int,
    after: int,
    at: dt.datetime,
) -> None:
    """Store what was said between two positions (samples). Raises Conflict if somebody else hears this voice."""
    moved = await session.execute(
        update(LiveVoice)
        .where(LiveVoice.linkedid == linkedid, LiveVoice.speaker == speaker, LiveVoice.position_frames == before)
        .values(position_frames=after, alive_at=at)
        .returning(LiveVoice.linkedid)
    )
    if moved.scalar_one_or_none() is None:
        raise Conflict(f"somebody else hears {linkedid} {speaker}")
    if said and not await _is_done(session, linkedid):
        session.add_all(_segment(linkedid, speaker, one, at) for one in said)
        await publish(session, SPEECH, linkedid)


def _segment(linkedid: str, speaker: Speaker, said: Utterance, at: dt.datetime) -> LiveSegment:
    return LiveSegment(
        linkedid=linkedid,
        speaker=speaker,
        start_seconds=said.start,
        end_seconds=said.end,
        text=said.text,
        confidence=said.confidence,
        words=[asdict(word) for word in said.words],
        repairs=[asdict(repair) for repair in said.repairs],
        heard_at=at,
    )


async def publish_speaking(session: AsyncSession, speaking: Speaking) -> None:
    short = asdict(speaking) | {"text": speaking.text[-LONGEST_PARTIAL:]}
    await publish(session, SPEAKING, json.dumps(short, ensure_ascii=False))


async def set_behind(session: AsyncSession, linkedid: str, speaker: Speaker, seconds: float) -> None:
    here = (LiveVoice.linkedid == linkedid, LiveVoice.speaker == speaker)
    await session.execute(update(LiveVoice).where(*here).values(behind_seconds=seconds))
    await publish(session, SPEECH, linkedid)


async def say_alive(session: AsyncSession, linkedids: Collection[str], *, at: dt.datetime) -> None:
    await session.execute(update(LiveVoice).where(LiveVoice.linkedid.in_(linkedids)).values(alive_at=at))


async def spoken_so_far(session: AsyncSession, linkedid: str) -> LiveTranscript:
    """What was heard of a call that goes on, or whose transcript is not made yet; empty when that is done."""
    voices = await session.scalars(select(LiveVoice).where(LiveVoice.linkedid == linkedid).order_by(LiveVoice.speaker))
    segments = await session.scalars(
        select(LiveSegment).where(LiveSegment.linkedid == linkedid).order_by(LiveSegment.start_seconds, LiveSegment.id)
    )
    return LiveTranscript(voices.all(), segments.all())


async def forget_live(session: AsyncSession, recording: Recording) -> None:
    """The transcript of this recording is done: it stands in the live one's place."""
    if recording.part is RecordingPart.CONVERSATION:
        for rows in (LiveSegment, LiveVoice):
            await session.execute(delete(rows).where(rows.linkedid == recording.linkedid))


async def _is_done(session: AsyncSession, linkedid: str) -> bool:
    done = exists().where(
        Recording.linkedid == linkedid,
        Recording.part == RecordingPart.CONVERSATION,
        Transcript.recording_id == Recording.id,
        Transcript.state == TranscriptState.DONE,
    )
    return bool(await session.scalar(select(done)))
