"""Thousands of random histories through the pure rules: table, roles, standing and what falls due. No database.

People try anything in any order while the clock goes on, stands still or was set back. tests/integration/
test_order_histories.py plays some through the database, with all that a step brings with it.
"""

import datetime as dt
import random
from dataclasses import dataclass

from dispatch.city.records import City
from dispatch.clock.deadlines import due
from dispatch.clock.timers import DueItem, DueKind, Part, due_items
from dispatch.kinds import Kind, Urgency
from dispatch.orders.actors import Actor
from dispatch.policy import Policy
from dispatch.steps.permission import not_his, not_now, why_not
from dispatch.workflow import FINAL, ON_HAND, SET_ASIDE, TRANSITIONS, Role, State, Step, aside_after, state_after

HISTORIES = 2000
LONGEST = 24
SEED = 20261121
BEGIN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
LONG_AFTER = dt.timedelta(days=120)
OFFICES = ("street-lighting", "housing")

PEOPLE = frozenset(Role) - {Role.SYSTEM}
ONWARD = {
    (state, step)
    for state, steps in TRANSITIONS.items()
    for step, way in steps.items()
    if way.to not in (None, state, *FINAL - {State.CLOSED}, *SET_ASIDE)
}
"""Else half of all histories end as merged or invalid before anybody has done anything."""
EVERY_STEP, EVERYBODY = list(Step), sorted(PEOPLE)
OFFERED = {
    state: sorted((step, role) for step, way in steps.items() for role in PEOPLE & way.roles)
    for state, steps in TRANSITIONS.items()
}
OFFERED_ONWARD = {state: [one for one in ways if (state, one[0]) in ONWARD] for state, ways in OFFERED.items()}


@dataclass(slots=True)
class Facts:
    """What the rules read of an order (clock.timers, steps.permission), without a mapped row's cost."""

    state: State
    kind: Kind
    set_aside_from: State | None = None
    confidential: bool = False
    return_count: int = 0
    return_before: Role | None = None
    return_due_at: dt.datetime | None = None
    lead_office_code: str | None = None
    responsible_office_code: str | None = None
    registered_at: dt.datetime | None = None
    limits_from_at: dt.datetime | None = None
    dispatched_at: dt.datetime | None = None
    accept_due_at: dt.datetime | None = None
    accept_final_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    contact_due_at: dt.datetime | None = None
    contacted_at: dt.datetime | None = None
    finish_due_at: dt.datetime | None = None
    resume_at: dt.datetime | None = None
    supervision_due_at: dt.datetime | None = None
    extension_until_at: dt.datetime | None = None
    co_offices: tuple[Part, ...] = ()


