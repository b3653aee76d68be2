"""Calls as screens and programs read them: with their legs, their recordings and the orders they belong to."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from access.accounts.roles import HALL
from access.accounts.sessions import Me
from access.visibility.calls import may_hear, may_open, orders_of, redactor_of_call
from access.visibility.rules import called_of, caller_of, redactor_of_order, sees_order
from core.clock import start_of_day
from core.errors import NotFound
from core.paging import page_key, parse_key
from core.privacy.redaction import Redactor
from dispatch.orders.models import CallPurpose, Order
from recordings.models import Recording, RecordingState, Transcript
from recordings.recognition.speech_models import for_demonstration
from telephony.calls.call_state import APART, Direction
from telephony.calls.models import Call, Leg
from web.calls.found_calls import calls_asked_for
from web.calls.schemas import (
    CallAnswer,
    CallsAnswer,
    CallsQuery,
    CallSummary,
    LegAnswer,
    OrderLink,
    RecordingAnswer,
    SegmentAnswer,
    TranscriptAnswer,
)


async def list_calls(session: AsyncSession, me: Me, query: CallsQuery) -> CallsAnswer:
    """Newest first; for those who see the whole line. An `after` that is not one of ours begins at the top."""
    wanted: Select[Call] = select(Call).order_by(Call.started_at.desc(), Call.linkedid.desc()).limit(query.limit + 1)
    if query.live:
        wanted = wanted.where(Call.ended_at.is_(None))
    if query.outcome:
        wanted = wanted.where(Call.outcome == query.outcome)
    if query.direction:
        wanted = wanted.where(Call.direction == query.direction)
    else:
        wanted = wanted.where(Call.direction.not_in(APART))
    if query.before:
        wanted = wanted.where(Call.started_at < query.before)
    if query.first:
        wanted = wanted.where(Call.started_at >= start_of_day(query.first))
    if query.last:
        wanted = wanted.where(Call.started_at < start_of_day(query.last + dt.timedelta(days=1)))
    if (key := parse_key(query.after)) is not None:
        # By both: calls that began in the same microsecond would be lost between two pages.
        wanted = wanted.where(tuple_(Call.started_at, Call.linkedid) < key)
    if query.q:
        wanted = await calls_asked_for(session, me, wanted, query.q)
    calls = (await session.scalars(wanted)).all()
    shown = calls[: query.limit]
    linked = await orders_of(session, [call.linkedid for call in shown])
    more = len(calls) > query.limit
    return CallsAnswer(
        calls=[call_summary(me, call, linked[call.linkedid]) for call in shown],
        next=page_key(shown[-1].started_at, shown[-1].linkedid) if more else None,
    )


async def get_call(session: AsyncSession, me: Me, linkedid: str) -> CallAnswer:
    """One call with everything about it that `me` may know. Raises NotFound, also for what `me` may not."""
    call = await session.get(Call, linkedid)
    linked = (await orders_of(session, [linkedid]))[linkedid]
    if call is None or not may_open(me, linked):
        raise NotFound("没有这通电话。")
    recordings: list[RecordingAnswer] = []
    if await may_hear(session, me, call, linked):
        redactor = await redactor_of_call(session, me, call, linked)
        recordings = [recording_answer(one, redactor) for one in (await recordings_of(session, [linkedid]))[linkedid]]
    return CallAnswer(
        **call_summary(me, call, linked).model_dump(),
        called_number=called_of(me, call, linked) if me.role in HALL else "",
        hangup_cause=call.hangup_cause,
        survey_key=call.survey_key,
        legs=[leg_answer(leg) for leg in call.legs],
        recordings=recordings,
    )


async def find_call_at(session: AsyncSession, extension: str) -> Call | None:
    """The call that goes on at this telephone now, or rings there; the latest, if there are several."""
    return await session.scalar(
        select(Call)
        .join(Leg, Leg.linkedid == Call.linkedid)
        .where(Call.ended_at.is_(None), Leg.ended_at.is_(None), Leg.endpoint == extension)
        .where(Call.direction != Direction.SPY)
        .order_by(Call.started_at.desc())
        .limit(1)
    )


async def recordings_of(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, list[Recording]]:
    rows = await session.scalars(
        select(Recording)
        .where(Recording.linkedid.in_(linkedids))
        .options(selectinload(Recording.transcript).selectinload(Transcript.segments))
        .order_by(Recording.started_at)
    )
    found: dict[str, list[Recording]] = defaultdict(list)
    for recording in rows:
        found[recording.linkedid].append(recording)
    return found


def call_summary(me: Me, call: Call, linked: Sequence[tuple[Order, CallPurpose]]) -> CallSummary:
    return CallSummary(
        linkedid=call.linkedid,
        direction=call.direction,
        state=call.state,
        outcome=call.outcome,
        caller_number=caller_of(me, call, linked),
        started_at=call.started_at,
        queued_at=call.queued_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        answered_by=call.answered_by,
        orders=[
            OrderLink(
                number=order.number,
                title=redactor_of_order(order).text(order.title),
                state=order.state,
                purpose=purpose,
            )
            for order, purpose in linked
            # A person who may not see an order must not learn that the call began it either.
            if sees_order(me, order)
        ],
    )


def leg_answer(leg: Leg) -> LegAnswer:
    return LegAnswer(
        uniqueid=leg.uniqueid,
        endpoint=leg.endpoint,
        role=leg.role,
        started_at=leg.started_at,
        connected_at=leg.connected_at,
        ended_at=leg.ended_at,
        hangup_cause=leg.hangup_cause,
    )


def recording_answer(recording: Recording, redactor: Redactor) -> RecordingAnswer:
    """`redactor`: what must not be read in its transcript."""
    return RecordingAnswer(
        id=recording.id,
        part=recording.part,
        state=recording.state,
        reason=recording.reason,
        started_at=recording.started_at,
        duration_seconds=recording.duration_seconds,
        sha256=recording.sha256,
        size_bytes=recording.size_bytes,
        audio=f"/api/recordings/{recording.id}/audio" if recording.state is RecordingState.SAVED else None,
        transcript=_transcript(recording.transcript, redactor) if recording.transcript else None,
    )


def _transcript(transcript: Transcript, redactor: Redactor) -> TranscriptAnswer:
    return TranscriptAnswer(
        state=transcript.state,
        reason=transcript.reason,
        model=transcript.model,
        demo_model=for_demonstration(transcript.model),
        made_at=transcript.made_at,
        text=redactor.text(transcript.text),
        segments=covered_segments(
            [SegmentAnswer.model_validate(one, from_attributes=True) for one in transcript.segments], redactor
        ),
    )


def covered_segments(segments: Sequence[SegmentAnswer], redactor: Redactor) -> list[SegmentAnswer]:
    """What each speaker says is covered as one speech: a number is often said in two breaths. A segment in which
    something is covered loses its single words: they say the same."""
    covered: dict[int, str] = {}
    for speaker in {segment.speaker for segment in segments}:
        said = {place: segment.text for place, segment in enumerate(segments) if segment.speaker is speaker}
        covered |= dict(zip(said, redactor.texts(list(said.values())), strict=True))
    return [
        segment
        if covered[place] == segment.text
        else segment.model_copy(update={"text": covered[place], "words": [], "repairs": []})
        for place, segment in enumerate(segments)
    ]


def talked_seconds(call: CallSummary, at: dt.datetime) -> float | None:
    """How long people have been connected; None: not at all."""
    return ((call.ended_at or at) - call.answered_at).total_seconds() if call.answered_at else None
