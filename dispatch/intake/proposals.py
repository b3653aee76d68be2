"""Stored proposals: made again while a call's transcript grows, never against a person's decision, and with that
decision. Where a person decided about a field, the proposal stays as that person saw it: `hotline learn` learns from
it.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import bus
from dispatch.city.records import City
from dispatch.intake.hearing import HearingRules, MatterHeard
from dispatch.intake.matter_model import MatterModel, load_model
from dispatch.intake.models import MatterModelRow, ProposalRow, ProposalState
from dispatch.intake.name_and_cause import title_of
from dispatch.intake.proposing import Proposal, propose
from dispatch.kinds import Kind
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.drafts import find_order_in_hand
from dispatch.orders.models import BEGUN_IN, Order, OrderCall
from dispatch.routing.rules import UrgencyRules
from dispatch.sense.shipped import shipped_model
from dispatch.workflow import State

CHOSEN = 0.9
"""How sure a title is whose subject a person chose."""
TOPIC = "proposals"
"""Of core.bus; its id is the linkedid."""

_models: dict[str, MatterModel] = {}
"""Read models by version: of this process, at most one."""


async def propose_for_call(
    session: AsyncSession,
    city: City,
    rules: HearingRules,
    urgency: UrgencyRules,
    linkedid: str,
    heard: Sequence[MatterHeard],
    *,
    at: dt.datetime,
) -> bool:
    """Make the proposals of the order in hand again from all that was heard about it so far; whether any changed.

    Decided fields are left alone; a proposal that the longer text does not bear out goes. No order, no proposals.
    """
    order = await find_order_in_hand(session, linkedid)
    if order is None:
        return False
    model = await model_in_use(session)
    # Some 10 ms a minute of talk: not on the loop that hears calls.
    proposed = await asyncio.to_thread(_propose, city, rules, urgency, heard, order.received_at, model)
    found = {one.field: one for one in proposed}
    if (title := _title_by_order(city, order, found)) is not None:
        found["title"] = title
    rows = {row.field: row for row in await _locked(session, order.id)}
    changed = False
    for field, one in found.items():
        row = rows.get(field)
        values = _columns(one, model)
        if row is None:
            session.add(ProposalRow(order_id=order.id, field=field, made_at=at, state=ProposalState.OPEN, **values))
            changed = True
        elif row.state is ProposalState.OPEN and any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.made_at = at
            changed = True
    gone = [row.id for field, row in rows.items() if row.state is ProposalState.OPEN and field not in found]
    if gone:
        await session.execute(delete(ProposalRow).where(ProposalRow.id.in_(gone)))
    if changed or gone:
        await bus.publish(session, TOPIC, linkedid)
    return changed or bool(gone)


def _propose(
    city: City,
    rules: HearingRules,
    urgency: UrgencyRules,
    heard: Sequence[MatterHeard],
    at: dt.datetime,
    model: MatterModel | None,
) -> tuple[Proposal, ...]:
    return propose(city, rules, urgency, heard, at=at, model=model, sense=shipped_model())


def _title_by_order(city: City, order: Order, proposed: Mapping[str, Proposal | ProposalRow]) -> Proposal | None:
    """The title by the subject that stands in the order, as sure as what else it says; None: no subject does."""
    subject = city.subjects.get(order.subject or "")
    if subject is None:
        return None
    kind = Kind(order.kind) if order.kind else None
    place, town = order.place, order.place_town
    shares = [CHOSEN]
    if not (place or town):
        # What was heard of the place, and nobody has confirmed yet.
        heard = next((proposed[field] for field in ("place", "place_town") if field in proposed), None)
        place = str(proposed["place"].value) if "place" in proposed else ""
        town = str(proposed["place_town"].value) if "place_town" in proposed else None
        shares += [heard.confidence] if heard else []
    return Proposal("title", title_of(city, kind, subject, place, town), min(shares))


def _columns(one: Proposal, model: MatterModel | None) -> dict[str, Any]:
    return {
        "value": str(one.value),
        "confidence": one.confidence,
        "alternatives": [asdict(other) for other in one.alternatives],
        "source": asdict(one.source) if one.source else None,
        "why": one.why,
        "model": model.version if model else "",
    }


async def proposals_of(session: AsyncSession, order_id: int) -> Sequence[ProposalRow]:
    return (
        await session.scalars(select(ProposalRow).where(ProposalRow.order_id == order_id).order_by(ProposalRow.id))
    ).all()


async def note_decided(
    session: AsyncSession, city: City, order: Order, given: Mapping[str, Any], *, actor: Actor, at: dt.datetime
) -> None:
    """A person has put `given` into the order's fields: what that says of their open proposals, and the title that
    follows from the subject they chose."""
    if actor.role is SYSTEM.role or not given:
        return
    linkedid = await session.scalar(
        select(OrderCall.linkedid).where(OrderCall.order_id == order.id, OrderCall.purpose.in_(BEGUN_IN))
    )
    if linkedid is None:
        return
    rows = await _locked(session, order.id)
    decided = [row for row in rows if row.field in given]
    for row in decided:
        final = as_text(given[row.field])
        row.final = final
        row.state = _judged(row.field, row.value, final)
        row.decided_at = at
        row.decided_by = actor.account_id
    renamed = order.state is State.DRAFT and _name_by_order(session, city, order, rows, at)
    if decided or renamed:
        await bus.publish(session, TOPIC, linkedid)


def _name_by_order(
    session: AsyncSession, city: City, order: Order, rows: Sequence[ProposalRow], at: dt.datetime
) -> bool:
    """Propose the title that follows from the subject in the order; whether that is another one."""
    title = _title_by_order(city, order, {row.field: row for row in rows})
    row = next((row for row in rows if row.field == "title"), None)
    if title is None or (row is not None and row.state is not ProposalState.OPEN):
        return False
    if row is None:
        values = _columns(title, None)
        session.add(ProposalRow(order_id=order.id, field="title", made_at=at, state=ProposalState.OPEN, **values))
        return True
    changed = (row.value, row.confidence) != (title.value, title.confidence)
    row.value, row.confidence, row.alternatives, row.source = title.value, title.confidence, [], None
    return changed


def as_text(value: object) -> str:
    """A field's value as a proposal holds it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return "" if value is None else str(value)


async def model_in_use(session: AsyncSession) -> MatterModel | None:
    """The newest one that is used; None: the responsibility list alone. Read once a process."""
    newest = (
        select(MatterModelRow.id, MatterModelRow.version)
        .where(MatterModelRow.used)
        .order_by(MatterModelRow.id.desc())
        .limit(1)
    )
    row = (await session.execute(newest)).one_or_none()
    if row is None:
        return None
    if row.version not in _models:
        data = await session.scalar(select(MatterModelRow.weights).where(MatterModelRow.id == row.id))
        _models.clear()
        _models[row.version] = load_model(data or b"")
    return _models[row.version]


def _judged(field: str, proposed: str, final: str) -> ProposalState:
    if final == "":
        return ProposalState.REJECTED
    same = final.strip() == proposed.strip()
    if field == "happened_at" and not same:
        same = dt.datetime.fromisoformat(final) == dt.datetime.fromisoformat(proposed)
    return ProposalState.CONFIRMED if same else ProposalState.EDITED


async def _locked(session: AsyncSession, order_id: int) -> Sequence[ProposalRow]:
    """Those who propose and those who decide do not pass one another."""
    found = select(ProposalRow).where(ProposalRow.order_id == order_id).order_by(ProposalRow.id)
    return (await session.scalars(found.with_for_update())).all()