class History:
    """One order, what was written of it, and what has fallen due on it."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self.policy, self.dice = policy, random.Random(seed)
        self.at = BEGIN + dt.timedelta(minutes=self.dice.randrange(200 * 1440))
        self.order = Facts(State.DRAFT, self.dice.choice(list(Kind)))
        self.written: list[tuple[State, Step, Role, State]] = []
        self.fallen: dict[DueItem, dt.datetime] = {}

    @property
    def city(self) -> City:
        return self.policy.city

    def play(self) -> None:
        for _ in range(self.dice.randrange(4, LONGEST)):
            self.at += dt.timedelta(minutes=self.dice.choice([0, 1, 61, 1440, 4 * 1440]))
            if self.dice.random() < 0.3:
                self.sweep(self.at - dt.timedelta(hours=self.dice.choice([0, 5])))
            self.try_something()
        self.sweep(self.at + LONG_AFTER)
        self.sweep(self.at + LONG_AFTER)

    def sweep(self, at: dt.datetime) -> None:
        """As dispatch.steps.take.let_fall_due: the next that has not fallen yet, until none has come to its time."""
        while (due_item := self.next_due_item()) is not None and due_item.falls_at < at:
            assert due_item not in self.fallen
            self.fallen[due_item] = at
            if due_item.kind is DueKind.RESUME:
                self.take(Step.RESUME, Role.SYSTEM)

    def next_due_item(self) -> DueItem | None:
        found = due_items(self.order, self.policy.times, self.city.calendar)
        assert len(set(found)) == len(found)
        return next((due_item for due_item in found if due_item not in self.fallen), None)

    def try_something(self) -> None:
        order, dice = self.order, self.dice
        step, role = dice.choice(EVERY_STEP), dice.choice(EVERYBODY)
        if dice.random() < 0.85:
            offered, onward = OFFERED[order.state], OFFERED_ONWARD[order.state]
            step, role = dice.choice(onward if onward and dice.random() < 0.6 else offered)
        office = order.lead_office_code if dice.random() < 0.9 else dice.choice(OFFICES)
        actor = Actor(1, role, "示例", office_code=office, unit_code="unit-01")
        not_mine = not_his(
            actor, step, lead_office_code=order.lead_office_code, co_office_codes=[], unit_code="unit-01"
        )
        if why_not(order.state, step, role) or not_mine or not_now(order, step, actor):
            return
        self.sweep(self.at)
        # What fell due just now may have moved the order on.
        if not why_not(order.state, step, role):
            self.take(step, role)

    def take(self, step: Step, role: Role) -> None:
        order, before = self.order, self.order.state
        self.bring_with_it(step)
        order.state = state_after(before, step, order.set_aside_from)
        order.set_aside_from = aside_after(before, step, order.set_aside_from)
        self.written.append((before, step, role, order.state))

    def bring_with_it(self, step: Step) -> None:
        """The part of a step's consequences that the clock reads."""
        order, later = self.order, self.at + dt.timedelta(days=self.dice.choice([1, 9, 30]))
        if step is Step.REGISTER or (step is Step.DISPATCH and order.limits_from_at is None):
            limits = due(order.kind, Urgency.NORMAL, self.at, self.policy.times, self.city.calendar)
            order.limits_from_at, order.finish_due_at = self.at, limits.finish_at
            order.accept_due_at = order.accept_final_at = limits.accept_at
        if step in (Step.DISPATCH, Step.REDISPATCH):
            order.dispatched_at = self.at
            order.lead_office_code = order.responsible_office_code = self.dice.choice(OFFICES)
            order.return_before = None
        if step is Step.ASK_RETURN:
            order.return_count += 1
            order.return_before = Role.COORDINATOR if order.return_count == 1 else Role.SUPERVISOR
            order.return_due_at = later
        if step is Step.DECLINE_RETURN:
            order.return_before = None
        if step is Step.SUSPEND:
            order.resume_at = order.finish_due_at = later
        if step in (Step.SUPERVISE, Step.ANSWER_SUPERVISION):
            order.supervision_due_at = later if step is Step.SUPERVISE else None

    def check(self) -> None:
        state = State.DRAFT
        for before, step, role, after in self.written:
            way = TRANSITIONS[before][step]
            assert before is state, "history is one chain"
            assert role in way.roles, "nobody does what his role may not"
            assert after is way.to or (way.to is None and after not in FINAL)
            state = after
        order = self.order
        assert state is order.state
        assert (order.set_aside_from is not None) is (order.state in SET_ASIDE)
        assert order.state is not State.SUSPENDED, "its date has passed and it went on by itself"
        stands = order.set_aside_from or order.state
        kinds = {(due_item.kind, due_item.due_at) for due_item in self.fallen}
        if stands in ON_HAND:
            assert (DueKind.FINISH_WARNING, order.finish_due_at) in kinds
        if stands is State.DISPATCHED:
            assert (DueKind.ACCEPT_WARNING, order.accept_due_at) in kinds
        if order.supervision_due_at is not None:
            assert (DueKind.SUPERVISION_UNANSWERED, order.supervision_due_at) in kinds
        if order.return_before is not None:
            assert {
                (DueKind.RULING_OVERDUE, order.return_due_at),
                (DueKind.RETURN_UNDECIDED, order.return_due_at),
            } & kinds
        assert all(due_item.falls_at < at for due_item, at in self.fallen.items()), "nothing falls before its time"


def test_thousands_of_random_histories_keep_every_rule(policy: Policy) -> None:
    taken: set[tuple[State, Step]] = set()
    for seed in range(SEED, SEED + HISTORIES):
        history = History(policy, seed)
        history.play()
        try:
            history.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}; {history.written}") from error
        taken |= {(before, step) for before, step, _, _ in history.written}
    reached = {before for before, _ in taken}
    assert reached == set(State), f"histories never came to {set(State) - reached}"
