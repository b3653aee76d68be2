"""Until somebody takes it: the next action from the search's status, and every history of it."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assignments.crew_search_rules import (
    LISTENING_SECONDS,
    AskedCall,
    SearchAction,
    SearchStatus,
    Wait,
    decide,
)
from dispatch.assignments.rules import CrewSearchPlan, CrewSearchStep, Means

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
PLAN = CrewSearchPlan(
    (CrewSearchStep(Means.PUSH, 60), CrewSearchStep(Means.PUSH, 30), CrewSearchStep(Means.CALL, 45)), units=2
)
BEGUN = SearchStatus(step=0, step_at=AT, tried=1, others=True)


def later(seconds: float) -> dt.datetime:
    return AT + dt.timedelta(seconds=seconds)


def done(step: int, **more: object) -> SearchStatus:
    return dataclasses.replace(BEGUN, step=step, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "seconds", "expected"),
    [
        (BEGUN, 0, SearchAction.PUSH),
        (done(1), 59, Wait(later(60))),
        (done(1), 60, SearchAction.PUSH),
        (done(2), 30, SearchAction.CALL),
        (done(3), 44, Wait(later(45))),
        (done(3), 45, SearchAction.NEXT_UNIT),
        (done(3, call=AskedCall.RINGING), 45, SearchAction.NEXT_UNIT),
        (done(3, call=AskedCall.IN_VAIN), 1, SearchAction.NEXT_UNIT),
        (done(3, call=AskedCall.LISTENING), 100, Wait(later(LISTENING_SECONDS))),
        (done(3, call=AskedCall.LISTENING), LISTENING_SECONDS, SearchAction.NEXT_UNIT),
        (done(1, refused=True), 1, SearchAction.NEXT_UNIT),
        (done(1, refused=True, taken=True), 1, SearchAction.NEXT_UNIT),
        (done(1, refused=True, others=False), 1, SearchAction.ALARM),
        (done(3, tried=2), 45, SearchAction.ALARM),
        (done(3, others=False), 45, SearchAction.ALARM),
        (done(2, taken=True), 500, SearchAction.TAKEN),
        (done(2, taken=True, needed=False), 500, SearchAction.CALLED_OFF),
        (done(9), 46, SearchAction.NEXT_UNIT),
    ],
)
def test_what_comes_next(now: SearchStatus, seconds: float, expected: SearchAction | Wait) -> None:
    assert decide(PLAN, now, later(seconds)) == expected


def test_a_clock_set_back_makes_it_wait_and_do_nothing_twice() -> None:
    assert decide(PLAN, done(1), later(-3600)) == Wait(later(60))


plans = st.builds(
    CrewSearchPlan,
    st.lists(st.builds(CrewSearchStep, st.sampled_from(Means), st.integers(5, 300)), min_size=1, max_size=5).map(tuple),
    st.integers(1, 4),
)
happenings = st.lists(
    st.one_of(
        st.floats(-100, 400),  # the given seconds pass; the clock may be set back
        st.sampled_from(["died", "rings", "listens", "in vain", "refuses", "takes", "gone"]),
    ),
    max_size=60,
)


class World:
    """A search as the rows would keep it: what is decided is done and written, unless the process dies in between."""

    def __init__(self, plan: CrewSearchPlan, crews: int) -> None:
        self.plan, self.crews, self.at = plan, crews, AT
        self.now = dataclasses.replace(BEGUN, others=crews > 1)
        self.actions: list[tuple[SearchAction, int, dt.datetime]] = []
        self.crew = 1
        self.ended = False

    def walk(self, *, dies: bool = False) -> None:
        while not self.ended:
            decided = decide(self.plan, self.now, self.at)
            if isinstance(decided, Wait):
                assert decided.until > self.at
                return
            if dies:
                return  # The transaction is rolled back: as if nothing had been.
            self.actions.append((decided, self.crew, self.at))
            match decided:
                case SearchAction.PUSH | SearchAction.CALL:
                    self.now = dataclasses.replace(
                        self.now, step=self.now.step + 1, step_at=self.at, call=AskedCall.NONE
                    )
                case SearchAction.NEXT_UNIT:
                    self.crew += 1
                    self.now = SearchStatus(0, self.at, self.crew, self.crew < self.crews)
                case _:
                    self.ended = True

    def happen(self, what: float | str) -> None:
        if isinstance(what, float):
            self.at += dt.timedelta(seconds=what)
        calling = self.now.step > 0 and self.plan.steps[self.now.step - 1].means is Means.CALL
        calls = {"rings": AskedCall.RINGING, "listens": AskedCall.LISTENING, "in vain": AskedCall.IN_VAIN}
        if what in calls and calling and self.now.call is not AskedCall.IN_VAIN:
            self.now = dataclasses.replace(self.now, call=calls[what])
        facts = {"refuses": "refused", "takes": "taken"}
        if what in facts:
            self.now = dataclasses.replace(self.now, **{facts[what]: True})  # type: ignore[arg-type]
        if what == "gone":
            self.now = dataclasses.replace(self.now, needed=False)
        self.walk(dies=what == "died")


@given(plans, st.integers(1, 5), happenings)
def test_no_history_skips_or_doubles_a_step_and_every_one_ends(
    plan: CrewSearchPlan, crews: int, happened: Sequence[float | str]
) -> None:
    world = World(plan, crews)
    world.walk()
    for what in happened:
        world.happen(what)
    for _ in range(plan.units * (len(plan.steps) + 1) + 1):  # Nobody does anything any more: only time passes.
        world.happen(400.0)
    ends = [
        action
        for action, _, _ in world.actions
        if action in (SearchAction.TAKEN, SearchAction.ALARM, SearchAction.CALLED_OFF)
    ]
    assert world.ended
    assert ends == [world.actions[-1][0]]
    assert world.crew <= min(plan.units, crews)
    listed = [SearchAction.CALL if step.means is Means.CALL else SearchAction.PUSH for step in plan.steps]
    for crew in range(1, world.crew + 1):
        mine = [
            action
            for action, whose, _ in world.actions
            if whose == crew and action in (SearchAction.PUSH, SearchAction.CALL)
        ]
        assert mine == listed[: len(mine)], "in the plan's order, none left out, none twice"
    if ends == [SearchAction.ALARM] and "refuses" not in happened:
        assert world.crew == min(plan.units, crews)
        assert len(mine) == len(plan.steps), "nobody is given up before all was tried"


@given(plans, st.integers(1, 5))
def test_without_an_answer_each_step_has_its_whole_limit(plan: CrewSearchPlan, crews: int) -> None:
    world = World(plan, crews)
    world.walk()
    for _ in range(4000):
        if world.ended:
            break
        world.happen(5.0)
    begun = [(action, at) for action, _, at in world.actions]
    limits = [step.seconds for step in plan.steps] * min(plan.units, crews)
    waits = [
        (after - before).total_seconds()
        for (action, before), (_, after) in itertools.pairwise(begun)
        if action in (SearchAction.PUSH, SearchAction.CALL)
    ]
    assert len(waits) == len(limits)
    assert all(limit <= waited < limit + 5 for limit, waited in zip(limits, waits, strict=True))
