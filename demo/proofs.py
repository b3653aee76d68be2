"""Compares what the simulated people saw with what the system has stored; each proof is one claim of the README."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.database import Sessions
from demo.scenario import PlayedCall, StorySeen
from dispatch.orders.assignment_models import Assignment, DispatchCall, RecipientKind
from dispatch.orders.models import CallPurpose, Order, OrderCall, OrderStep
from dispatch.workflow import State
from recordings.models import Recording, RecordingPart, RecordingState, Transcript, TranscriptState
from telephony.calls.call_state import Direction, Outcome
from telephony.calls.models import Call, CallEvent

_CLOCK_SECONDS = 1.5
"""The phones and Asterisk read one clock; the rest is the signalling's way."""
_SPEECH_RMS = 0.01
"""Full scale 1: a telephone's silence is far below, speech far above."""


@dataclass(frozen=True)
class DemoProof:
    name: str
    ok: bool
    detail: str


@dataclass
class Stored:
    """What the system knows, read once everything is quiet."""

    calls: list[Call] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    links: list[OrderCall] = field(default_factory=list)
    steps: list[OrderStep] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)
    failed_jobs: list[str] = field(default_factory=list)

    def call_of(self, seen: StorySeen) -> Call | None:
        found = [call for call in self.calls if call.caller_number == seen.number]
        return found[0] if len(found) == 1 else None

    def recordings_of(self, linkedid: str) -> list[Recording]:
        return [one for one in self.recordings if one.linkedid == linkedid]

    def orders_of(self, linkedid: str) -> list[Order]:
        ids = [link.order_id for link in self.links if link.linkedid == linkedid]
        return [order for order in self.orders if order.id in ids]


async def load(session: AsyncSession) -> Stored:
    async def rows(statement: Select[Any]) -> list[Any]:
        return list((await session.scalars(statement)).all())

    return Stored(
        calls=await rows(select(Call).order_by(Call.started_at)),
        recordings=await rows(
            select(Recording).options(selectinload(Recording.transcript).selectinload(Transcript.segments))
        ),
        orders=await rows(select(Order).order_by(Order.id)),
        links=await rows(select(OrderCall).order_by(OrderCall.id)),
        steps=await rows(select(OrderStep).order_by(OrderStep.order_id, OrderStep.seq)),
        assignments=await rows(select(Assignment).options(selectinload(Assignment.calls)).order_by(Assignment.id)),
        events=await rows(select(CallEvent).order_by(CallEvent.at, CallEvent.id)),
        failed_jobs=list(
            (await session.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'"))).all()
        ),
    )


async def until_quiet(sessions: Sessions, seconds: float) -> None:
    """Wait until every call has ended, every recording is settled and every transcript made or stated to wait."""
    unsettled = [
        select(func.count()).select_from(Call).where(Call.ended_at.is_(None)),
        select(func.count()).select_from(Recording).where(Recording.state == RecordingState.EXPECTED),
        select(func.count())
        .select_from(Recording)
        .where(Recording.state == RecordingState.SAVED, ~Recording.transcript.has()),
        select(func.count())
        .select_from(Transcript)
        .where(
            (Transcript.state == TranscriptState.RUNNING)
            | ((Transcript.state == TranscriptState.WAITING) & Transcript.reason.is_(None))
        ),
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.acknowledged_at.is_(None), Assignment.withdrawn_at.is_(None)),
        select(func.count()).select_from(DispatchCall).where(DispatchCall.ended_at.is_(None)),
        select(func.count()).select_from(CallEvent).where(~CallEvent.folded),
    ]
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline:
        async with sessions() as session:
            if not any([await session.scalar(one) for one in unsettled]):
                return
        await asyncio.sleep(0.5)


