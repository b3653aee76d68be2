"""抽查: a random sample of closed orders, stratified by office; what was drawn from and the seed are kept.

The sample's fairness is dispatch.supervision.sampling's; here are its rows, the proof, and what the checker found.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from core.database import Base
from core.errors import BadInput, Conflict, NotAllowed, NotFound
from dispatch.clock.models import CustodyEnd, CustodyPeriod
from dispatch.clock.rules import TimeRules
from dispatch.kinds import Offence
from dispatch.orders.actors import Actor
from dispatch.orders.models import Order
from dispatch.supervision.sampling import Population, digest, draw
from dispatch.workflow import Role


class SpotCheck(Base):
    """One draw."""

    __tablename__ = "spot_checks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime]
    by: Mapped[str]
    seed: Mapped[str]
    closed_from: Mapped[dt.datetime]
    closed_before: Mapped[dt.datetime]
    share: Mapped[float]
    at_least: Mapped[int]
    population: Mapped[dict[str, Any]]
    """Office's code → numbers of what it closed then."""
    digest: Mapped[str]

    picks: Mapped[list["SpotCheckPick"]] = relationship(order_by="SpotCheckPick.id", lazy="raise")


class SpotCheckPick(Base):
    """One order that was drawn, and what the checker found."""

    __tablename__ = "spot_check_picks"
    __table_args__ = (UniqueConstraint("spot_check_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_checks.id"))
    office_code: Mapped[str] = mapped_column(ForeignKey("offices.code"))
    number: Mapped[str]
    checked_at: Mapped[dt.datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(BigInteger)
    checked_by: Mapped[str | None]
    finding: Mapped[str | None]
    offence: Mapped[Offence | None]
    """None: nothing wrong was found."""


@dataclass(frozen=True)
class Proof:
    """Whether a draw can be repeated."""

    same_draw: bool
    """Seed and population give exactly the orders that were drawn."""
    same_population: bool
    """The custody_periods that ended then still give the population that was drawn from."""


async def draw_spot_check(
    session: AsyncSession,
    rules: TimeRules,
    *,
    actor: Actor,
    closed_from: dt.datetime,
    closed_before: dt.datetime,
    at: dt.datetime,
) -> SpotCheck:
    """Draw from what was closed in a period that is over. Raises BadInput, NotAllowed."""
    _check_supervisor(actor)
    if not closed_from < closed_before <= at:
        wrong = "抽查的时段必须已经结束。"
        raise BadInput(wrong, fields={"closed_before": wrong})
    population = await _population(session, closed_from, closed_before)
    if not population:
        raise BadInput("这个时段没有已办结的工单。")
    seed = secrets.token_hex(16)
    check = SpotCheck(
        at=at,
        by=actor.name,
        seed=seed,
        closed_from=closed_from,
        closed_before=closed_before,
        share=rules.spot_check_share,
        at_least=rules.spot_check_at_least,
        population=population,
        digest=digest(population),
    )
    drawn = draw(seed, population, share=check.share, at_least=check.at_least)
    check.picks = [
        SpotCheckPick(office_code=office, number=number) for office, numbers in drawn.items() for number in numbers
    ]
    session.add(check)
    await session.flush()
    return check


async def get_spot_check(session: AsyncSession, check_id: int) -> SpotCheck:
    """With its picks. Raises NotFound."""
    check = await session.scalar(
        select(SpotCheck).where(SpotCheck.id == check_id).options(selectinload(SpotCheck.picks))
    )
    if check is None:
        raise NotFound("没有这次抽查。")
    return check


async def spot_checks(session: AsyncSession, *, limit: int = 100) -> Sequence[SpotCheck]:
    """The latest first, each with its picks."""
    query = select(SpotCheck).options(selectinload(SpotCheck.picks)).order_by(SpotCheck.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def prove(session: AsyncSession, check: SpotCheck) -> Proof:
    """Draw again and compare."""
    again = draw(check.seed, check.population, share=check.share, at_least=check.at_least)
    picked = {(pick.office_code, pick.number) for pick in check.picks}
    now = await _population(session, check.closed_from, check.closed_before)
    return Proof(
        same_draw=picked == {(office, number) for office, numbers in again.items() for number in numbers}
        and digest(check.population) == check.digest,
        same_population=digest(now) == check.digest,
    )


async def record_finding(
    session: AsyncSession,
    check_id: int,
    number: str,
    *,
    actor: Actor,
    finding: str,
    offence: Offence | None,
    at: dt.datetime,
) -> SpotCheckPick:
    """What the checker found; once. Raises NotAllowed, NotFound, BadInput, Conflict."""
    _check_supervisor(actor)
    pick = await session.scalar(
        select(SpotCheckPick)
        .where(SpotCheckPick.spot_check_id == check_id, SpotCheckPick.number == number)
        .with_for_update()
    )
    if pick is None:
        raise NotFound("这次抽查没有抽到这张工单。")
    if pick.checked_at is not None:
        raise Conflict("这张工单已经有抽查结论。")
    if not finding.strip():
        raise BadInput(fields={"finding": "请填写抽查结论。"})
    pick.checked_at, pick.checked_by_id, pick.checked_by = at, actor.account_id, actor.name
    pick.finding, pick.offence = finding.strip(), offence
    await session.flush()
    return pick


async def _population(session: AsyncSession, closed_from: dt.datetime, closed_before: dt.datetime) -> Population:
    """By custody_periods, which stay when an order is reopened, so that it can be counted again later."""
    rows: Sequence[Any] = (
        await session.execute(
            select(CustodyPeriod.office_code, Order.number)
            .join(Order, Order.id == CustodyPeriod.order_id)
            .where(
                CustodyPeriod.ended == CustodyEnd.CLOSED,
                CustodyPeriod.ended_at >= closed_from,
                CustodyPeriod.ended_at < closed_before,
            )
            .order_by(CustodyPeriod.office_code, Order.number)
        )
    ).all()
    found: dict[str, list[str]] = {}
    for office, number in rows:
        numbers = found.setdefault(office, [])
        if number not in numbers[-1:]:
            numbers.append(number)
    return found


def _check_supervisor(actor: Actor) -> None:
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed("抽查由督查员办理。")
