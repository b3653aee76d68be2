"""Random histories of orders on a real PostgreSQL with a moved clock: whatever people try and in whatever order, no
state outside the table, history complete, no limit lost or doubled, and nobody does what the role may not."""

import datetime as dt
import itertools
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Sessions, transaction
from core.errors import HotlineError
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.clock.models import Accountability, CustodyPeriod, DueEvent
from dispatch.clock.timers import ACCOUNTABLE, WARNINGS, DueKind
from dispatch.jobs.overdue import sweep
from dispatch.kinds import Channel, Kind
from dispatch.orders.actors import SYSTEM, Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order, OrderStep
from dispatch.policy import Policy, load_policy
from dispatch.steps import take
from dispatch.workflow import ACCEPTED, FINAL, ON_HAND, TRANSITIONS, Role, State, Step, state_after, steps_open_to

BEGIN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
END = dt.datetime(2027, 6, 1, tzinfo=dt.UTC)
HISTORIES = int(os.environ.get("HISTORIES", "30"))
"""Through the database; tests/unit/dispatch/test_histories.py plays thousands through the rules alone."""

OFFICES = ("street-lighting", "housing", "municipal-works", "audit")
PEOPLE = [role for role in Role if role is not Role.SYSTEM]
MATTER = {
    "subject": "street-lamp", "title": "路灯不亮", "matter": "门口的路灯坏了", "place_town": "shuyuan",
    "no_place": "unclear",
}  # fmt: skip


@pytest.fixture(scope="module")
async def policy(sessions: Sessions) -> Policy:
    found = load_policy(Path(__file__).parents[3] / "deploy/city/qufu")
    async with transaction(sessions) as session:
        await import_city(session, found.city)
    return found


@pytest.fixture(scope="module")
def city(policy: Policy) -> City:
    return policy.city


class History:
    """One order, its own clock, and people who try things."""

    def __init__(self, sessions: Sessions, policy: Policy, seed: int) -> None:
        self.sessions, self.policy, self.dice = sessions, policy, random.Random(seed)
        self.at = BEGIN + dt.timedelta(minutes=self.dice.randrange(200 * 1440))
        self.refused = self.taken = 0

    @property
    def city(self) -> City:
        return self.policy.city

    async def play(self) -> int:
        async with transaction(self.sessions) as session:
            order = await new_draft(session, self.city, channel=Channel.WEB, actor=SYSTEM, at=self.at)
        for _ in range(self.dice.randrange(4, 18)):
            self.at += dt.timedelta(
                minutes=self.dice.choice([0, 1, 30, 61, 300, 1440, 1440, 3 * 1440, 8 * 1440]) * self.dice.random()
            )
            if self.dice.random() < 0.25:
                await self.sweep(order.id)
            order = await self.try_something(order)
        return order.id

    async def sweep(self, order_id: int) -> None:
        """Now, or by a clock that is wrong."""
        at = self.at - dt.timedelta(hours=self.dice.choice([0, 0, 5]))
        async with transaction(self.sessions) as session:
            await take.let_fall_due(session, self.policy, await take.get_order(session, order_id), at=at)

    async def try_something(self, order: Order) -> Order:
        step, actor = self.choose(order)
        fields = self.fields(order, step)
        try:
            async with transaction(self.sessions) as session:
                after = await take.take_step(
                    session, self.policy, order.id, step, actor=actor, at=self.at, fields=fields
                )
        except HotlineError:
            self.refused += 1
            async with self.sessions() as session:
                return await take.get_order(session, order.id)
        self.taken += 1
        return after

    def choose(self, order: Order) -> tuple[Step, Actor]:
        """Mostly what the table offers, sometimes anything by anybody."""
        role = self.dice.choice(PEOPLE)
        step = self.dice.choice(list(Step))
        if self.dice.random() < 0.9:
            offered = [(step, role) for role in PEOPLE for step in steps_open_to(order.state, role)]
            onward = [(s, r) for s, r in offered if state_after(order.state, s, order.set_aside_from) != order.state]
            step, role = self.dice.choice(onward if onward and self.dice.random() < 0.5 else offered)
        office = order.lead_office_code if self.dice.random() < 0.9 else self.dice.choice(OFFICES)
        if step is Step.ANSWER_PART and order.co_offices:
            office = order.co_offices[0].office_code
        return step, Actor(
            1,
            role,
            "示例",
            office_code=office if role is Role.OFFICE else None,
            unit_code=order.unit_code if role is Role.UNIT else None,
        )

    def fields(self, order: Order, step: Step) -> dict[str, Any]:
        """What the step asks for; sometimes something is missing."""
        transition = TRANSITIONS[order.state].get(step)
        if transition is None:
            return {}
        dice = self.dice
        later = self.at + dt.timedelta(days=dice.choice([1, 4, 9, 14, 40]))
        known: dict[str, Any] = {
            "reason_code": "not_ours",
            "lead_office_code": dice.choice(OFFICES),
            "suggested_office_code": dice.choice(OFFICES),
            "co_office_codes": [dice.choice(OFFICES)],
            "promised_at": later.isoformat(),
            "merged_into": order.number,
            "kind": dice.choice(list(Kind)).value,
            "subject": "street-lamp",
            "contact_way": "phone",
            "reached": dice.random() < 0.5,
            **dict.fromkeys(("citizen_answered", "citizen_solved", "citizen_satisfied"), dice.random() < 0.6),
        }
        given = {name: known.get(name, "示例") for name in transition.asks if dice.random() < 0.98}
        if step in (Step.FILL_IN, Step.REGISTER, Step.ANSWER) and "kind" not in given:
            given |= MATTER | {"kind": dice.choice(list(Kind)).value}
            given["citizen_phone"] = dice.choice(["", "13800000042"])
        if step is Step.CONTACT and dice.random() < 0.9:
            given["contact_note"] = "示例"
        return given


