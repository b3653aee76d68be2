"""Counts the line's figures in the database. telephony.figures.figures defines them."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, and_, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import CITY_ZONE
from telephony.agents.models import AgentSpell
from telephony.agents.state import AgentState
from telephony.calls.call_state import Direction, LegRole, Outcome
from telephony.calls.models import Call, Leg
from telephony.figures.figures import (
    ANSWER_SECONDS,
    GOOD_KEY,
    SERVICE_LEVEL_SECONDS,
    SHORT_ABANDON_SECONDS,
    AgentTally,
    Tally,
)


class TimeBucket(StrEnum):
    HOUR = "hour"
    DAY = "day"


Period = tuple[dt.datetime, dt.datetime]
"""From (with it) to (without it); aware."""
_OTHER_PAUSES = tuple(state for state in AgentState if state.is_pause and state is not AgentState.AFTER_CALL_WORK)


async def count_calls(session: AsyncSession, period: Period) -> Tally:
    return sum((counted for _, counted in await count_calls_by(session, period, TimeBucket.DAY)), Tally())


async def count_calls_by(session: AsyncSession, period: Period, by: TimeBucket) -> list[tuple[dt.datetime, Tally]]:
    """By the beginning of each hour or day of the city's zone in which calls arrived; in order, empty ones left out."""
    starts = _bucket(Call.started_at, by).label("bucket")
    columns = _sums()
    rows = await session.execute(select(starts, *columns).where(*counted(period)).group_by(starts))
    names = [column.name for column in columns]
    found = {row["bucket"]: Tally(**{name: row[name] or 0 for name in names}) for row in rows.mappings()}
    after_call_work = await _after_call_work(session, period, by)
    keys = sorted({*found, *after_call_work})
    return [
        (key, found.get(key, Tally()) + Tally(after_call_work_seconds=after_call_work.get(key, 0.0))) for key in keys
    ]


async def count_agents(session: AsyncSession, period: Period) -> list[AgentTally]:
    """Everybody whose phone rang for a citizen, or who was signed in; by extension."""
    rows: dict[str, dict[str, Any]] = {}
    for row in (await session.execute(_legs(period))).mappings():
        rows[row["extension"]] = dict(row)
    for row in (await session.execute(_surveys(period))).mappings():
        rows[row["extension"]].update(row)
    for row in (await session.execute(_spells(period))).mappings():
        known = rows.setdefault(row["extension"], {"extension": row["extension"]})
        known.update(row)
    return [AgentTally(**rows[extension]) for extension in sorted(rows)]


def counted(period: Period) -> Sequence[ColumnElement[bool]]:
    """Which calls the figures count: of citizens, begun in the period, over."""
    return (
        Call.direction == Direction.INBOUND,
        Call.outcome.is_not(None),
        Call.ended_at.is_not(None),
        Call.started_at >= period[0],
        Call.started_at < period[1],
    )


def _sums() -> list[Any]:
    reached = Call.answered_at.is_not(None)
    waited = seconds(func.coalesce(Call.queued_at, Call.started_at), Call.answered_at)
    soon = and_(
        Call.outcome == Outcome.ABANDONED,
        func.coalesce(seconds(Call.queued_at, Call.ended_at), 0) <= SHORT_ABANDON_SECONDS,
    )
    return [
        func.count().label("calls"),
        *(func.count().filter(Call.outcome == outcome).label(str(outcome)) for outcome in Outcome),
        func.count().filter(soon).label("short_abandoned"),
        func.count().filter(reached).label("reached"),
        func.count().filter(reached, waited <= ANSWER_SECONDS).label("within_15"),
        func.count().filter(reached, waited <= SERVICE_LEVEL_SECONDS).label("within_20"),
        func.sum(waited).label("waited_seconds"),
        func.sum(seconds(Call.started_at, Call.answered_at)).label("arrival_to_answer_seconds"),
        func.sum(seconds(Call.answered_at, Call.ended_at)).label("talked_seconds"),
        *_survey_sums(Call.survey_asked_at, Call.survey_key),
    ]


