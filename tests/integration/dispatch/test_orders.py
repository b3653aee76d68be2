"""Orders on a real PostgreSQL: one transaction for the order, its history, its assignments and its jobs."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from core.bus import Bus
from core.channel_ids import ChannelUse, parse_channel_id
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict, NotAllowed, NotFound
from core.tasks import cancel, spawn
from dispatch.assignments.assign import acknowledge, assignments_of, get_assignment, inbox, mark_delivered
from dispatch.assignments.crew_search import crew_searches_of
from dispatch.city.organisation import Office, Unit, import_city
from dispatch.city.records import City
from dispatch.crews.calls import (
    announcement,
    begin_call_attempt,
    finish_call_attempt,
    note_call_state,
)
from dispatch.kinds import Channel, Kind, Urgency
from dispatch.orders.actors import Actor
from dispatch.orders.assignment_models import Assignment, DispatchCall, DispatchCallState, RecipientKind
from dispatch.orders.drafts import draft_for_call, new_draft
from dispatch.orders.listing import Filter, list_orders
from dispatch.orders.models import CallPurpose, Order, OrderCall, OrderStep
from dispatch.orders.sorting import PageStart
from dispatch.orders.work_queues import WorkQueue, waits
from dispatch.policy import Policy, load_policy
from dispatch.steps.take import calls_of, fill_in, get_order, history, replies_of, take_step
from dispatch.workflow import Role, State, Step

AT = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
"""A Friday, 10:00 in the city."""

AGENT = Actor(1, Role.AGENT, "接线员示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "管理员示例")
LAMPS_OFFICE = Actor(3, Role.OFFICE, "路灯所示例", office_code="street-lighting")
LAMPS_CREW = Actor(4, Role.UNIT, "一队示例", unit_code="unit-01")
LAMP = {
    "kind": "help",
    "subject": "street-lamp",
    "title": "孔林门口路灯不亮",
    "matter": "我家门口的路灯昨天晚上坏了，漆黑一片。",
    "place_town": "shuyuan",
    "place": "孔林门口",
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(Path(__file__).parents[3] / "deploy/city/qufu")


@pytest.fixture(scope="module")
def city(policy: Policy) -> City:
    return policy.city


@pytest.fixture(autouse=True, scope="module")
async def organisation(sessions: Sessions, city: City) -> None:
    async with transaction(sessions) as session:
        await import_city(session, city)


async def make_draft(sessions: Sessions, city: City, linkedid: str) -> Order:
    async with transaction(sessions) as session:
        return await draft_for_call(session, city, linkedid=linkedid, citizen_phone="13800000042", at=AT)


async def step(sessions: Sessions, policy: Policy, order_id: int, name: Step, actor: Actor, **more: Any) -> Order:
    async with transaction(sessions) as session:
        return await take_step(
            session,
            policy,
            order_id,
            name,
            actor=actor,
            at=more.pop("at", AT),
            version=more.pop("version", None),
            fields=more,
        )


async def make_dispatched(sessions: Sessions, policy: Policy, linkedid: str) -> Order:
    draft = await make_draft(sessions, policy.city, linkedid)
    return await step(sessions, policy, draft.id, Step.REGISTER, AGENT, **LAMP)


async def jobs(sessions: Sessions) -> list[dict[str, Any]]:
    async with sessions() as session:
        rows = await session.execute(
            text(
                "SELECT args FROM procrastinate_jobs WHERE task_name = 'dispatch.search_crews' AND queue_name = 'line'"
            )
        )
        return list(rows.scalars())


async def test_a_call_makes_one_draft_however_often_and_by_whom_it_is_told(sessions: Sessions, city: City) -> None:
    drafts = await asyncio.gather(*(make_draft(sessions, city, "qufu-1.1") for _ in range(5)))
    assert len({draft.id for draft in drafts}) == 1
    assert drafts[0].number.startswith("QF20261120-0001-")
    async with sessions() as session:
        assert [(call.linkedid, call.purpose) for call in await calls_of(session, drafts[0].id)] == [
            ("qufu-1.1", CallPurpose.INCOMING)
        ]
        (first,) = await history(session, drafts[0].id)
        assert (first.step, first.to_state, first.actor_role) == (Step.CREATE, State.DRAFT, Role.SYSTEM)


async def test_drafts_begun_at_once_have_different_numbers_and_none_is_skipped(sessions: Sessions, city: City) -> None:
    later = AT + dt.timedelta(days=1)

    async def begin(number: int) -> str:
        async with transaction(sessions) as session:
            order = await draft_for_call(session, city, linkedid=f"qufu-2.{number}", citizen_phone="", at=later)
            return order.number

    numbers = await asyncio.gather(*(begin(number) for number in range(12)))
    assert sorted(number.split("-")[1] for number in numbers) == [f"{n:04d}" for n in range(1, 13)]


async def test_a_number_of_a_draft_that_was_rolled_back_is_given_again(sessions: Sessions, city: City) -> None:
    later = AT + dt.timedelta(days=2)
    async with sessions() as session:
        lost = await draft_for_call(session, city, linkedid="qufu-3.1", citizen_phone="", at=later)
        await session.rollback()
    async with transaction(sessions) as session:
        kept = await draft_for_call(session, city, linkedid="qufu-3.2", citizen_phone="", at=later)
    assert kept.number == lost.number


async def test_what_is_typed_during_the_call_is_kept_with_what_it_was(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-4.1")
    async with transaction(sessions) as session:
        filled = await fill_in(
            session, policy, draft.id, {"title": " 路灯 ", "kind": "help"}, actor=AGENT, at=AT, version=draft.version
        )
    assert (filled.title, filled.kind, filled.state) == ("路灯", Kind.HELP, State.DRAFT)
    async with sessions() as session:
        latest = (await history(session, draft.id))[-1]
    assert latest.details == {"changes": {"kind": {"from": None, "to": "help"}, "title": {"from": "", "to": "路灯"}}}


async def test_a_registered_lamp_goes_at_once_to_its_office_and_crew_and_their_phone(
    sessions: Sessions, policy: Policy
) -> None:
    order = await make_dispatched(sessions, policy, "qufu-5.1")
    assert order.state is State.DISPATCHED
    assert (order.lead_office_code, order.unit_code) == ("street-lighting", "unit-01")
    assert order.accept_due_at == dt.datetime(2026, 11, 25, 9, 30, tzinfo=dt.UTC)
    async with sessions() as session:
        steps = await history(session, order.id)
        assert [(each.step, each.actor_role) for each in steps] == [
            (Step.CREATE, Role.SYSTEM),
            (Step.REGISTER, Role.AGENT),
            (Step.DISPATCH, Role.SYSTEM),
        ]
        assert steps[1].details["route"]["why"][0] == "“路灯不亮或损坏”由市路灯管理所主办。"
        (crew,) = await inbox(session, RecipientKind.UNIT, "unit-01")
        assert crew.order.number == order.number
        (office,) = await inbox(session, RecipientKind.OFFICE, "street-lighting")
    async with sessions() as session:
        (search,) = await crew_searches_of(session, order.id)
    assert (search.assignment_id, search.unit_code) == (crew.id, "unit-01")
    assert {"search_id": search.id} in await jobs(sessions)
    assert office.acknowledged_at is None


async def test_an_order_whose_place_is_unknown_waits_for_the_coordinator(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-6.1")
    nowhere = LAMP | {"place_town": None, "place": ""}
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.REGISTER, AGENT, **nowhere)
    assert caught.value.fields == {"place": "请填写地点；来电人说不出地点的，在“没有地点的原因”里选一项。"}
    order = await step(sessions, policy, draft.id, Step.REGISTER, AGENT, **nowhere, no_place="unclear")
    assert order.state is State.REGISTERED
    order = await step(sessions, policy, draft.id, Step.DISPATCH, COORDINATOR, unit_code="unit-03", reason="在镇上")
    assert (order.state, order.unit_code) == (State.DISPATCHED, "unit-03")


async def test_a_coordinator_who_corrects_the_matter_gets_a_new_proposal(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-6.2")
    nowhere = LAMP | {"place_town": None, "place": "", "no_place": "unclear"}
    order = await step(sessions, policy, draft.id, Step.REGISTER, AGENT, **nowhere)
    order = await step(sessions, policy, order.id, Step.FILL_IN, COORDINATOR, subject="manhole", place="开发区路口")
    assert (order.state, order.lead_office_code, order.unit_code) == (State.REGISTERED, "housing", "unit-12")
    order = await step(sessions, policy, order.id, Step.FILL_IN, COORDINATOR, subject="drainage", unit_code="unit-11")
    assert (order.lead_office_code, order.unit_code) == ("municipal-works", "unit-11")


async def test_an_emptied_field_is_empty_and_not_blank_text(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-6.3")
    await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, **LAMP, urgency="urgent")
    empty = {"place_town": "", "subject": None, "title": "", "urgency": None, "confidential": None, "kind": None}
    order = await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, **empty)
    assert (order.place_town, order.subject, order.title, order.kind) == (None, None, "", None)
    assert (order.urgency, order.confidential) == (Urgency.NORMAL, False)


async def test_a_draft_thrown_out_by_mistake_can_still_go_the_whole_way(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-6.4")
    await step(sessions, policy, draft.id, Step.INVALIDATE, AGENT, reason="无人说话")
    await step(sessions, policy, draft.id, Step.REOPEN, COORDINATOR, reason="听录音，有诉求")
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.DISPATCH, COORDINATOR, lead_office_code="street-lighting")
    assert set(caught.value.fields) == {"kind", "title", "matter", "subject"}
    await step(sessions, policy, draft.id, Step.FILL_IN, COORDINATOR, **LAMP)
    order = await step(sessions, policy, draft.id, Step.DISPATCH, COORDINATOR, lead_office_code="street-lighting")
    assert order.finish_due_at is not None


async def test_a_registered_order_cannot_lose_its_kind(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-6.5")
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, order.id, Step.FILL_IN, COORDINATOR, kind=None)
    assert caught.value.fields == {"kind": "请填写诉求类型。"}


async def test_a_missing_manhole_cover_is_an_emergency_and_the_zone_helps(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-7.1")
    order = await step(
        sessions,
        policy,
        draft.id,
        Step.REGISTER,
        AGENT,
        kind="help",
        subject="manhole",
        title="井盖丢失",
        matter="路口的井盖丢了，晚上有人会掉下去。",
        place="开发区路口",
    )
    assert (order.urgency, order.place_town) == (Urgency.EMERGENCY, "shizhuang")
    assert order.finish_due_at == dt.datetime(2026, 11, 20, 15, 59, 59, tzinfo=dt.UTC)
    assert {co.office_code for co in order.co_offices} == {"municipal-works", "development-zone"}
    async with sessions() as session:
        (helper,) = await inbox(session, RecipientKind.OFFICE, "development-zone")
    assert helper.purpose == "assist"


async def test_order_history_pushes_and_jobs_vanish_together_when_rolled_back(
    sessions: Sessions, policy: Policy
) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-8.1")
    before = await jobs(sessions)
    async with sessions() as session:
        await take_step(session, policy, draft.id, Step.REGISTER, actor=AGENT, at=AT, fields=LAMP)
        await session.rollback()
    async with sessions() as session:
        order = await get_order(session, draft.id)
        assert (order.state, order.version) == (State.DRAFT, draft.version)
        assert len(await history(session, draft.id)) == 1
        assert await assignments_of(session, draft.id) == []
    assert await jobs(sessions) == before


async def test_of_two_steps_taken_at_once_one_wins_and_one_is_told(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-9.1")
    results = await asyncio.gather(
        step(sessions, policy, order.id, Step.ACCEPT, LAMPS_OFFICE, version=order.version),
        step(sessions, policy, order.id, Step.ACCEPT, LAMPS_CREW, version=order.version),
        return_exceptions=True,
    )
    assert {type(result) for result in results} == {Order, Conflict}
    async with sessions() as session:
        accepted = [each for each in await history(session, order.id) if each.step is Step.ACCEPT]
    assert len(accepted) == 1


async def test_a_step_from_an_old_page_is_refused(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-10.1")
    with pytest.raises(Conflict):
        await step(sessions, policy, order.id, Step.ACCEPT, LAMPS_OFFICE, version=order.version - 1)


async def test_reporting_twice_in_one_instant_still_moves_the_version(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-11.1")
    first = await step(sessions, policy, order.id, Step.REPORT, LAMPS_CREW, note="已出发", version=order.version)
    with pytest.raises(Conflict):
        await step(sessions, policy, order.id, Step.REPORT, LAMPS_CREW, note="已到达", version=order.version)
    assert first.version > order.version


@pytest.mark.parametrize(
    ("name", "actor", "fields", "error", "said"),
    [
        (Step.ACCEPT, Actor(9, Role.OFFICE, "林业", office_code="forestry"), {}, NotAllowed, "没有派给您的单位"),
        (Step.ACCEPT, Actor(9, Role.OFFICE, "无单位"), {}, NotAllowed, "没有派给您的单位"),
        (Step.ACCEPT, Actor(9, Role.UNIT, "二队", unit_code="unit-02"), {}, NotAllowed, "没有派给您的直通车"),
        (Step.ACCEPT, AGENT, {}, NotAllowed, "只能由承办单位、直通车办理"),
        (Step.REPLY, LAMPS_OFFICE, {"done": "修好", "public_answer": "好"}, Conflict, "已派单"),
        (Step.CREATE, COORDINATOR, {}, Conflict, "不能建单"),
    ],
)
async def test_a_step_that_is_not_his_is_refused_with_the_reason(
    sessions: Sessions,
    policy: Policy,
    name: Step,
    actor: Actor,
    fields: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    order = await make_dispatched(sessions, policy, f"qufu-12.{abs(hash((name, actor)))}")
    with pytest.raises(error, match=said):
        await step(sessions, policy, order.id, name, actor, **fields)


async def test_every_missing_or_wrong_field_is_named_in_chinese(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-13.1")
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.REGISTER, AGENT, kind="help", title="路灯")
    assert caught.value.fields == {
        "matter": "请填写诉求内容。",
        "subject": "请填写事项类别。",
        "place": "请填写地点；来电人说不出地点的，在“没有地点的原因”里选一项。",
    }
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, kind="奇怪", state="closed", subject="nonsense")
    assert caught.value.fields["kind"] == "诉求类型只能从列出的选项中选择。"
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, state="closed", subject="nonsense")
    assert set(caught.value.fields) == {"state", "subject"}
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, draft.id, Step.INVALIDATE, AGENT, reason=" ")
    assert caught.value.fields == {"reason": "请填写理由。"}
    with pytest.raises(NotFound):
        await step(sessions, policy, 10**9, Step.REGISTER, AGENT)


async def test_an_office_cannot_slip_a_new_leader_into_its_acceptance(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-14.1")
    with pytest.raises(BadInput) as caught:
        await step(sessions, policy, order.id, Step.ACCEPT, LAMPS_OFFICE, lead_office_code="forestry")
    assert set(caught.value.fields) == {"lead_office_code"}


async def test_a_lamp_is_repaired_and_the_citizen_says_so(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-15.1")
    for name, actor, fields in [
        (Step.ACCEPT, LAMPS_CREW, {}),
        (Step.START, LAMPS_CREW, {}),
        (
            Step.REPLY,
            LAMPS_CREW,
            {"done": "更换灯泡", "public_answer": "路灯已修好。", "found_true": True, "solved": True},
        ),
        (Step.REVIEW, COORDINATOR, {}),
        (Step.SEND_BACK, COORDINATOR, {"reason": "没有照片"}),
        (Step.START, LAMPS_OFFICE, {}),
        (Step.REPLY, LAMPS_OFFICE, {"done": "更换灯泡并拍照", "public_answer": "路灯已修好，谢谢。"}),
        (Step.REVIEW, COORDINATOR, {}),
        (Step.APPROVE, COORDINATOR, {}),
        (
            Step.RECORD_FOLLOW_UP,
            AGENT,
            {"citizen_answered": True, "citizen_solved": True, "citizen_satisfied": True},
        ),
    ]:
        order = await step(sessions, policy, order.id, name, actor, **fields)
    assert (order.state, order.closed_at, order.public_answer) == (State.CLOSED, AT, "路灯已修好，谢谢。")
    async with sessions() as session:
        first, second = await replies_of(session, order.id)
        assert (first.solved, first.citizen_solved, second.citizen_solved) == (True, None, True)
        assert all(
            assignment.acknowledged_at or assignment.withdrawn_at
            for assignment in await assignments_of(session, order.id)
        )


async def test_an_order_that_the_citizen_says_is_not_solved_reopens_by_itself(
    sessions: Sessions, policy: Policy
) -> None:
    order = await make_dispatched(sessions, policy, "qufu-16.1")
    for name, actor, fields in [
        (Step.ACCEPT, LAMPS_OFFICE, {}),
        (Step.START, LAMPS_OFFICE, {}),
        (Step.REPLY, LAMPS_OFFICE, {"done": "看过", "public_answer": "已处理。"}),
        (Step.REVIEW, COORDINATOR, {}),
        (Step.APPROVE, COORDINATOR, {}),
        (
            Step.RECORD_FOLLOW_UP,
            AGENT,
            {"citizen_answered": True, "citizen_solved": False, "citizen_satisfied": False},
        ),
    ]:
        order = await step(sessions, policy, order.id, name, actor, **fields)
    assert (order.state, order.closed_at) == (State.REOPENED, None)
    order = await step(sessions, policy, order.id, Step.DISPATCH, COORDINATOR, reason="请再去一次")
    async with sessions() as session:
        listed = [
            assignment
            for assignment in await assignments_of(session, order.id)
            if assignment.recipient_code == "unit-01"
        ]
    assert len(listed) == 2


async def test_an_answer_on_the_spot_closes_the_order(sessions: Sessions, policy: Policy) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-17.1")
    order = await step(
        sessions,
        policy,
        draft.id,
        Step.ANSWER,
        AGENT,
        kind="consultation",
        title="公积金怎么取",
        matter="想问公积金怎么取。",
        public_answer="请带身份证到公积金窗口。",
    )
    assert (order.state, order.closed_at) == (State.CLOSED, AT)


async def test_escalated_and_suspended_orders_go_back_to_where_they_stood(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-18.1")
    await step(sessions, policy, order.id, Step.ACCEPT, LAMPS_OFFICE)
    promised = AT + dt.timedelta(days=10)
    order = await step(
        sessions, policy, order.id, Step.SUSPEND, COORDINATOR, promised_at=promised.isoformat(), reason="等灯杆"
    )
    assert (order.state, order.finish_due_at) == (State.SUSPENDED, promised)
    order = await step(sessions, policy, order.id, Step.ESCALATE, COORDINATOR, reason="请批示")
    leader = Actor(5, Role.LEADER, "领导示例")
    order = await step(sessions, policy, order.id, Step.INSTRUCT, leader, instruction="尽快办理")
    assert (order.state, order.set_aside_from) == (State.ACCEPTED, None)
    with pytest.raises(BadInput, match="最迟为"):
        await step(
            sessions,
            policy,
            order.id,
            Step.SUSPEND,
            COORDINATOR,
            reason="太久",
            promised_at=(AT + dt.timedelta(days=40)).isoformat(),
        )


async def test_merging_needs_another_open_order(sessions: Sessions, policy: Policy) -> None:
    main = await make_dispatched(sessions, policy, "qufu-19.1")
    twin = await make_dispatched(sessions, policy, "qufu-19.2")
    for wrong in ("QF20200101-0001-1", twin.number):
        with pytest.raises(BadInput):
            await step(sessions, policy, twin.id, Step.MERGE, COORDINATOR, merged_into=wrong, reason="同一盏灯")
    twin = await step(sessions, policy, twin.id, Step.MERGE, COORDINATOR, merged_into=main.number, reason="同一盏灯")
    assert (twin.state, twin.merged_into_id) == (State.MERGED, main.id)


@pytest.mark.parametrize(
    ("linkedid", "name", "more", "acknowledged"),
    [
        ("qufu-20.11", Step.REPORT, {"note": "已经联系灯具厂"}, True),
        ("qufu-20.12", Step.ADD_CO_OFFICES, {"co_office_codes": ["housing"], "reason": "灯杆"}, False),
        ("qufu-20.13", Step.ASK_EXTENSION, {"promised_at": "2026-12-01T10:00:00+08:00", "reason": "等配件"}, False),
    ],
)
async def test_work_on_an_order_shows_that_an_office_has_it_and_asking_to_be_helped_or_relieved_does_not(
    sessions: Sessions, policy: Policy, linkedid: str, name: Step, more: dict[str, Any], acknowledged: bool
) -> None:
    order = await make_dispatched(sessions, policy, linkedid)
    await step(sessions, policy, order.id, name, LAMPS_OFFICE, **more)
    async with sessions() as session:
        mine = [one for one in await assignments_of(session, order.id) if one.recipient_code == "street-lighting"]
    assert [(one.acknowledged_at, one.acknowledged_by) for one in mine] == [
        (AT, LAMPS_OFFICE.name) if acknowledged else (None, None)
    ]


async def test_a_redispatch_tells_the_new_and_withdraws_from_the_old(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-20.1")
    await step(
        sessions, policy, order.id, Step.ADD_CO_OFFICES, LAMPS_OFFICE, co_office_codes=["housing"], reason="灯杆"
    )
    await step(
        sessions, policy, order.id, Step.REDISPATCH, COORDINATOR, lead_office_code="housing", reason="灯杆归住建局"
    )
    async with sessions() as session:
        listed = {
            (assignment.recipient_code, assignment.purpose): assignment
            for assignment in await assignments_of(session, order.id)
        }
    assert listed["street-lighting", "lead"].withdrawn_at == AT
    assert listed["housing", "assist"].withdrawn_at == AT
    assert listed["housing", "lead"].withdrawn_at is None
    assert listed["unit-01", "crew"].withdrawn_at is None
    assert len(listed) == 4


async def test_history_cannot_be_rewritten(sessions: Sessions, city: City) -> None:
    await make_draft(sessions, city, "qufu-21.1")
    for statement in ("UPDATE order_steps SET reason = 'x'", "DELETE FROM order_steps"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with transaction(sessions) as session:
                await session.execute(text(statement))


async def test_an_acknowledgement_counts_once_and_only_from_its_recipient(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-22.1")
    async with sessions() as session:
        assignment = next(
            p for p in await assignments_of(session, order.id) if p.recipient_kind is RecipientKind.OFFICE
        )
    office = {"kind": RecipientKind.OFFICE, "code": "street-lighting"}
    async with transaction(sessions) as session:
        await mark_delivered(session, assignment.id, at=AT)
        with pytest.raises(NotAllowed):
            await acknowledge(
                session, assignment.id, kind=RecipientKind.OFFICE, code="forestry", by="x", at=AT, via="inbox"
            )
    for minutes, by in ((1, "甲示例"), (2, "乙示例")):
        async with transaction(sessions) as session:
            at = AT + dt.timedelta(minutes=minutes)
            assignment = await acknowledge(session, assignment.id, by=by, at=at, via="inbox", **office)
    assert (assignment.acknowledged_by, assignment.acknowledged_at) == ("甲示例", AT + dt.timedelta(minutes=1))
    assert assignment.delivered_at == AT
    async with sessions() as session:
        assert assignment.id not in [p.id for p in await inbox(session, open_only=True, **office)]
        assert assignment.id in [p.id for p in await inbox(session, open_only=False, **office)]


async def test_a_crew_is_called_until_the_key_is_pressed(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-23.1")
    async with sessions() as session:
        assignment = next(p for p in await assignments_of(session, order.id) if p.recipient_kind is RecipientKind.UNIT)

    async def begin() -> DispatchCall | None:
        async with transaction(sessions) as session:
            return await begin_call_attempt(session, assignment.id, at=AT)

    calls = await asyncio.gather(begin(), begin())
    assert {call and call.channel_id for call in calls} == {f"dispatch-{assignment.id}-1"}
    async with transaction(sessions) as session:
        await note_call_state(session, f"dispatch-{assignment.id}-1", DispatchCallState.RINGING)
        await finish_call_attempt(
            session, f"dispatch-{assignment.id}-1", DispatchCallState.NO_ANSWER, at=AT, result="响铃30秒无人接听"
        )
    second = await begin()
    assert second is not None
    assert parse_channel_id(second.channel_id) == (ChannelUse.CREW_CALL, assignment.id, 2, "")
    async with transaction(sessions) as session:
        await finish_call_attempt(session, second.channel_id, DispatchCallState.ACKNOWLEDGED, at=AT)
    assert await begin() is None
    async with sessions() as session:
        assignment = await get_assignment(session, assignment.id)
        assert (assignment.acknowledged_by, assignment.via) == ("unit-01", "phone")
        assert [call.state for call in assignment.calls] == [
            DispatchCallState.NO_ANSWER,
            DispatchCallState.ACKNOWLEDGED,
        ]
        linked = await session.scalars(select(OrderCall.linkedid).where(OrderCall.purpose == CallPurpose.DISPATCH))
        assert {f"dispatch-{assignment.id}-1", f"dispatch-{assignment.id}-2"} <= set(linked)


async def test_the_announcement_names_the_matter_and_never_the_citizen(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-24.1")
    said = announcement(order, policy.city)
    assert (said.town, said.place) == ("书院街道", "孔林门口")
    assert "13800000042" not in str(said)
    assert said.number_keys == order.number.removeprefix("QF").replace("-", "")


async def test_screens_hear_of_orders_and_pushes_when_it_is_committed(
    sessions: Sessions, policy: Policy, database_url: str
) -> None:
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    async with bus.subscribe() as queue:
        assert (await queue.get()).topic == "reconnected"
        order = await make_dispatched(sessions, policy, "qufu-25.1")
        heard = set()
        async with sessions() as session:
            wanted = {("assignment", str(assignment.id)) for assignment in await assignments_of(session, order.id)}
        wanted.add(("order", str(order.id)))
        while not wanted <= heard:
            notification = await asyncio.wait_for(queue.get(), 60)
            heard.add((notification.topic, notification.id))
    await cancel(listening)


async def test_importing_the_city_again_keeps_what_orders_name(sessions: Sessions, city: City) -> None:
    smaller = {code: office for code, office in city.offices.items() if code != "tobacco"}
    async with transaction(sessions) as session:
        await import_city(session, City(**{**vars(city), "offices": smaller}))
        assert not (await session.get_one(Office, "tobacco")).active
    async with transaction(sessions) as session:
        await import_city(session, city)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Office).where(Office.active)) == 101
        assert await session.scalar(select(func.count()).select_from(Unit)) == 34


async def test_an_order_may_be_begun_without_a_call(sessions: Sessions, city: City) -> None:
    async with transaction(sessions) as session:
        order = await new_draft(session, city, channel=Channel.WEB, actor=AGENT, at=AT)
        assert await session.scalar(select(func.count()).where(OrderStep.order_id == order.id)) == 1
        assert await session.scalar(select(func.count()).where(Assignment.order_id == order.id)) == 0


async def test_orders_are_found_by_words_in_chinese_and_only_where_the_phrase_stands(
    sessions: Sessions, policy: Policy
) -> None:
    draft = await make_draft(sessions, policy.city, "qufu-26.1")
    matter = "灯会那天路边的喷泉坏了，100%没有修。"
    order = await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, title="喷泉坏了", matter=matter)
    async with sessions() as session:
        for words, found in [
            ("喷泉", True),
            ("泉", True),
            ("喷泉 灯会", True),
            ("泉喷", False),
            ("100%", True),
            ("1_0%", False),
            (order.number, True),
            (order.number[:8].lower(), True),
            ("喷泉坏了没有", False),
            ("'); --", False),
        ]:
            page = await list_orders(session, Filter(text=words))
            assert (order.id in [each.id for each in page.orders]) is found, words


async def test_pages_neither_skip_nor_repeat(sessions: Sessions, policy: Policy) -> None:
    town = Filter(town="nishan")
    numbers = []
    for n in range(5):
        draft = await make_draft(sessions, policy.city, f"qufu-27.{n}")
        order = await step(sessions, policy, draft.id, Step.FILL_IN, AGENT, place_town="nishan")
        numbers.append(order.number)
    seen, after = [], None
    async with sessions() as session:
        while True:
            page = await list_orders(session, town, place=PageStart(after), limit=2)
            seen += [each.number for each in page.orders]
            if (after := page.after) is None:
                break
        assert seen == numbers[::-1]
        assert len((await list_orders(session, town, place=PageStart("nonsense"))).orders) == 5


async def test_an_office_lists_what_it_leads_and_what_it_helps_with(sessions: Sessions, policy: Policy) -> None:
    order = await make_dispatched(sessions, policy, "qufu-28.1")
    await step(sessions, policy, order.id, Step.ADD_CO_OFFICES, COORDINATOR, co_office_codes=["audit"], reason="试")
    async with sessions() as session:
        for wanted, found in [
            (Filter(office="audit"), True),
            (Filter(office="street-lighting", kind=Kind.HELP, open_only=True), True),
            (Filter(unit="unit-01", states=(State.DISPATCHED,)), True),
            (Filter(office="forestry"), False),
            (Filter(waiting=waits(WorkQueue.FINISH_OVERDUE, AT)), False),
            (Filter(waiting=waits(WorkQueue.FINISH_OVERDUE, AT + dt.timedelta(days=30)), subject="street-lamp"), True),
            (Filter(citizen_phone="13800000042", received_from=AT, urgency=Urgency.NORMAL), True),
            (Filter(received_before=AT), False),
        ]:
            listed = (await list_orders(session, wanted, limit=500)).orders
            assert (order.id in [each.id for each in listed]) is found, wanted
