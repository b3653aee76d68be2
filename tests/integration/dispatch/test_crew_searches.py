"""Until somebody takes it, with the rows: each step once, whoever dies, and a yes or a no at any moment."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from core.database import Sessions, transaction
from dispatch.assignments.assign import inbox
from dispatch.assignments.crew_search import call_ended, crew_searches_of, look_after, open_alarms, see_alarm
from dispatch.assignments.crew_search_rules import CrewSearchState, SearchAction
from dispatch.assignments.models import CrewSearch
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.crews.calls import begin_call_attempt, finish_call_attempt, note_call_state
from dispatch.jobs.search_crews import continue_search
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import DispatchCallState, RecipientKind
from dispatch.orders.drafts import draft_for_call
from dispatch.orders.models import Order, OrderStep
from dispatch.policy import Policy
from dispatch.steps import take
from dispatch.workflow import Role, State, Step

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
AGENT = Actor(1, Role.AGENT, "林示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "周示例")
LAMP = {
    "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "门口的路灯不亮了。",
    "place_town": "lucheng", "place": "神道路",
}  # fmt: skip


def later(seconds: float) -> dt.datetime:
    return AT + dt.timedelta(seconds=seconds)


def crew(number: int) -> Actor:
    return Actor(10 + number, Role.UNIT, f"{number}队", unit_code=f"unit-{number:02d}")


@pytest.fixture(scope="module", autouse=True)
async def organisation(sessions: Sessions, city: City) -> None:
    async with transaction(sessions) as session:
        await import_city(session, city)


class SearchRun:
    """One order's search, walked with a moved clock."""

    def __init__(self, sessions: Sessions, policy: Policy, order: Order) -> None:
        self.sessions, self.policy, self.order_id = sessions, policy, order.id

    @property
    def city(self) -> City:
        return self.policy.city

    async def row(self) -> CrewSearch:
        async with self.sessions() as session:
            return (await crew_searches_of(session, self.order_id))[-1]

    async def continue_search(self, seconds: float) -> CrewSearch:
        search = await self.row()
        async with transaction(self.sessions) as session:
            await continue_search(session, self.policy, search.id, at=later(seconds))
        return await self.row()

    async def step(self, name: Step, actor: Actor, seconds: float = 0, **fields: Any) -> Order:
        async with transaction(self.sessions) as session:
            return await take.take_step(
                session, self.policy, self.order_id, name, actor=actor, at=later(seconds), fields=fields
            )

    async def call(self, seconds: float, state: DispatchCallState) -> None:
        """The job's call to the crew, and what came of it."""
        assignment_id = (await self.row()).assignment_id
        async with transaction(self.sessions) as session:
            attempt = await begin_call_attempt(session, assignment_id, at=later(seconds))
            assert attempt is not None
            if state.ended:
                await finish_call_attempt(session, attempt.channel_id, state, at=later(seconds))
                await call_ended(session, assignment_id, at=later(seconds))
            else:
                await note_call_state(session, attempt.channel_id, state)

    async def actions(self) -> list[tuple[SearchAction, str]]:
        return [(action.action, action.unit_code) for action in (await self.row()).actions]

    async def history(self) -> list[OrderStep]:
        async with self.sessions() as session:
            return list(await take.history(session, self.order_id))


@pytest.fixture
async def search(sessions: Sessions, policy: Policy, request: pytest.FixtureRequest) -> SearchRun:
    urgency = getattr(request, "param", "normal")
    async with transaction(sessions) as session:
        draft = await draft_for_call(
            session, policy.city, linkedid=f"search-{request.node.name}", citizen_phone="", at=AT
        )
    one = SearchRun(sessions, policy, draft)
    await one.step(Step.REGISTER, AGENT, urgency=urgency, **LAMP)
    return one


