"""考核: per office and month of dispatch, counted from custody_periods in one query.

A period is one office's time with one order (dispatch.clock.models.CustodyPeriod); it belongs to the month, in the
city's zone, in which it was dispatched. Every period is in exactly one class of acceptance and one of answering:

    received = accepted_in_time + accepted_late + accept_waiting + accept_overdue + accept_void
        in_time, late   the lead office or its crew accepted, by / after the limit
        waiting, overdue  not accepted yet, and the limit has not / has passed
        void            the order was taken away (moved, merged, invalid) before anybody accepted it
    received = finished_in_time + finished_late + finish_waiting + finish_overdue + finish_void
        in_time, late   the reply that stands (not sent back) was given by / after the limit as it was last moved
        waiting, overdue  no reply stands, and the limit has not / has passed
        void            the order was taken away before a reply stood

Beside them: custody_periods `asked`, of which the citizen was asked afterwards; of these `answered`, `solved`,
`satisfied` (yes to each, independent of one another); custody_periods `sent_back`, `reopened`, `extended` at least
once; `warnings` in all; `marked` replies in all that looked evasive when they came, and how many of these were sent
back. All of them belong to the month of their period's dispatch, also where the reply came in a later one (by its own
instant it is listed by dispatch.supervision.evasive_replies).
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Scorecard:
    """Counts of an office's custody_periods in one month; what each means stands at the head of this module."""

    office_code: str
    month: str
    """2026-11."""
    received: int
    accepted_in_time: int
    accepted_late: int
    accept_waiting: int
    accept_overdue: int
    accept_void: int
    finished_in_time: int
    finished_late: int
    finish_waiting: int
    finish_overdue: int
    finish_void: int
    asked: int
    answered: int
    solved: int
    satisfied: int
    sent_back: int
    reopened: int
    extended: int
    warnings: int
    marked: int
    marked_sent_back: int


_QUERY = text(
    """
    SELECT office_code,
        to_char(dispatched_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
        count(*) AS received,
        count(*) FILTER (WHERE accepted_at <= accept_due_at) AS accepted_in_time,
        count(*) FILTER (WHERE accepted_at > accept_due_at) AS accepted_late,
        count(*) FILTER (WHERE accepted_at IS NULL AND NOT gone AND accept_due_at >= :at) AS accept_waiting,
        count(*) FILTER (WHERE accepted_at IS NULL AND NOT gone AND accept_due_at < :at) AS accept_overdue,
        count(*) FILTER (WHERE accepted_at IS NULL AND gone) AS accept_void,
        count(*) FILTER (WHERE replied_at <= finish_due_at) AS finished_in_time,
        count(*) FILTER (WHERE replied_at > finish_due_at) AS finished_late,
        count(*) FILTER (WHERE replied_at IS NULL AND NOT gone AND finish_due_at >= :at) AS finish_waiting,
        count(*) FILTER (WHERE replied_at IS NULL AND NOT gone AND finish_due_at < :at) AS finish_overdue,
        count(*) FILTER (WHERE replied_at IS NULL AND gone) AS finish_void,
        count(*) FILTER (WHERE citizen_solved IS NOT NULL) AS asked,
        count(*) FILTER (WHERE citizen_answered) AS answered,
        count(*) FILTER (WHERE citizen_solved) AS solved,
        count(*) FILTER (WHERE citizen_satisfied) AS satisfied,
        count(*) FILTER (WHERE sent_back > 0) AS sent_back,
        count(*) FILTER (WHERE reopened_at IS NOT NULL) AS reopened,
        count(*) FILTER (WHERE extended > 0) AS extended,
        coalesce(sum(warned), 0) AS warnings,
        coalesce(sum(marked), 0) AS marked,
        coalesce(sum(marked_sent_back), 0) AS marked_sent_back
    FROM (SELECT *, ended IS NOT NULL AS gone FROM custody_periods WHERE dispatched_at >= :since AND dispatched_at <
    :before AND (CAST(:office AS text) IS NULL OR office_code = :office)) AS t
    GROUP BY office_code, month ORDER BY month, office_code
    """
)


async def scorecards(
    session: AsyncSession, *, since: dt.datetime, before: dt.datetime, at: dt.datetime, office: str | None = None
) -> list[Scorecard]:
    """Of all offices, or of one, that received something in [since, before), as things stood at `at`."""
    rows = await session.execute(_QUERY, {"since": since, "before": before, "at": at, "office": office})
    return [Scorecard(**row) for row in rows.mappings()]
