"""When the citizen and a person of ours could hear one another, in seconds of the recording.

Outside of it the city's side of a citizen's call is greeting, queue, music and prompts, which nobody needs in writing.
What he says himself meanwhile is heard all the same. Music that an agent's own telephone has played (SIP hold) is not
in Asterisk's facts of a call, and so not known here.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from recordings.models import Recording, RecordingPart
from telephony.events import Fact, FactKind, fact_from_fields
from telephony.models import Call, CallEvent
from telephony.picture import Direction

Span = tuple[float, float]
"""From, to; seconds."""

MARGIN_SECONDS = 1.0
"""Heard before and after each: a word must not lose its beginning because a clock is a little off."""


def talk_spans(facts: Iterable[Fact], uniqueid: str, started_at: dt.datetime) -> list[Span]:
    """When channel `uniqueid` was in a bridge with another; `started_at`: second 0. The last may have no end. Pure."""
    inside: defaultdict[str, set[str]] = defaultdict(set)
    found: list[Span] = []
    since: float | None = None
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.kind not in (FactKind.BRIDGE_ENTER, FactKind.BRIDGE_EXIT):
            continue
        bridge = inside[str(fact.extra.get("bridge_id", ""))]
        (bridge.add if fact.kind is FactKind.BRIDGE_ENTER else bridge.discard)(fact.uniqueid)
        second = (fact.at - started_at).total_seconds()
        talks = any(uniqueid in one and len(one) > 1 for one in inside.values())
        if talks and since is None:
            since = second - MARGIN_SECONDS
        elif not talks and since is not None:
            found.append((since, second + MARGIN_SECONDS))
            since = None
    return found if since is None else [*found, (since, float("inf"))]


async def city_spans(session: AsyncSession, recording: Recording) -> list[Span] | None:
    """Where the city's side of `recording` is worth hearing; None: all of it, since it is no citizen's call."""
    call = await session.get(Call, recording.linkedid)
    if call is None or call.direction is not Direction.INBOUND or recording.part is not RecordingPart.CONVERSATION:
        return None
    kinds = [FactKind.BRIDGE_ENTER, FactKind.BRIDGE_EXIT]
    rows = await session.scalars(
        select(CallEvent).where(CallEvent.linkedid == recording.linkedid, CallEvent.kind.in_(kinds))
    )
    facts = [fact_from_fields(row.kind, row.at, row.linkedid, row.uniqueid, row.fields) for row in rows]
    return talk_spans(facts, recording.uniqueid, recording.started_at)