def _survey_sums(asked_at: Any, pressed: Any) -> list[Any]:
    asked = asked_at.is_not(None)
    key = cast(func.substring(pressed, "^[1-5]$"), Integer)
    return [
        func.count().filter(asked).label("survey_asked"),
        func.count().filter(asked, key.is_not(None)).label("survey_answered"),
        func.coalesce(func.sum(key).filter(asked), 0).label("survey_points"),
        func.count().filter(asked, key >= GOOD_KEY).label("survey_good"),
    ]


async def _after_call_work(session: AsyncSession, period: Period, by: TimeBucket) -> dict[Any, float]:
    """Seconds by the bucket in which the after-call work began; one that goes on lasts until the period's end at
    most."""
    starts = _bucket(AgentSpell.since, by).label("bucket")
    until = func.least(func.coalesce(AgentSpell.until, func.now()), period[1])
    found = (
        select(starts, func.sum(seconds(AgentSpell.since, until)))
        .where(
            AgentSpell.state == AgentState.AFTER_CALL_WORK, AgentSpell.since >= period[0], AgentSpell.since < period[1]
        )
        .group_by(starts)
    )
    return {key: float(value or 0) for key, value in await session.execute(found)}


def _legs(period: Period) -> Any:
    taken = Leg.connected_at.is_not(None)
    until = func.coalesce(Leg.ended_at, Call.ended_at)
    waited = seconds(func.coalesce(Call.queued_at, Call.started_at), Call.answered_at)
    first = and_(taken, Leg.connected_at == Call.answered_at)
    return (
        select(
            Leg.endpoint.label("extension"),
            func.count().label("rang"),
            func.count().filter(taken).label("taken"),
            func.count().filter(first).label("answered"),
            func.count().filter(first, waited <= ANSWER_SECONDS).label("within_15"),
            func.coalesce(func.sum(waited).filter(first), 0.0).label("waited_seconds"),
            func.coalesce(func.sum(seconds(Leg.connected_at, until)), 0.0).label("talked_seconds"),
            func.coalesce(func.sum(seconds(Leg.started_at, Leg.connected_at)), 0.0).label("ring_seconds"),
        )
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.role == LegRole.AGENT, *counted(period))
        .group_by(Leg.endpoint)
    )


def _surveys(period: Period) -> Any:
    """By the agent who talked last in each call after which the citizen was asked."""
    last = (
        select(Leg.endpoint.label("extension"), Call.survey_asked_at, Call.survey_key)
        .ext(distinct_on(Leg.linkedid))
        .join(Call, Call.linkedid == Leg.linkedid)
        .where(Leg.role == LegRole.AGENT, Leg.connected_at.is_not(None), Call.survey_asked_at.is_not(None))
        .where(*counted(period))
        .order_by(Leg.linkedid, Leg.connected_at.desc(), Leg.uniqueid)
        .subquery()
    )
    sums = _survey_sums(last.c.survey_asked_at, last.c.survey_key)
    return select(last.c.extension, *sums).group_by(last.c.extension)


def _spells(period: Period) -> Any:
    """The part of each spell that lies in the period."""
    since = func.greatest(AgentSpell.since, period[0])
    until = func.least(func.coalesce(AgentSpell.until, func.now()), period[1])
    lasted = seconds(since, until)

    def total(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, lasted), else_=0.0)), 0.0)

    return (
        select(
            AgentSpell.extension,
            total(AgentSpell.state == AgentState.READY).label("ready_seconds"),
            total(AgentSpell.state == AgentState.AFTER_CALL_WORK).label("after_call_work_seconds"),
            total(AgentSpell.state.in_(_OTHER_PAUSES)).label("paused_seconds"),
        )
        .where(
            AgentSpell.state != AgentState.OFFLINE,
            AgentSpell.since < period[1],
            func.coalesce(AgentSpell.until, func.now()) > period[0],
        )
        .group_by(AgentSpell.extension)
    )


def _bucket(column: Any, by: TimeBucket) -> ColumnElement[Any]:
    # Written out: as parameters, PostgreSQL would not see that SELECT and GROUP BY say the same.
    return func.date_trunc(literal_column(f"'{by}'"), column, literal_column(f"'{CITY_ZONE.key}'"))


def seconds(since: Any, until: Any) -> ColumnElement[float]:
    return cast(func.extract("epoch", until - since), Float)
