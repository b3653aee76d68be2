"""What became of an office's returns (退单): also of those agreed to, whose orders it does not have any more."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.visibility.rules import redactor_of_order
from dispatch.citizens.redaction import holds_a_secret
from dispatch.orders.models import Order
from dispatch.orders.request_models import Precedent, Return, Verdict

SHOWN_FOR = dt.timedelta(days=14)
"""After the decision."""
SHOWN = 20


@dataclass(frozen=True)
class OfficeReturn:
    number: str
    at: dt.datetime
    reason: str
    """The office's own words; empty where they are read on the order only."""
    due_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str
    ruling: str
    """Why it was decided so, the citizen covered."""
    lead: str
    """Code of the office that the decision named; empty: nobody has decided."""
    verdict: Verdict | None
    """None: nobody has decided."""
    theirs: bool
    """The office leads the order."""

    @property
    def granted(self) -> bool:
        return self.verdict is Verdict.GRANTED

    @property
    def declined(self) -> bool:
        return self.verdict is Verdict.DECLINED


async def returns_of(session: AsyncSession, office: str, at: dt.datetime) -> list[OfficeReturn]:
    """Open ones and those decided lately, the latest first."""
    rows = await session.execute(
        select(Return, Order, Precedent.lead_office_code)
        .join(Order, Order.id == Return.order_id)
        .outerjoin(Precedent, Precedent.return_id == Return.id)
        .where(Return.office_code == office, or_(Return.verdict.is_(None), Return.decided_at > at - SHOWN_FOR))
        .order_by(Return.id.desc())
        .limit(SHOWN)
    )
    return [_shown(asked, order, lead or "") for asked, order, lead in rows.all()]


def _shown(asked: Return, order: Order, lead: str) -> OfficeReturn:
    redactor, theirs = redactor_of_order(order), order.lead_office_code == asked.office_code
    # What was written about an order with a confidential reporter is read on the order itself, one's own words as
    # typed: covered here, they would show which of several guessed names is right (decision 0029).
    reason, ruling = (
        ("", "") if holds_a_secret(order) else (redactor.text(asked.reason), redactor.text(asked.ruling or ""))
    )
    return OfficeReturn(
        order.number,
        asked.at,
        reason,
        asked.due_at,
        asked.decided_at,
        asked.decided_by or "",
        ruling,
        lead,
        asked.verdict,
        theirs,
    )
