"""When the citizen and a person of ours could hear one another, in seconds of the recording.

Outside of it the city's side of a call with a citizen is greeting, queue, music and prompts, which nobody needs in
writing. What the citizen says meanwhile is transcribed all the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from recordings.audio.wav import TELEPHONE_RATE
from recordings.models import Recording, RecordingPart
from telephony.calls.call_state import Direction
from telephony.calls.events import Fact, FactKind, fact_from_fields
from telephony.calls.models import Call, CallEvent

Span = tuple[float, float]
"""From, to; seconds."""

MARGIN_SECONDS = 1.0
"""Heard before and after each: a word must not lose its beginning because a clock is a little off."""

_KINDS = (FactKind.BRIDGE_ENTER, FactKind.BRIDGE_EXIT, FactKind.HOLD, FactKind.UNHOLD)
_WITH_CITIZENS = (Direction.INBOUND, Direction.OUTBOUND)


def talk_spans(facts: Iterable[Fact], uniqueid: str, started_at: dt.datetime) -> list[Span]:
    """When channel `uniqueid` was in a bridge with another channel that did not hold it; `started_at`: second 0. The
    last may have no end. Pure.
    """
    heard = (
        (second, bool(others - held)) for second, others, held in _moments(_with_ends(facts), uniqueid, started_at)
    )
    return [(start - MARGIN_SECONDS, end + MARGIN_SECONDS) for start, end in _spans(heard)]


def held_spans(facts: Iterable[Fact], uniqueid: str, started_at: dt.datetime) -> list[Span]:
    """When all others whom it was in a bridge with held it, also if that has no end yet. Pure."""
    return _spans(
        (second, bool(others) and others <= held) for second, others, held in _moments(facts, uniqueid, started_at)
    )


def silenced(sound: bytes, first_frame: int, spans: Iterable[Span]) -> bytes:
    """16-bit samples without what lies in `spans`; `first_frame`: where in the recording they begin."""
    samples = np.frombuffer(sound, dtype="<i2").copy()
    for start, end in spans:
        begin, until = ((second * TELEPHONE_RATE - first_frame) for second in (start, end))
        samples[int(max(begin, 0)) : int(min(max(until, 0), len(samples)))] = 0
    return samples.tobytes()


def _moments(
    facts: Iterable[Fact], uniqueid: str, started_at: dt.datetime
) -> Iterator[tuple[float, set[str], set[str]]]:
    """After each fact: its second, who shares a bridge with `uniqueid`, and who holds."""
    inside: defaultdict[str, set[str]] = defaultdict(set)
    held: set[str] = set()
    for fact in sorted(facts, key=_order):
        where = held if fact.kind in (FactKind.HOLD, FactKind.UNHOLD) else inside[str(fact.extra.get("bridge_id", ""))]
        if fact.kind in (FactKind.BRIDGE_ENTER, FactKind.HOLD):
            where.add(fact.uniqueid)
        elif fact.kind in (FactKind.BRIDGE_EXIT, FactKind.UNHOLD):
            where.discard(fact.uniqueid)
        else:
            continue
        others = set().union(*(one for one in inside.values() if uniqueid in one)) - {uniqueid}
        yield (fact.at - started_at).total_seconds(), others, held


def _order(fact: Fact) -> tuple[dt.datetime, bool]:
    """An end that is put at its beginning comes after it."""
    return fact.at, fact.kind is FactKind.UNHOLD


def _spans(moments: Iterable[tuple[float, bool]]) -> list[Span]:
    """From each moment at which it becomes true to that at which it no longer is."""
    found: list[Span] = []
    since: float | None = None
    for second, true in moments:
        if true and since is None:
            since = second
        elif not true and since is not None:
            found.append((since, second))
            since = None
    return found if since is None else [*found, (since, float("inf"))]


def _with_ends(facts: Iterable[Fact]) -> list[Fact]:
    """Without the holds of which nobody heard the end (telephony.control.hold_tracker)."""
    kept: list[Fact] = []
    ended: set[str] = set()
    for fact in sorted(facts, key=_order, reverse=True):
        if fact.kind is FactKind.UNHOLD:
            ended.add(fact.uniqueid)
        elif fact.kind is FactKind.HOLD:
            if fact.uniqueid not in ended:
                continue
            ended.discard(fact.uniqueid)
        kept.append(fact)
    return kept


async def load_moves(session: AsyncSession, linkedid: str) -> list[Fact]:
    """What is known of who could hear whom in this call."""
    rows = await session.scalars(
        select(CallEvent)
        .where(CallEvent.linkedid == linkedid, CallEvent.kind.in_(_KINDS))
        .order_by(CallEvent.at, CallEvent.id)
    )
    return [fact_from_fields(row.kind, row.at, row.linkedid, row.uniqueid, row.fields) for row in rows]


async def city_spans(session: AsyncSession, recording: Recording) -> list[Span] | None:
    """Where the city's side of `recording` is worth hearing; None: all of it, since it is no call with a citizen."""
    call = await session.get(Call, recording.linkedid)
    if call is None or call.direction not in _WITH_CITIZENS or recording.part is not RecordingPart.CONVERSATION:
        return None
    return talk_spans(await load_moves(session, recording.linkedid), recording.uniqueid, recording.started_at)
