"""The rows of the list: what is shown of each order, and whom it would be dispatched to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from core.texts.found_words import FoundWords
from dispatch.policy import Policy
from dispatch.routing.office_evidence import load_proposals
from dispatch.routing.office_proposal import OfficeProposal, sure_office
from dispatch.routing.route import route
from dispatch.workflow import State, Step, steps_open_to
from web.orders.cards import DueChip, OrderCard, decisions, order_card
from web.orders.schemas import OrderSummary
from web.orders.steps.bulk import bulk_steps

_ON_ITS_WAY = (State.REGISTERED, State.REOPENED, State.DISPATCHED)


@dataclass(frozen=True)
class OrderRow:
    card: OrderCard
    decisions: list[DueChip]
    takes: Sequence[Step] = ()
    """The steps on many at once that this one can take."""
    dispatches: bool = False
    """Whoever reads the list may dispatch it from there."""
    proposals: Sequence[OfficeProposal] = ()
    sure: OfficeProposal | None = None
    """Stands in the field: one key confirms it."""
    lacks: str = ""
    """Why the rules name no office, or no crew where one must drive there; empty: nothing is lacking."""
    typed: str = ""
    """The office that was chosen and could not be dispatched to."""
    wrong: str = ""
    """Why not."""
    found: FoundWords | None = None
    """Where the words stand that the list was searched for."""
    done: bool = False
    """It was dispatched from here just now."""


async def order_rows(
    session: AsyncSession, me: Me, policy: Policy, orders: Sequence[OrderSummary], at: dt.datetime
) -> list[OrderRow]:
    waiting = {order.number: order for order in orders if Step.DISPATCH in steps_open_to(order.state, me.role)}
    proposed = await load_proposals(session, policy.city, policy.dispatch, list(waiting.values()))
    many = [step for step, _ in bulk_steps(me.role)]
    rows = []
    for order in orders:
        takes = [step for step in many if step in steps_open_to(order.state, me.role)]
        rows.append(_row(order, policy, at, proposed, takes, dispatches=order.number in waiting))
    return rows


def _row(
    order: OrderSummary,
    policy: Policy,
    at: dt.datetime,
    proposed: Mapping[str, Sequence[OfficeProposal]],
    takes: Sequence[Step],
    *,
    dispatches: bool,
) -> OrderRow:
    proposals = proposed.get(order.number, ())
    sure = sure_office(policy.dispatch, proposals)
    card, limits = order_card(order, policy, at), decisions(order, policy, at)
    return OrderRow(card, limits, takes, dispatches, proposals, sure, _lacks(order, policy))


def _lacks(order: OrderSummary, policy: Policy) -> str:
    """Dispatched with an office alone, nobody drives there: whoever presses Enter reads it before and after."""
    if order.unit_code is not None or order.state not in _ON_ITS_WAY:
        return ""
    return route(
        policy.city, policy.asking, subject=order.subject, place_town=order.place_town, place=order.place
    ).unsure
