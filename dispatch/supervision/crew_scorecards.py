"""考核 of the crews (直通车): per crew and month, counted from their assignments in one query.

An order belongs to the month, in the city's zone, in which it was first assigned to the crew; what was withdrawn before
the crew had it does not count. Times are medians, in seconds; None where nothing was.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class UnitScorecard:
    unit_code: str
    received: int
    acknowledged: int
    until_acknowledged_seconds: float | None
    replied: int
    """A reply stands."""
    until_replied_seconds: float | None
    late: int
    """Answered after the limit, or not yet and it has passed."""
    asked: int
    """The citizen was asked afterwards; of these `solved` and `satisfied`."""
    solved: int
    satisfied: int


_QUERY = text(
    """
    SELECT assigned.unit_code, count(*) AS received, count(acknowledged_at) AS acknowledged,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - laid_at)::float)
            AS until_acknowledged_seconds,
        count(replied_at) AS replied,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM replied_at - laid_at)::float)
            AS until_replied_seconds,
        count(*) FILTER (WHERE coalesce(replied_at, closed_at, :at) > finish_due_at) AS late,
        count(citizen_solved) AS asked,
        count(*) FILTER (WHERE citizen_solved) AS solved,
        count(*) FILTER (WHERE citizen_solved IS NOT NULL AND citizen_satisfied) AS satisfied
    FROM (
        SELECT p.recipient_code AS unit_code, p.order_id, min(p.created_at) AS laid_at,
            min(p.acknowledged_at) AS acknowledged_at
        FROM assignments p
        WHERE p.recipient_kind = 'unit' AND p.created_at >= :since AND p.created_at < :before
            AND (p.acknowledged_at IS NOT NULL OR p.withdrawn_at IS NULL)
        GROUP BY p.recipient_code, p.order_id
    ) AS assigned
    JOIN orders AS o ON o.id = assigned.order_id
    LEFT JOIN LATERAL (
        SELECT r.citizen_solved, r.citizen_satisfied FROM replies r WHERE r.order_id = assigned.order_id
        ORDER BY r.id DESC LIMIT 1
    ) AS answer ON true
    GROUP BY assigned.unit_code ORDER BY assigned.unit_code
    """
)


async def unit_scorecards(
    session: AsyncSession, *, since: dt.datetime, before: dt.datetime, at: dt.datetime
) -> list[UnitScorecard]:
    """Of all crews that had an assignment in [since, before), as things stood at `at`."""
    rows = await session.execute(_QUERY, {"since": since, "before": before, "at": at})
    return [UnitScorecard(**row) for row in rows.mappings()]
