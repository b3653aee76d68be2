"""`hotline roster`: the roster by which the probe expects ready agents; entries for certain spans of time."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select

from core import clock
from core.clock import CITY_ZONE, in_city
from core.database import make_engine, make_sessions, transaction
from core.errors import BadInput
from core.instants import EARLIEST, LATEST
from core.settings import Settings
from hotline.runtime.runtime import database_url
from telephony.monitoring.models import RosterEntry
from telephony.monitoring.roster import Required, load_shifts, required_at

_STEP = dt.timedelta(minutes=15)


def city_time(text: str) -> dt.datetime:
    """`2026-11-21 18:00`, in the city's zone where it names none. Raises BadInput."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no time: write it like '2026-11-21 18:00'") from error
    instant = instant if instant.tzinfo else instant.replace(tzinfo=CITY_ZONE)
    if not EARLIEST <= instant < LATEST:
        raise BadInput(f"{text!r} is out of bounds: {EARLIEST.year} to {LATEST.year - 1}")
    return instant


async def add_entry(
    settings: Settings, starts_at: dt.datetime, ends_at: dt.datetime, least: int, extensions: list[str], note: str
) -> None:
    """Raises BadInput for what can never be fulfilled."""
    if starts_at >= ends_at:
        raise BadInput("the span must end after it begins")
    known = {str(1001 + number) for number in range(settings.pbx.agents)}
    if unknown := sorted(set(extensions) - known):
        raise BadInput(f"no agent has the extension {', '.join(unknown)}")
    engine = make_engine(database_url(settings), pool_size=1)
    try:
        async with transaction(make_sessions(engine)) as session:
            session.add(
                RosterEntry(
                    starts_at=starts_at,
                    ends_at=ends_at,
                    ready_least=max(least, len(set(extensions))),
                    extensions=sorted(set(extensions)),
                    note=note,
                )
            )
    finally:
        await engine.dispose()


async def coming_changes(settings: Settings, days: int) -> list[tuple[dt.datetime, Required]]:
    """From now on, whenever it changes: from when, and what is wanted then."""
    now = clock.now()
    until = now + dt.timedelta(days=days)
    engine = make_engine(database_url(settings), pool_size=1)
    try:
        async with make_sessions(engine)() as session:
            relevant = select(RosterEntry).where(RosterEntry.starts_at < until, RosterEntry.ends_at > now)
            entries = (await session.scalars(relevant)).all()
    finally:
        await engine.dispose()
    shifts = load_shifts(settings.city)
    changes: list[tuple[dt.datetime, Required]] = []
    edges = [edge for entry in entries for edge in (entry.starts_at, entry.ends_at)]
    for instant in sorted({now, *_quarters(now, until), *(edge for edge in edges if now < edge < until)}):
        wanted = required_at(instant, shifts, entries)
        if not changes or changes[-1][1] != wanted:
            changes.append((instant, wanted))
    return changes


def _quarters(since: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    instant = in_city(since).replace(minute=0, second=0, microsecond=0)
    while instant < until:
        if instant > since:
            yield instant
        instant += _STEP
