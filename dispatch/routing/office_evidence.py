"""How matters of one subject in one town were decided and led before, for all orders of a page in two questions."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sqlalchemy import String, Values, and_, column, select, true, values
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.city.records import City
from dispatch.orders.models import Order
from dispatch.orders.request_models import Precedent
from dispatch.routing.office_proposal import NO_EVIDENCE, OfficeEvidence, OfficeProposal, propose_offices
from dispatch.routing.route import lead_office
from dispatch.routing.rules import DispatchRules
from dispatch.workflow import State


class WaitingOrder(Protocol):
    """What a proposal needs of an order."""

    @property
    def number(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def place_town(self) -> str | None: ...
    @property
    def place(self) -> str: ...
    @property
    def lead_office_code(self) -> str | None: ...


Matter = tuple[str, str | None]
"""Subject and town."""


async def load_proposals(
    session: AsyncSession, city: City, rules: DispatchRules, orders: Collection[WaitingOrder]
) -> Mapping[str, Sequence[OfficeProposal]]:
    """Number → who is proposed to lead the order, the likeliest first."""
    matters = {(order.subject, order.place_town) for order in orders if order.subject is not None}
    evidence = await load_evidence(session, matters, past=rules.past_orders)
    return {
        order.number: propose_offices(
            city,
            rules,
            by_rule=lead_office(city, subject=order.subject, place_town=order.place_town, place=order.place),
            before=order.lead_office_code if order.state is State.REOPENED else None,
            evidence=evidence.get((order.subject or "", order.place_town), NO_EVIDENCE),
        )
        for order in orders
    }


async def load_evidence(
    session: AsyncSession, matters: Collection[Matter], *, past: int
) -> Mapping[Matter, OfficeEvidence]:
    """`past`: how many orders, the latest, are looked at for each matter."""
    if not matters:
        return {}
    wanted = _rows(matters)
    same = and_(Order.subject == wanted.c.subject, Order.place_town.is_not_distinct_from(wanted.c.town))
    latest = (
        select(Order.lead_office_code)
        .where(same, Order.accepted_at.is_not(None))
        .order_by(Order.received_at.desc())
        .limit(past)
        .lateral()
    )
    led: dict[Matter, Counter[str]] = {}
    rows = select(wanted.c.subject, wanted.c.town, latest.c.lead_office_code).join(latest, true())
    for subject, town, office in await session.execute(rows):
        if office is not None:
            led.setdefault((subject, town), Counter())[office] += 1
    ruled = (
        select(Precedent.lead_office_code)
        .where(Precedent.subject == wanted.c.subject, Precedent.place_town.is_not_distinct_from(wanted.c.town))
        .order_by(Precedent.id.desc())
        .limit(1)
        .lateral()
    )
    rulings = {
        (subject, town): office
        for subject, town, office in await session.execute(
            select(wanted.c.subject, wanted.c.town, ruled.c.lead_office_code).join(ruled, true())
        )
    }
    return {matter: OfficeEvidence(rulings.get(matter), led.get(matter, {})) for matter in matters}


def _rows(matters: Collection[Matter]) -> Values:
    return values(column("subject", String), column("town", String), name="matters").data(list(set(matters)))