async def test_push_again_call_then_the_next_crew_and_its_yes_ends_it(search: SearchRun, sessions: Sessions) -> None:
    for seconds in (0, 1, 60, 60, 90):
        await search.continue_search(seconds)
    assert await search.actions() == [
        (SearchAction.PUSH, "unit-01"),
        (SearchAction.PUSH, "unit-01"),
        (SearchAction.CALL, "unit-01"),
    ]
    await search.call(95, DispatchCallState.NO_ANSWER)
    await search.continue_search(95)  # an assignment between the two calls
    await search.continue_search(125)
    await search.call(130, DispatchCallState.NO_ANSWER)
    row = await search.continue_search(130)
    assert (row.unit_code, row.tried, row.step) == ("unit-02", ["unit-01", "unit-02"], 1)
    async with sessions() as session:
        order = await take.get_order(session, search.order_id)
        mine = await inbox(session, RecipientKind.UNIT, "unit-02")
        assert [assignment.order_id for assignment in mine].count(order.id) == 1
        assert order.id not in [p.order_id for p in await inbox(session, RecipientKind.UNIT, "unit-01")]
    assert order.unit_code == "unit-02"
    assert "路灯抢修一队（老城）没有人接单。转派路灯抢修二队" in (await search.history())[-1].reason
    await search.step(Step.ACCEPT, crew(2), 140)
    row = await search.row()
    assert (row.state, row.next_at) == (CrewSearchState.TAKEN, None)
    assert (await search.actions())[-1] == (SearchAction.TAKEN, "unit-02")
    assert (await search.continue_search(9999)).state is CrewSearchState.TAKEN


@pytest.mark.parametrize("search", ["emergency"], indirect=True)
async def test_an_emergency_begins_with_the_call_and_ends_in_the_alarm_until_it_is_seen(
    search: SearchRun, sessions: Sessions
) -> None:
    at = 0.0
    while (row := await search.continue_search(at)).state is CrewSearchState.RUNNING:
        at += 15
    result = await search.actions()
    assert result[0] == (SearchAction.CALL, "unit-01")
    assert [action for action, _ in result].count(SearchAction.NEXT_UNIT) == 2, "the trade has three crews"
    assert result[-1][0] is SearchAction.ALARM
    alarm = (await search.history())[-1]
    assert alarm.step is Step.NOBODY_TOOK
    assert "已找过3支直通车" in alarm.reason
    async with transaction(sessions) as session:
        assert row.id in [one.id for one in await open_alarms(session)]
        await see_alarm(session, row.id, by="周示例", at=later(at + 60))
    async with transaction(sessions) as session:
        await see_alarm(session, row.id, by="吴示例", at=later(at + 61))
        assert row.id not in [one.id for one in await open_alarms(session)]
    assert (await search.row()).alarm_seen_by == "周示例"
    # The crew that was asked last may still take it.
    await search.step(Step.ACCEPT, crew(3), at + 90)
    assert (await search.row()).state is CrewSearchState.TAKEN


async def test_a_no_on_the_page_hands_it_on_at_once_even_after_a_yes(search: SearchRun) -> None:
    await search.continue_search(0)
    await search.step(Step.DECLINE, crew(1), 5, reason="车坏在路上")
    row = await search.continue_search(5)
    assert row.unit_code == "unit-02"
    assert "不能前往（车坏在路上）" in (await search.history())[-1].reason
    await search.step(Step.ACCEPT, crew(2), 8)
    await search.step(Step.DECLINE, crew(2), 20, reason="材料不够")
    assert (await search.continue_search(20)).unit_code == "unit-03"
    assert (await search.row()).state is CrewSearchState.RUNNING


async def test_a_no_by_key_hands_it_on_at_once(search: SearchRun) -> None:
    await search.continue_search(0)
    await search.continue_search(60)
    await search.continue_search(90)
    await search.call(100, DispatchCallState.REFUSED)
    assert (await search.continue_search(100)).unit_code == "unit-02"
    assert "在电话中按键表示不能前往" in (await search.history())[-1].reason


