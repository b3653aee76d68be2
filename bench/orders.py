"""What people wait for with 10,000 and with 1,000,000 orders: p50, p99, and how they grow.

All of it is asked through the product's own functions, over one connection, with the same line of 1,000 orders a day:
after ten days and after nearly three years. A question is asked until it was asked `ASKED` times or for
`LONGEST_SECONDS`; the first answers, which fill the caches, do not count.
"""

import asyncio
import datetime as dt
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.accounts.sessions import Me
from access.visibility.orders import get_visible_order
from bench.filled_database import NOW, RARE, filled_database, qufu
from bench.row import Row
from core.database import Sessions, make_engine, make_sessions
from dispatch.assignments.assign import inbox
from dispatch.city.records import City
from dispatch.jobs.overdue import sweep
from dispatch.orders.assignment_models import RecipientKind
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.supervision.scorecards import scorecards
from dispatch.workflow import Role
from web.orders.lists.listing import list_orders
from web.orders.presenter import order_answer, order_summary
from web.orders.schemas import OrdersQuery

FEW, MANY = 10_000, 1_000_000
ASKED = 200
LONGEST_SECONDS = 10.0
WARM_UP = 3
SWEPT = 10
"""Orders that fall due between two sweeps."""
COORDINATOR = Me(1, "bench", "示例", Role.COORDINATOR, None, None, None)
QUESTIONS = {
    "orders-inbox": "an office's or crew's inbox, 200 assignments with their orders",
    "orders-one": "one order with its history, replies, assignments and calls",
    "orders-list": "the newest 50 orders, of all or of one office, in any state or one",
    "orders-search": "the newest 50 orders that hold one or two words: common, rare, a number, in none",
    "orders-sweep": f"the overdue sweep when {SWEPT} orders have fallen due",
    "orders-scorecard": "the scorecards of all offices for one month",
}
WORDS = (
    "路灯不亮",
    "噪音",
    "孔林",
    "停水 村",
    "噪音 大街",
    RARE,
    "木匾",
    "匾",
    "不存在的词语",
    "13888888888",
    "供热公司",
)

Question = Callable[[AsyncSession, random.Random], Awaitable[object]]


@dataclass(frozen=True)
class Waited:
    milliseconds: list[float]

    def at(self, percent: float) -> float:
        return float(np.percentile(self.milliseconds, percent))


@cache
def _measured(orders: int) -> dict[str, Waited]:
    policy = qufu()
    with filled_database(policy.city, orders) as url:
        return asyncio.run(_ask_all(url, policy))


def measure_orders(name: str) -> Row:
    """`ours` is the median at 1,000,000 orders, the floor the same at 10,000, the ratio how it grew."""
    few, many = _measured(FEW)[name], _measured(MANY)[name]
    return Row(
        name=name,
        what=f"{QUESTIONS[name]}: median with {MANY:,} orders (ours) against {FEW:,} (floor)",
        ours=round(many.at(50), 2),
        floor=round(few.at(50), 2),
        ratio=round(many.at(50) / few.at(50), 3),
        unit="milliseconds, LESS is better",
        runs=len(many.milliseconds),
        note=f"with {FEW:,}: {_said(few)}; with {MANY:,}: {_said(many)}; "
        f"p99 grew {many.at(99) / few.at(99):.2f} times. A line of 1,000 orders a day, 3 days of them open",
    )


def _said(waited: Waited) -> str:
    return f"p50 {waited.at(50):.1f}, p99 {waited.at(99):.1f} ms"


async def _ask_all(url: str, policy: Policy) -> dict[str, Waited]:
    engine = make_engine(url)
    sessions = make_sessions(engine)
    dice = random.Random(20261121)  # noqa: S311 - not for secrets
    try:
        async with sessions() as session:
            numbers = list(await session.scalars(select(Order.number).order_by(Order.number).limit(FEW)))
        asked: dict[str, Question] = {
            "orders-inbox": lambda session, dice: _inbox(session, policy.city, dice),
            "orders-one": lambda session, dice: _one(session, policy, dice.choice(numbers)),
            "orders-list": lambda session, dice: _listed(session, policy.city, dice),
            "orders-search": lambda session, dice: _found(session, dice.choice((*WORDS, dice.choice(numbers)))),
            "orders-scorecard": lambda session, dice: _cards(session, dice),
        }
        waited = {name: await _ask(sessions, question, dice) for name, question in asked.items()}
        return waited | {"orders-sweep": await _sweeps(sessions, policy)}
    finally:
        await engine.dispose()


async def _ask(sessions: Sessions, question: Question, dice: random.Random) -> Waited:
    took: list[float] = []
    until = time.monotonic() + LONGEST_SECONDS
    while len(took) < WARM_UP + 2 or (len(took) < ASKED and time.monotonic() < until):
        began = time.perf_counter()
        async with sessions() as session:
            await question(session, dice)
        took.append(1000 * (time.perf_counter() - began))
    return Waited(took[WARM_UP:])


async def _inbox(session: AsyncSession, city: City, dice: random.Random) -> None:
    kind = dice.choice((RecipientKind.OFFICE, RecipientKind.UNIT))
    whose = dice.choice(list(city.offices if kind is RecipientKind.OFFICE else city.units))
    assignments = await inbox(session, kind, whose, open_only=False)
    _all(order_summary(assignment.order) for assignment in assignments)


async def _one(session: AsyncSession, policy: Policy, number: str) -> None:
    order = await get_visible_order(session, COORDINATOR, number)
    await order_answer(session, policy, COORDINATOR, order, at=NOW)


async def _listed(session: AsyncSession, city: City, dice: random.Random) -> None:
    office, state = dice.choice((None, *list(city.offices)[:20])), dice.choice((None, "dispatched", "closed"))
    await list_orders(session, COORDINATOR, OrdersQuery.model_validate({"office": office, "state": state}))


async def _found(session: AsyncSession, words: str) -> None:
    await list_orders(session, COORDINATOR, OrdersQuery(q=words))


async def _cards(session: AsyncSession, dice: random.Random) -> None:
    since = NOW - dt.timedelta(days=dice.randrange(31, 40))
    await scorecards(session, since=since, before=since + dt.timedelta(days=30), at=NOW)


async def _sweeps(sessions: Sessions, policy: Policy) -> Waited:
    """Each time the clock has advanced until the next batch has fallen due."""
    async with sessions() as session:
        query = select(Order.next_due_at).where(Order.next_due_at.is_not(None)).order_by(Order.next_due_at)
        due = [at for at in await session.scalars(query.limit(40 * SWEPT)) if at is not None]
    took: list[float] = []
    for at in due[SWEPT - 1 :: SWEPT]:
        began = time.perf_counter()
        await sweep(sessions, policy, at=at + dt.timedelta(microseconds=1))
        took.append(1000 * (time.perf_counter() - began))
    return Waited(took[WARM_UP:])


def _all(things: Iterable[object]) -> None:
    for _ in things:
        pass
