"""From words to proposals: while a call goes on (topic `speech`), and once more when its transcript is done.

The recordings' room knows no orders and the orders' room no recordings: here one is handed to the other.
"""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core import clock
from core.bus import Bus, Change
from core.database import Sessions, transaction
from dispatch.intake.hearing import MatterHeard
from dispatch.intake.proposals import propose_for_call
from dispatch.orders.families.further_matters import in_hand_since
from dispatch.policy import Policy
from dispatch.versions.holder import PolicyHolder
from hotline.runtime.stumbling import passed_by
from recordings.models import Recording, RecordingPart, Segment, Transcript, TranscriptState
from recordings.transcripts.live_store import SPEECH, spoken_so_far
from recordings.transcripts.models import LiveSegment
from telephony.calls.models import Call


async def heard_of(session: AsyncSession, linkedid: str) -> list[MatterHeard]:
    """What was said in a call, as well as it is known now: the transcript of the conversation, else of the message
    that was left, else what was heard while it goes on."""
    found = (
        select(Recording)
        .where(Recording.linkedid == linkedid)
        .options(selectinload(Recording.transcript).selectinload(Transcript.segments))
        .order_by(Recording.part != RecordingPart.CONVERSATION)
    )
    for recording in await session.scalars(found):
        made = recording.transcript
        if made is not None and made.state is TranscriptState.DONE and made.segments:
            return [_heard(segment) for segment in made.segments]
    return [_heard(segment) for segment in (await spoken_so_far(session, linkedid)).segments]


async def propose_now(sessions: Sessions, policy: Policy, linkedid: str) -> bool:
    """Make the proposals of a call again; whether any changed. May be done any number of times."""
    async with transaction(sessions) as session:
        return await propose_for_call(
            session,
            policy.city,
            policy.hearing,
            policy.urgency,
            linkedid,
            await _about_order_in_hand(session, linkedid, await heard_of(session, linkedid)),
            at=clock.now(),
        )


async def _about_order_in_hand(session: AsyncSession, linkedid: str, heard: list[MatterHeard]) -> list[MatterHeard]:
    """Without what was said before the agent began the matter in hand; all of it, where that is the call's first."""
    since = await in_hand_since(session, linkedid)
    if since is None:
        return heard
    began = await session.scalar(select(Call.recording_started_at).where(Call.linkedid == linkedid))
    if began is None:
        return []
    return [one for one in heard if one.end > (since - began).total_seconds()]


async def propose_from_transcript(sessions: Sessions, policy: Policy, transcript_id: int, *, pbx: str) -> None:
    """Once a transcript is done; nothing for one that waits or failed. Never fails because of what was said."""
    async with sessions() as session:
        made = await session.get(Transcript, transcript_id, options=[selectinload(Transcript.recording)])
    if made is not None and made.state is TranscriptState.DONE:
        linkedid = made.recording.linkedid
        async with passed_by(sessions, pbx, "not_proposed", linkedid=linkedid):
            await propose_now(sessions, policy, linkedid)


async def keep_proposing(bus: Bus, sessions: Sessions, holder: PolicyHolder, *, pbx: str) -> None:
    """For ever: new proposals after each stretch that was heard. A lost change costs a moment: the next one, or the
    transcript, makes up for it. Words that our program stumbles over cost their own call's proposals, no other's."""
    async with bus.subscribe() as changes:
        while True:
            spoken = {change.id for change in [await changes.get(), *_waiting(changes)] if change.topic == SPEECH}
            for linkedid in sorted(spoken):
                async with passed_by(sessions, pbx, "not_proposed", linkedid=linkedid):
                    await propose_now(sessions, holder.policy, linkedid)


def _waiting(changes: "asyncio.Queue[Change]") -> list[Change]:
    """All that came meanwhile: a call of which three stretches wait is looked at once."""
    found = []
    while not changes.empty():
        found.append(changes.get_nowait())
    return found


def _heard(segment: Segment | LiveSegment) -> MatterHeard:
    return MatterHeard(segment.speaker, segment.start_seconds, segment.end_seconds, segment.text, segment.words)