def prove(stored: Stored, played: PlayedCall, recordings_folder: Path) -> list[DemoProof]:
    """Every claim, each against all calls; nothing is left out because another failed."""
    due = [order for order in stored.orders if order.state is not State.DRAFT]
    return [
        _each("one row for each call, with its true outcome", played.calls, lambda seen: _row(stored, seen)),
        _each("its true times", played.calls, lambda seen: _times(stored, seen)),
        _each(
            "one recording for each call, both voices, length and checksum right",
            stored.calls,
            lambda call: _recording(stored, call, recordings_folder),
        ),
        _each("one transcript for each recording", stored.recordings, _transcript),
        _each("one order where one is due, none elsewhere", played.calls, lambda seen: _order(stored, seen)),
        _each("assigned to its office and its crew, both acknowledged", due, lambda order: _assignments(stored, order)),
        _each("its crew was called, pressed 1, and that is recorded", due, lambda order: _dispatch_call(stored, order)),
        _each("history complete and in order", stored.orders, lambda order: _history(stored, order)),
        _killed(stored, played),
        DemoProof("no job failed for good", not stored.failed_jobs, ", ".join(stored.failed_jobs) or "none"),
    ]


Found = tuple[bool, str]


def _each(name: str, things: Sequence[object], judge: Callable[..., Found]) -> DemoProof:
    found = [judge(thing) for thing in things]
    wrong = [said for ok, said in found if not ok]
    return DemoProof(
        name, bool(found) and not wrong, "; ".join(wrong or [said for _, said in found]) or "nothing to look at"
    )


def _row(stored: Stored, seen: StorySeen) -> Found:
    rows = [call for call in stored.calls if call.caller_number == seen.number]
    outcomes = [str(call.outcome) for call in rows]
    return outcomes == [seen.expected], f"{seen.who} {', '.join(outcomes) or 'unknown to the system'}"


def _times(stored: Stored, seen: StorySeen) -> Found:
    call = stored.call_of(seen)
    if call is None or call.ended_at is None or seen.ended_at is None:
        return False, f"{seen.who} has no end"
    early = (call.started_at - seen.began_at).total_seconds()
    late = (call.ended_at - seen.ended_at).total_seconds()
    right = abs(early) < _CLOCK_SECONDS and abs(late) < _CLOCK_SECONDS
    return right, f"{seen.who} began {early:+.2f} s, ended {late:+.2f} s"


def _recording(stored: Stored, call: Call, folder: Path) -> Found:
    mine = stored.recordings_of(call.linkedid)
    who = call.caller_number or call.linkedid
    if call.direction is Direction.DISPATCH:
        who = call.linkedid
        if call.outcome is not Outcome.ANSWERED:
            return not mine, f"{who} was not answered: nothing to record"
    if [one.part for one in mine] != [RecordingPart.CONVERSATION] or mine[0].state is not RecordingState.SAVED:
        return False, f"{who}: {[(one.part.value, one.state.value, one.reason) for one in mine]}"
    one = mine[0]
    file = folder / (one.path or "")
    audio, rate = soundfile.read(file, always_2d=True)
    seconds = len(audio) / rate
    expected = (one.ended_at - one.started_at).total_seconds()
    rms = np.sqrt((audio**2).mean(axis=0))
    right = (
        one.matches_call is True
        and abs(seconds - expected) < max(1.0, 0.02 * expected)
        and hashlib.sha256(file.read_bytes()).hexdigest() == one.sha256
        and audio.shape[1] == 2
        and (call.outcome is not Outcome.ANSWERED or bool((rms > _SPEECH_RMS).sum() == 2 or _quiet_crew(call, rms)))
    )
    return right, f"{who} {seconds:.1f} s of {expected:.1f} s, levels {rms[0]:.3f}/{rms[1]:.3f}"


