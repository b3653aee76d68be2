"""Metrics for a Prometheus server, counted from the database at each asking.

Counted where the rows are, not in this process: any web process gives the same numbers, whichever part wrote them.
Labels are words of a fixed list (outcome, queue, state), never a citizen's, an agent's or an order's.
"""

import datetime as dt

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import in_city
from dispatch.reachability.rounds import open_alarms
from recordings.models import Recording, RecordingState, Transcript, TranscriptState
from recordings.transcripts.backlog import RATE_DAYS, seconds_per_second
from telephony.ami.status import ManagerState
from telephony.calls.call_state import CallState, Direction, Outcome
from telephony.calls.models import Call, CallEvent
from telephony.monitoring.incidents import SHOWN_ON_PAGES_ONLY, is_open
from telephony.monitoring.line_health import Heart, heart_trouble
from telephony.monitoring.models import Alarm, LineHeart
from telephony.trouble_kinds import TroubleKind

_WAITING = (CallState.QUEUED, CallState.RINGING)
_UNMADE = (TranscriptState.WAITING, TranscriptState.RUNNING)


async def collect(session: AsyncSession, at: dt.datetime) -> bytes:
    """The text that /metrics answers."""
    registry = CollectorRegistry()
    await _calls(session, registry, at)
    await _lines(session, registry, at)
    await _jobs(session, registry)
    await _recordings(session, registry)
    await _transcripts(session, registry, at)
    return generate_latest(registry)


async def _calls(session: AsyncSession, registry: CollectorRegistry, at: dt.datetime) -> None:
    # Since midnight, by the index on the arrival: years of calls are not counted again every few seconds. That the
    # number falls at midnight is to a Prometheus server a counter that was reset.
    ended = Gauge(
        "hotline_calls_today", "Ended citizens' calls that arrived today, by outcome", ["outcome"], registry=registry
    )
    midnight = in_city(at).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = select(Call.outcome, func.count()).where(
        Call.started_at >= midnight, Call.direction == Direction.INBOUND, Call.outcome.is_not(None)
    )
    found = {outcome: count for outcome, count in await session.execute(counted.group_by(Call.outcome))}
    for outcome in Outcome:
        ended.labels(outcome).set(found.get(outcome, 0))
    live = Gauge("hotline_live_calls", "Calls that go on, by direction", ["direction"], registry=registry)
    counted_live = select(Call.direction, func.count()).where(Call.ended_at.is_(None)).group_by(Call.direction)
    going_on = {direction: count for direction, count in await session.execute(counted_live)}
    for direction in Direction:
        live.labels(direction).set(going_on.get(direction, 0))
    waiting = Gauge("hotline_queue_waiting", "Citizens who wait for an agent", registry=registry)
    who_waits = select(func.count(Call.linkedid)).where(
        Call.ended_at.is_(None), Call.direction == Direction.INBOUND, Call.state.in_(_WAITING)
    )
    waiting.set(await session.scalar(who_waits) or 0)


async def _lines(session: AsyncSession, registry: CollectorRegistry, at: dt.datetime) -> None:
    up = Gauge("hotline_line_up", "1: logged in, and reads what Asterisk writes", ["pbx"], registry=registry)
    state = Gauge("hotline_manager_state", "1 at the present state", ["pbx", "state"], registry=registry)
    lag = Gauge("hotline_cel_lag_seconds", "Since the CEL file was last read to its end", ["pbx"], registry=registry)
    backlog = Gauge("hotline_cel_backlog_bytes", "Of the CEL file, not yet read", ["pbx"], registry=registry)
    seen = Gauge("hotline_line_seen_seconds", "Since the line process's last sign of life", ["pbx"], registry=registry)
    for heart in await session.scalars(select(LineHeart)):
        trouble = heart_trouble(Heart(heart.manager_state, heart.detail, heart.seen_at, heart.cel_read_at), at)
        up.labels(heart.pbx).set(not trouble)
        for word in ManagerState:
            state.labels(heart.pbx, word).set(word is heart.manager_state)
        if heart.cel_read_at is not None:
            lag.labels(heart.pbx).set((at - heart.cel_read_at).total_seconds())
        backlog.labels(heart.pbx).set(heart.cel_backlog_bytes)
        seen.labels(heart.pbx).set((at - heart.seen_at).total_seconds())
    unfolded = Gauge("hotline_unfolded_facts", "Stored facts that are not yet in their calls' rows", registry=registry)
    unfolded.set(await session.scalar(select(func.count(CallEvent.id)).where(~CallEvent.folded)) or 0)
    alarms = Gauge("hotline_alarms", "Alarms and incidents that go on", ["kind"], registry=registry)
    counted = select(Alarm.kind, func.count()).where(is_open(at)).group_by(Alarm.kind)
    found = {kind: count for kind, count in await session.execute(counted)}
    for kind in set(TroubleKind) - SHOWN_ON_PAGES_ONLY:
        alarms.labels(kind).set(found.get(kind, 0))
    unreached = Gauge(
        "hotline_reachability_alarms", "Contacts not reached, as yet unseen by anybody", registry=registry
    )
    unreached.set(len(await open_alarms(session)))


async def _jobs(session: AsyncSession, registry: CollectorRegistry) -> None:
    jobs = Gauge("hotline_jobs", "Durable jobs, by queue and status", ["queue", "status"], registry=registry)
    counted = text("SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2")
    for queue, status, count in await session.execute(counted):
        jobs.labels(queue, status).set(count)


async def _recordings(session: AsyncSession, registry: CollectorRegistry) -> None:
    gauge = Gauge("hotline_recordings", "Recordings, by state", ["state"], registry=registry)
    counted = select(Recording.state, func.count()).group_by(Recording.state)
    found = {state: count for state, count in await session.execute(counted)}
    for state in RecordingState:
        gauge.labels(state).set(found.get(state, 0))


async def _transcripts(session: AsyncSession, registry: CollectorRegistry, at: dt.datetime) -> None:
    gauge = Gauge("hotline_transcripts", "Transcripts, by state", ["state"], registry=registry)
    counted = select(Transcript.state, func.count()).group_by(Transcript.state)
    found = {state: count for state, count in await session.execute(counted)}
    for state in TranscriptState:
        gauge.labels(state).set(found.get(state, 0))
    waiting = select(func.coalesce(func.sum(Recording.duration_seconds), 0.0)).join(Transcript.recording)
    audio = float(await session.scalar(waiting.where(Transcript.state.in_(_UNMADE))) or 0)
    backlog = Gauge("hotline_transcript_backlog_audio_seconds", "Sound that waits to be recognised", registry=registry)
    backlog.set(audio)
    rate = await seconds_per_second(session, at)
    if rate is not None:
        estimate = Gauge(
            "hotline_transcript_backlog_work_seconds",
            f"One recogniser's time for that, at its pace of the last {RATE_DAYS} days",
            registry=registry,
        )
        estimate.set(audio * rate)