async def test_while_the_crew_listens_the_step_goes_on(search: SearchRun) -> None:
    await search.continue_search(0)
    await search.continue_search(60)
    await search.continue_search(90)
    await search.call(100, DispatchCallState.ANSWERED)
    assert (await search.continue_search(170)).step == 3
    await search.call(175, DispatchCallState.NO_ANSWER)
    assert (await search.continue_search(175)).step == 4


async def test_however_many_walk_at_once_each_step_is_done_once(search: SearchRun) -> None:
    for seconds in (0, 60, 90):
        await asyncio.gather(*(search.continue_search(seconds) for _ in range(4)))
    assert await search.actions() == [
        (SearchAction.PUSH, "unit-01"),
        (SearchAction.PUSH, "unit-01"),
        (SearchAction.CALL, "unit-01"),
    ]


async def test_who_dies_before_the_commit_has_done_nothing_and_the_lost_job_is_made_up(
    search: SearchRun, sessions: Sessions, policy: Policy
) -> None:
    row = await search.continue_search(0)
    async with sessions() as session:
        await continue_search(session, policy, row.id, at=later(60))
        await session.rollback()
    assert await search.actions() == [(SearchAction.PUSH, "unit-01")]
    async with transaction(sessions) as session:
        await look_after(session, at=later(70))
    assert (await search.row()).next_at == later(60), "its own job may still come"
    async with transaction(sessions) as session:
        assert await look_after(session, at=later(91)) >= 1
    assert await search.continue_search(91) is not None
    assert (await search.actions())[-1] == (SearchAction.PUSH, "unit-01")


@pytest.mark.parametrize("how", ["redispatch", "hand_on", "close"])
async def test_an_order_that_goes_elsewhere_needs_no_chain_any_more(
    search: SearchRun, sessions: Sessions, how: str
) -> None:
    row = await search.continue_search(0)
    match how:
        case "redispatch":
            await search.step(
                Step.REDISPATCH, COORDINATOR, 9, lead_office_code="housing", unit_code="unit-11", reason="改派"
            )
        case "hand_on":
            await search.step(Step.HAND_ON, COORDINATOR, 9, unit_code="unit-03", reason="二队更近")
        case "close":
            await search.step(Step.INVALIDATE, COORDINATOR, 9, reason="重复")
    async with sessions() as session:
        found = list(await session.scalars(select(CrewSearch).where(CrewSearch.order_id == search.order_id)))
    states = {one.id: one.state for one in found}
    assert states[row.id] is CrewSearchState.CALLED_OFF
    assert len(found) == (1 if how == "close" else 2)
    if how != "close":
        assert (await search.continue_search(9)).unit_code == {"redispatch": "unit-11", "hand_on": "unit-03"}[how]


async def test_a_promise_for_later_stops_the_calls(search: SearchRun) -> None:
    await search.continue_search(0)
    promised = (AT + dt.timedelta(days=4)).isoformat()
    await search.step(Step.SUSPEND, COORDINATOR, 9, promised_at=promised, reason="等配件")
    assert (await search.continue_search(60)).state is CrewSearchState.CALLED_OFF


async def test_escalated_to_a_leader_the_crew_is_still_looked_for(search: SearchRun) -> None:
    await search.continue_search(0)
    order = await search.step(Step.ESCALATE, COORDINATOR, 9, reason="重大")
    assert order.state is State.ESCALATED
    for seconds in (60, 90, 150, 180, 240):
        await search.continue_search(seconds)
    assert (await search.row()).unit_code == "unit-02"


async def test_the_order_keeps_how_the_crews_stood(search: SearchRun, sessions: Sessions) -> None:
    async with sessions() as session:
        order = await take.get_order(session, search.order_id)
    assert [one["code"] for one in order.unit_choice] == ["unit-01", "unit-02", "unit-03"]
    assert order.unit_choice[0]["why"] == "负责鲁城街道的路灯。"