def _quiet_crew(call: Call, rms: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bool:
    """A crew that only listens and presses a key says nothing; our own voice must be there."""
    return call.direction is Direction.DISPATCH and bool(rms[1] > _SPEECH_RMS)


def _transcript(recording: Recording) -> Found:
    made = recording.transcript
    if made is None:
        return False, f"{recording.linkedid} has none"
    if made.state is TranscriptState.WAITING:
        return bool(made.reason), f"{recording.linkedid} waits: {made.reason}"
    return made.state is TranscriptState.DONE, (
        f"{recording.linkedid} {made.state}, {len(made.segments)} segments, {len(made.text)} characters"
    )


def _order(stored: Stored, seen: StorySeen) -> Found:
    call = stored.call_of(seen)
    mine = stored.orders_of(call.linkedid) if call else []
    if seen.expected != "answered":
        return not mine, f"{seen.who} none"
    right = [order.number for order in mine] == [seen.order] and mine[0].state is not State.DRAFT
    return right, f"{seen.who} {', '.join(f'{order.number} {order.state}' for order in mine) or 'none'}"


def _assignments(stored: Stored, order: Order) -> Found:
    mine = [assignment for assignment in stored.assignments if assignment.order_id == order.id]
    kinds = {assignment.recipient_kind for assignment in mine}
    right = (
        kinds == {RecipientKind.OFFICE, RecipientKind.UNIT}
        and len({(assignment.recipient_kind, assignment.recipient_code) for assignment in mine}) == len(mine)
        and all(assignment.acknowledged_at and assignment.delivered_at for assignment in mine)
    )
    notified = [f"{assignment.recipient_code} {_lag(assignment)}" for assignment in mine]
    return right, f"{order.number}: {', '.join(notified) or 'nobody was notified'}"


def _lag(assignment: Assignment) -> str:
    if assignment.acknowledged_at is None:
        return "not acknowledged"
    return f"after {(assignment.acknowledged_at - assignment.created_at).total_seconds():.1f} s by {assignment.via}"


def _dispatch_call(stored: Stored, order: Order) -> Found:
    linked = [
        link.linkedid for link in stored.links if link.order_id == order.id and link.purpose is CallPurpose.DISPATCH
    ]
    attempts = [
        call for assignment in stored.assignments if assignment.order_id == order.id for call in assignment.calls
    ]
    won = [call for call in attempts if call.state == "acknowledged"]
    recorded = [
        one
        for call in won
        for one in stored.recordings_of(call.channel_id)
        if one.state is RecordingState.SAVED and call.channel_id in linked
    ]
    right = len(won) == 1 and len(recorded) == 1
    said = ", ".join(f"attempt {call.attempt}: {call.state}" for call in attempts)
    return (
        right,
        f"{order.number}: {said or 'nobody rang'}, {sum(one.duration_seconds or 0 for one in recorded):.1f} s kept",
    )


def _history(stored: Stored, order: Order) -> Found:
    mine = [step for step in stored.steps if step.order_id == order.id]
    states = [step.to_state for step in mine]
    chained = all(before.to_state is after.from_state for before, after in pairwise(mine))
    right = [step.seq for step in mine] == list(range(1, len(mine) + 1)) and chained and states[-1] is order.state
    return right, f"{order.number}: {' → '.join(dict.fromkeys(states))}"


def _killed(stored: Stored, played: PlayedCall) -> DemoProof:
    name = "nothing was lost by the kill"
    if played.killed_at is None or played.opened_at is None:
        return DemoProof(name, False, "the system was never killed")
    survivors = [
        call
        for call in stored.calls
        if call.started_at < played.killed_at and call.ended_at and call.ended_at > played.opened_at
    ]
    meanwhile = [
        call
        for call in stored.calls
        if played.killed_at < call.started_at and call.ended_at and call.ended_at < played.opened_at
    ]
    recovered = [event for event in stored.events if played.killed_at < event.at < played.opened_at]
    right = bool(survivors) and len(meanwhile) == 1 and bool(recovered)
    away = (played.opened_at - played.killed_at).total_seconds()
    return DemoProof(
        name,
        right,
        f"away for {away:.1f} s; {len(survivors)} call(s) talked on through it, {len(meanwhile)} came and went "
        f"unheard, {len(recovered)} facts read from Asterisk's own file afterwards",
    )