async def test_random_histories_keep_every_rule(sessions: Sessions, policy: Policy) -> None:
    seed, played, taken, refused = random.randrange(10**9), [], 0, 0
    while len(played) < HISTORIES:
        history = History(sessions, policy, seed + len(played))
        played.append(await history.play())
        taken, refused = taken + history.taken, refused + history.refused
    began = time.monotonic()
    swept = await sweep(sessions, policy, at=END)
    sweeping = time.monotonic() - began
    assert await sweep(sessions, policy, at=END) == 0, "the second sweeper finds nothing left"
    # What went on by itself just now has its time to be accepted in.
    await sweep(sessions, policy, at=END + dt.timedelta(days=20))
    print(f"\n{len(played)} histories from seed {seed}: {taken} steps, {refused} refused, ", end="")
    print(f"{swept} swept at the end in {sweeping:.1f} s")
    for order_id in played:
        try:
            await check(sessions, order_id)
        except AssertionError as error:
            raise AssertionError(f"seed {seed + played.index(order_id)}, order {order_id}: {error}") from error


async def check(sessions: Sessions, order_id: int) -> None:
    async with sessions() as session:
        order = await take.get_order(session, order_id)
        steps = list(await take.history(session, order_id))
        notifications = list(await session.scalars(select(DueEvent).where(DueEvent.order_id == order_id)))
        blamed = list(await session.scalars(select(Accountability).where(Accountability.order_id == order_id)))
        custody_periods = list(
            await session.scalars(
                select(CustodyPeriod).where(CustodyPeriod.order_id == order_id).order_by(CustodyPeriod.id)
            )
        )
    check_history(order, steps)
    check_limits(order, steps, notifications, blamed)
    check_custody_periods(order, custody_periods, notifications)


def check_history(order: Order, steps: list[OrderStep]) -> None:
    assert [row.seq for row in steps] == list(range(1, order.step_count + 1))
    assert (steps[0].step, steps[-1].to_state) == (Step.CREATE, order.state)
    for before, row in itertools.pairwise(steps):
        assert row.from_state is before.to_state
        assert row.from_state is not None
        transition = TRANSITIONS[row.from_state][row.step]
        assert row.actor_role in transition.roles
        assert row.to_state is (transition.to or row.to_state)
        assert row.at >= before.at or row.actor_role is Role.SYSTEM
    assert (order.closed_at is not None) is (order.state in FINAL)


def check_limits(
    order: Order, steps: list[OrderStep], notifications: list[DueEvent], blamed: list[Accountability]
) -> None:
    def keys(rows: Any) -> Counter[tuple[str, dt.datetime, str]]:
        return Counter((row.kind, row.due_at, row.office_code) for row in rows)

    assert all(count == 1 for count in keys(notifications).values())
    warned = [row.details["warning"] for row in steps if row.step is Step.WARN and row.actor_role is Role.SYSTEM]
    assert Counter((w["kind"], dt.datetime.fromisoformat(w["due_at"]), w["office_code"]) for w in warned) == keys(
        notification for notification in notifications if notification.kind in WARNINGS
    )
    assert keys(blamed) == keys(n for n in notifications if n.kind in ACCOUNTABLE and n.office_code)
    assert order.next_due_at is None
    stands = order.set_aside_from if order.state is State.ESCALATED else order.state
    due = {kind: [n.due_at for n in notifications if n.kind is kind] for kind in DueKind}
    assert order.state is not State.SUSPENDED, "its date has passed and it goes on by itself"
    if stands in ON_HAND:
        assert order.finish_due_at in due[DueKind.FINISH_WARNING]
    if stands in ACCEPTED and order.contact_due_at is not None and order.contacted_at is None:
        assert order.contact_due_at in due[DueKind.CONTACT_WARNING]
    if stands is State.DISPATCHED:
        assert order.accept_due_at in due[DueKind.ACCEPT_WARNING]
        assert order.accept_final_at in due[DueKind.ACCEPT_ACCOUNTABILITY]
    if order.return_before is not None:
        assert order.return_due_at in due[DueKind.RETURN_UNDECIDED] + due[DueKind.RULING_OVERDUE]
    if order.supervision_due_at is not None:
        assert order.supervision_due_at in due[DueKind.SUPERVISION_UNANSWERED]


def check_custody_periods(order: Order, custody_periods: list[CustodyPeriod], notifications: list[DueEvent]) -> None:
    warnings = {(n.kind, n.due_at) for n in notifications}
    for before, after in itertools.pairwise(custody_periods):
        assert before.ended_at is not None
        assert before.ended_at <= after.dispatched_at
    for period in custody_periods:
        if period.accepted_at is not None and period.accepted_at > period.accept_due_at:
            assert (DueKind.ACCEPT_WARNING, period.accept_due_at) in warnings
        if period.replied_at is not None and period.replied_at > period.finish_due_at:
            assert (DueKind.FINISH_WARNING, period.finish_due_at) in warnings
    stands = order.set_aside_from or order.state
    if stands in ON_HAND:
        assert custody_periods
        assert custody_periods[-1].ended_at is None
        assert (custody_periods[-1].office_code, custody_periods[-1].finish_due_at) == (
            order.lead_office_code,
            order.finish_due_at,
        )


async def test_every_warning_counts_against_one_turn(sessions: Sessions, city: City) -> None:
    async with sessions() as session:
        counted = await session.scalar(select(func.coalesce(func.sum(CustodyPeriod.warned), 0)))
        written = await session.scalar(
            select(func.count()).where(DueEvent.kind.in_(WARNINGS), DueEvent.office_code != "")
        )
    assert counted == written
