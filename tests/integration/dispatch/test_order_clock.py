"""The clock of orders on a real PostgreSQL: what falls due falls once; returns, extensions, parts, 督办, checks."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import CITY_ZONE
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict, NotAllowed
from dispatch.assignments.assign import assignments_of
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.clock.models import Accountability, CustodyEnd, CustodyPeriod, DueEvent
from dispatch.clock.timers import DueKind
from dispatch.jobs.overdue import sweep
from dispatch.kinds import Channel, Offence
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.queue import list_notifications
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order, OrderStep
from dispatch.orders.request_models import Extension, Precedent, Return, SupervisionMark, SupervisionOrder, Verdict
from dispatch.policy import Policy, load_policy
from dispatch.steps.take import get_order, take_step
from dispatch.supervision.scorecards import scorecards
from dispatch.supervision.spot_checks import draw_spot_check, get_spot_check, prove, record_finding
from dispatch.workflow import Role, State, Step


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


FRIDAY = at("2026-11-20 10:00")
AGENT = Actor(1, Role.AGENT, "接线员示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "管理员示例")
SUPERVISOR = Actor(6, Role.SUPERVISOR, "督查示例")
LEADER = Actor(7, Role.LEADER, "领导示例")
LAMPS = Actor(3, Role.OFFICE, "路灯所示例", office_code="street-lighting")
HOUSING = Actor(4, Role.OFFICE, "住建局示例", office_code="housing")
AUDIT = Actor(5, Role.OFFICE, "审计局示例", office_code="audit")
LAMP = {
    "kind": "help",
    "subject": "street-lamp",
    "title": "路灯不亮",
    "matter": "门口的路灯坏了",
    "place_town": "shuyuan",
    "no_place": "unclear",
}
RETURN = {
    "reason_code": "not_ours",
    "reason": "灯杆在小区里",
    "boundary": "物业管理条例第二十条",
    "suggested_office_code": "housing",
}


@pytest.fixture(scope="module")
async def policy(sessions: Sessions) -> Policy:
    found = load_policy(Path(__file__).parents[3] / "deploy/city/qufu")
    async with transaction(sessions) as session:
        await import_city(session, found.city)
    return found


class Desk:
    """Takes steps, each in a transaction of its own."""

    def __init__(self, sessions: Sessions, policy: Policy) -> None:
        self.sessions, self.policy = sessions, policy

    @property
    def city(self) -> City:
        return self.policy.city

    async def lamp(self, when: dt.datetime = FRIDAY, **more: Any) -> Order:
        async with transaction(self.sessions) as session:
            draft = await new_draft(session, self.city, channel=Channel.WEB, actor=AGENT, at=when)
        return await self.take(draft, Step.REGISTER, AGENT, when, **LAMP | more)

    async def take(self, order: Order, step: Step, actor: Actor, when: dt.datetime, **fields: Any) -> Order:
        async with transaction(self.sessions) as session:
            return await take_step(session, self.policy, order.id, step, actor=actor, at=when, fields=fields)

    async def in_progress(self, when: dt.datetime = FRIDAY) -> Order:
        order = await self.lamp(when)
        await self.take(order, Step.ACCEPT, LAMPS, when)
        return await self.take(order, Step.START, LAMPS, when)

    async def reply(self, order: Order, when: dt.datetime, actor: Actor = LAMPS) -> Order:
        return await self.take(order, Step.REPLY, actor, when, done="已换灯泡", public_answer="路灯已经修好。")

    async def sweep(self, when: dt.datetime) -> int:
        return await sweep(self.sessions, self.policy, at=when)

    async def rows(self, table: Any, order: Order) -> Sequence[Any]:
        async with self.sessions() as session:
            return (await session.scalars(select(table).where(table.order_id == order.id).order_by(table.id))).all()

    async def kinds(self, order: Order) -> list[str]:
        return [row.kind for row in await self.rows(DueEvent, order)]

    async def order(self, order: Order) -> Order:
        async with self.sessions() as session:
            return await get_order(session, order.id)


@pytest.fixture(scope="module")
def desk(sessions: Sessions, policy: Policy) -> Desk:
    return Desk(sessions, policy)


async def test_an_order_that_nobody_accepts_is_recalled_warned_of_and_accounted_for_once_each(desk: Desk) -> None:
    order = await desk.lamp()
    await desk.sweep(at("2026-11-24 17:00"))
    assert await desk.kinds(order) == []
    await desk.sweep(at("2026-11-24 17:31"))
    assert await desk.kinds(order) == [DueKind.ACCEPT_REMINDER]
    await desk.sweep(at("2026-11-25 17:30"))
    assert await desk.kinds(order) == [DueKind.ACCEPT_REMINDER]
    for clock in ("2026-11-25 17:31", "2026-11-25 17:31", "2026-11-25 09:00", "2026-11-25 18:00"):
        await asyncio.gather(*(desk.sweep(at(clock)) for _ in range(3)))
    assert await desk.kinds(order) == [
        DueKind.ACCEPT_REMINDER,
        DueKind.ACCEPT_ACCOUNTABILITY,
        DueKind.ACCEPT_WARNING,
    ]
    warnings = [row for row in await desk.rows(OrderStep, order) if row.step is Step.WARN]
    assert [row.reason for row in warnings] == ["市路灯管理所到11月25日 17:30仍未签收，超过签收时限。"]
    (entry,) = await desk.rows(Accountability, order)
    office = desk.city.offices["street-lighting"]
    assert (entry.responsible, entry.first_responsible) == (office.deputy, office.head)
    await desk.sweep(at("2026-11-27 17:31"))
    causes = [entry.kind for entry in await desk.rows(Accountability, order)]
    assert causes == [DueKind.ACCEPT_ACCOUNTABILITY, DueKind.FINISH_WARNING]
    (period,) = await desk.rows(CustodyPeriod, order)
    assert period.warned == 2


async def test_a_sweep_looks_the_contacts_up_once_however_many_orders_have_fallen_due(
    desk: Desk, engine: AsyncEngine
) -> None:
    when = at("2026-09-04 10:00")
    async with transaction(desk.sessions) as session:
        await add_contact(
            session, desk.city, Audience.OFFICE, "street-lighting", NotificationChannel.SMS, "13800000066",
            secret="", with_link=True, by="示例", at=when,
        )  # fmt: skip
    fallen = [await desk.in_progress(when) for _ in range(5)]
    asked: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    assert await desk.sweep(at("2026-09-11 17:31")) >= len(fallen)
    assert sum("FROM contacts" in statement for statement in asked) == 1
    for order in fallen:
        (entry,) = await desk.rows(Accountability, order)
        assert entry.responsible == desk.city.offices["street-lighting"].deputy
        async with desk.sessions() as session:
            result = await list_notifications(session, order_id=order.id, limit=9)
        assert [(one.template, one.link_path) for one in result if one.queued_at > at("2026-09-11 17:30")] == [
            (Template.ACCOUNTABILITY, "office-link"),
            (Template.WARNING, "office-link"),
        ]


async def test_who_has_accepted_speaks_with_the_citizen_in_time_or_is_warned_once(desk: Desk) -> None:
    order = await desk.lamp(citizen_phone="13800000042")
    accepted = await desk.take(order, Step.ACCEPT, LAMPS, FRIDAY)
    assert accepted.contact_due_at == at("2026-11-23 17:30")
    tried = await desk.take(order, Step.CONTACT, LAMPS, FRIDAY, contact_way="phone", reached=False)
    assert tried.contacted_at is None, "who did not pick up was not spoken with"
    for _ in range(2):
        await desk.sweep(at("2026-11-23 17:31"))
    assert await desk.kinds(order) == [DueKind.CONTACT_WARNING]
    warned = (await desk.rows(OrderStep, order))[-1]
    assert warned.reason == "市路灯管理所到11月23日 17:30仍未联系上诉求人，超过首次联系时限。"
    when = at("2026-11-24 09:00")
    with pytest.raises(BadInput) as error:
        await desk.take(order, Step.CONTACT, LAMPS, when, contact_way="phone", reached=True)
    assert "请写明" in error.value.fields["contact_note"]
    said = {"contact_way": "visit", "reached": True, "contact_note": "约好今晚来修"}
    spoken = await desk.take(order, Step.CONTACT, LAMPS, when, **said)
    assert spoken.contacted_at == when
    row = (await desk.rows(OrderStep, order))[-1]
    assert row.details == {"contact_way": "visit", "reached": True, "contact_note": "约好今晚来修"}


async def test_nobody_must_call_who_left_no_number_or_wishes_to_stay_unnamed_or_is_answered(desk: Desk) -> None:
    unknown, secret = await desk.lamp(), await desk.lamp(citizen_phone="13800000042", confidential=True)
    for order in (unknown, secret):
        assert (await desk.take(order, Step.ACCEPT, LAMPS, FRIDAY)).contact_due_at is None
    known = await desk.lamp(citizen_phone="13800000042")
    await desk.take(known, Step.ACCEPT, LAMPS, FRIDAY)
    await desk.take(known, Step.START, LAMPS, FRIDAY)
    await desk.reply(known, FRIDAY)
    await desk.take(known, Step.REVIEW, COORDINATOR, FRIDAY)
    await desk.take(known, Step.SEND_BACK, COORDINATOR, FRIDAY, reason="没有说清")
    await desk.sweep(at("2026-11-24 09:00"))
    assert DueKind.CONTACT_WARNING not in await desk.kinds(known)


async def test_a_limit_that_passed_while_nobody_swept_is_written_down_before_the_next_step(desk: Desk) -> None:
    order = await desk.lamp()
    late = await desk.take(order, Step.ACCEPT, LAMPS, at("2026-11-26 09:00"))
    assert late.state is State.ACCEPTED
    steps = [row.step for row in await desk.rows(OrderStep, order)]
    assert steps[-2:] == [Step.WARN, Step.ACCEPT]
    assert DueKind.ACCEPT_REMINDER not in await desk.kinds(order), "a reminder after the limit helps nobody"


async def test_a_first_return_is_the_coordinators_within_the_hour_and_leaves_a_precedent(desk: Desk) -> None:
    order = await desk.lamp(place_town="shizhuang")
    asked = await desk.take(order, Step.ASK_RETURN, LAMPS, at("2026-11-20 15:00"), **RETURN)
    assert (asked.return_before, asked.return_due_at) == (Role.COORDINATOR, at("2026-11-20 16:00"))
    assert asked.finish_due_at == order.finish_due_at, "the clock never stops"
    for step, actor, error in [
        (Step.ASK_RETURN, LAMPS, "还没有决定"),
        (Step.DECLINE_RETURN, SUPERVISOR, "督查员只裁定第二次退单"),
    ]:
        with pytest.raises(Conflict, match=error):
            await desk.take(order, step, actor, at("2026-11-20 15:10"), **RETURN if step is Step.ASK_RETURN else {})
    await desk.sweep(at("2026-11-20 16:01"))
    assert await desk.kinds(order) == [DueKind.RETURN_UNDECIDED]
    when = at("2026-11-20 16:30")
    with pytest.raises(BadInput, match="另选主办单位"):
        await desk.take(order, Step.REDISPATCH, COORDINATOR, when, lead_office_code="street-lighting", reason="是")
    moved = await desk.take(order, Step.REDISPATCH, COORDINATOR, when, lead_office_code="housing", reason="小区内灯杆")
    assert (moved.lead_office_code, moved.responsible_office_code) == ("housing", "street-lighting")
    assert moved.finish_due_at == order.finish_due_at
    accepted = await desk.take(order, Step.ACCEPT, HOUSING, when)
    assert accepted.responsible_office_code == "housing"
    (returned,) = await desk.rows(Return, order)
    assert (returned.verdict, returned.nth, returned.ruling) == (Verdict.GRANTED, 1, "小区内灯杆")
    assert [period.ended for period in await desk.rows(CustodyPeriod, order)] == [CustodyEnd.MOVED, None]
    later = await desk.lamp(place_town="shizhuang")
    assert later.state is State.REGISTERED, "rules and ruling disagree: the coordinator has to look"
    why = (await desk.rows(OrderStep, later))[-1].details["route"]["why"]
    assert why[-1].startswith("先例：2026年11月20日市级管理员决定，市路灯管理所退单后改由")
    assert (await desk.lamp()).state is State.DISPATCHED, "elsewhere the rules hold"


async def test_a_second_return_is_the_supervisors_and_there_is_no_third(desk: Desk) -> None:
    order = await desk.lamp(place_town="lucheng")
    when = at("2026-11-20 11:00")
    await desk.take(order, Step.ASK_RETURN, LAMPS, when, **RETURN)
    await desk.take(order, Step.DECLINE_RETURN, COORDINATOR, when, reason="市政道路上的灯")
    asked = await desk.take(order, Step.ASK_RETURN, LAMPS, when, **RETURN)
    assert (asked.return_before, asked.return_due_at) == (Role.SUPERVISOR, at("2026-11-23 17:30"))
    for step in (Step.DECLINE_RETURN, Step.REDISPATCH):
        fields = {"lead_office_code": "housing"} if step is Step.REDISPATCH else {}
        with pytest.raises(Conflict, match="第二次退单由督查员裁定"):
            await desk.take(order, step, COORDINATOR, when, reason="x", **fields)
    await desk.sweep(at("2026-11-23 17:31"))
    assert DueKind.RULING_OVERDUE in await desk.kinds(order)
    await desk.take(order, Step.DECLINE_RETURN, SUPERVISOR, at("2026-11-23 18:00"), reason="维持原派")
    with pytest.raises(Conflict, match="已经裁定"):
        await desk.take(order, Step.ASK_RETURN, LAMPS, at("2026-11-23 18:00"), **RETURN)
    async with desk.sessions() as session:
        ruled = (await session.scalars(select(Precedent).where(Precedent.order_number == order.number))).all()
    assert [row.ruled_by for row in ruled] == [Role.COORDINATOR, Role.SUPERVISOR]
    assert {row.lead_office_code for row in ruled} == {"street-lighting"}


async def test_who_accepted_in_time_is_not_late_because_the_matter_is_called_otherwise_later(desk: Desk) -> None:
    order = await desk.lamp()
    when = at("2026-11-24 10:00")
    accepted = await desk.take(order, Step.ACCEPT, LAMPS, when)
    changed = await desk.take(order, Step.FILL_IN, COORDINATOR, when, kind="consultation")
    assert changed.finish_due_at == at("2026-11-20 17:30")
    assert changed.accept_due_at == accepted.accept_due_at
    await desk.sweep(at("2026-11-24 10:01"))
    assert await desk.kinds(order) == [DueKind.FINISH_WARNING]


async def test_a_return_comes_within_two_working_days_or_not_at_all(desk: Desk) -> None:
    order = await desk.lamp()
    with pytest.raises(Conflict, match="2个工作日内申请，11月24日 17:30已经截止"):
        await desk.take(order, Step.ASK_RETURN, LAMPS, at("2026-11-24 17:31"), **RETURN)
    with pytest.raises(BadInput, match="不能是本单位"):
        await desk.take(order, Step.ASK_RETURN, LAMPS, FRIDAY, **RETURN | {"suggested_office_code": "street-lighting"})


async def test_an_extension_is_asked_before_the_limit_granted_once_and_at_most_ten_days(desk: Desk) -> None:
    order = await desk.in_progress()
    when = at("2026-11-26 10:00")
    for until, error in [("2026-11-27 17:00", "应晚于现在的时限"), ("2026-12-11 17:31", "合计最多10个工作日")]:
        with pytest.raises(BadInput, match=error):
            await desk.take(order, Step.ASK_EXTENSION, LAMPS, when, promised_at=at(until).isoformat(), reason="等灯杆")
    until = at("2026-12-11 17:30")
    await desk.take(order, Step.ASK_EXTENSION, LAMPS, when, promised_at=until.isoformat(), reason="等灯杆")
    with pytest.raises(Conflict, match="还没有审批"):
        await desk.take(order, Step.ASK_EXTENSION, LAMPS, when, promised_at=until.isoformat(), reason="再等")
    granted = await desk.take(order, Step.GRANT_EXTENSION, COORDINATOR, when)
    assert (granted.finish_due_at, granted.extension_until_at) == (until, None)
    await desk.sweep(at("2026-12-01 10:00"))
    assert DueKind.FINISH_WARNING not in await desk.kinds(order)
    (row,), (period,) = await desk.rows(Extension, order), await desk.rows(CustodyPeriod, order)
    assert (row.verdict, period.extended, period.finish_due_at) == (Verdict.GRANTED, 1, until)
    await desk.sweep(at("2026-12-11 17:31"))
    assert DueKind.FINISH_WARNING in await desk.kinds(order)
    late = await desk.in_progress()
    with pytest.raises(Conflict, match="延期须在时限之前申请"):
        await desk.take(
            late, Step.ASK_EXTENSION, LAMPS, at("2026-11-27 17:31"), promised_at=until.isoformat(), reason="晚了"
        )
    with pytest.raises(Conflict, match="没有待审批的延期申请"):
        await desk.take(late, Step.GRANT_EXTENSION, COORDINATOR, when)


async def test_a_suspended_order_goes_on_by_itself_one_working_day_before_its_promise(desk: Desk) -> None:
    order = await desk.in_progress()
    promised = at("2026-12-07 17:30")  # a Monday
    await desk.take(order, Step.SUSPEND, COORDINATOR, FRIDAY, promised_at=promised.isoformat(), reason="要立项")
    await desk.sweep(at("2026-12-04 17:29"))
    assert (await desk.order(order)).state is State.SUSPENDED
    await desk.sweep(at("2026-12-04 17:31"))
    resumed = await desk.order(order)
    assert (resumed.state, resumed.finish_due_at, resumed.resume_at) == (State.IN_PROGRESS, promised, None)
    assert not [kind for kind in await desk.kinds(order) if kind.endswith("warning")]


async def test_an_order_before_a_leader_is_still_under_its_clock_and_comes_back_to_the_office(desk: Desk) -> None:
    order = await desk.in_progress()
    await desk.take(order, Step.ESCALATE, COORDINATOR, FRIDAY, reason="请批示")
    await desk.sweep(at("2026-11-27 17:31"))
    assert DueKind.FINISH_WARNING in await desk.kinds(order)
    back = await desk.take(order, Step.INSTRUCT, LEADER, at("2026-11-28 09:00"), instruction="今天办好")
    assert back.state is State.IN_PROGRESS
    async with desk.sessions() as session:
        listed = [
            assignment
            for assignment in await assignments_of(session, order.id)
            if assignment.recipient_code == "street-lighting"
        ]
    assert listed[-1].acknowledged_at is None
    assert listed[-1].created_at == at("2026-11-28 09:00")


async def test_a_co_office_answers_its_part_by_its_own_limit_and_the_lead_closes(desk: Desk) -> None:
    order = await desk.in_progress()
    with pytest.raises(BadInput, match="不能晚于主办时限"):
        await desk.take(
            order, Step.ADD_CO_OFFICES, LAMPS, FRIDAY, co_office_codes=["audit"], reason="核价",
            due_at=at("2026-11-28 09:00").isoformat(),
        )  # fmt: skip
    due = at("2026-11-24 12:00")
    await desk.take(
        order, Step.ADD_CO_OFFICES, LAMPS, FRIDAY, co_office_codes=["audit"], reason="核价", task="核对灯杆价格",
        due_at=due.isoformat(),
    )  # fmt: skip
    await desk.take(order, Step.ADD_CO_OFFICES, LAMPS, FRIDAY, co_office_codes=["housing"], reason="协助")
    parts = {part.office_code: part for part in (await desk.order(order)).co_offices}
    assert (parts["audit"].task, parts["audit"].due_at) == ("核对灯杆价格", due)
    assert parts["housing"].due_at == at("2026-11-26 17:30"), "one working day before the lead's limit"
    await desk.sweep(at("2026-11-24 12:01"))
    assert DueKind.PART_WARNING in await desk.kinds(order)
    await desk.take(order, Step.ANSWER_PART, AUDIT, at("2026-11-25 09:00"), note="价格合理")
    for actor, step, error in [
        (AUDIT, Step.ANSWER_PART, "已经作出协办答复"),
        (AUDIT, Step.REPLY, "由主办单位办理"),
        (LAMPS, Step.ANSWER_PART, "您的单位是主办单位"),
    ]:
        fields = {"done": "x", "public_answer": "x"} if step is Step.REPLY else {"note": "x"}
        with pytest.raises((Conflict, NotAllowed), match=error):
            await desk.take(order, step, actor, at("2026-11-25 09:01"), **fields)
    await desk.reply(order, at("2026-11-25 10:00"))
    await desk.sweep(at("2026-11-27 10:00"))
    assert (await desk.kinds(order)).count(DueKind.PART_WARNING) == 1, "the lead has answered for all"


async def test_a_urge_is_answered_in_time_or_shown_and_the_second_is_red(desk: Desk) -> None:
    order = await desk.in_progress()
    supervised = await desk.take(order, Step.SUPERVISE, SUPERVISOR, FRIDAY, reason="请说明进度")
    assert supervised.supervision_due_at == at("2026-11-23 17:30")
    await desk.sweep(at("2026-11-23 17:31"))
    assert DueKind.SUPERVISION_UNANSWERED in await desk.kinds(order)
    when = at("2026-11-24 09:00")
    due = at("2026-11-24 12:00").isoformat()
    await desk.take(order, Step.SUPERVISE, SUPERVISOR, when, reason="再次督办", due_at=due)
    await desk.take(order, Step.ANSWER_SUPERVISION, LAMPS, when, note="今天到货")
    first, second = await desk.rows(SupervisionOrder, order)
    assert (first.mark, second.mark) == (SupervisionMark.YELLOW, SupervisionMark.RED)
    assert (first.replaced_at, second.answer, second.answered_by) == (when, "今天到货", LAMPS.name)
    with pytest.raises(Conflict, match="没有待答复的督办"):
        await desk.take(order, Step.ANSWER_SUPERVISION, LAMPS, when, note="又答")


async def test_who_answered_in_time_and_is_sent_back_has_a_working_day_and_who_was_late_has_not(desk: Desk) -> None:
    order = await desk.in_progress()
    await desk.reply(order, at("2026-11-27 17:00"))
    await desk.take(order, Step.REVIEW, COORDINATOR, at("2026-11-27 17:10"))
    back = await desk.take(order, Step.SEND_BACK, COORDINATOR, at("2026-11-30 09:00"), reason="没有照片")
    assert back.finish_due_at == at("2026-12-01 17:30")
    await desk.sweep(at("2026-11-30 10:00"))
    assert DueKind.FINISH_WARNING not in await desk.kinds(order)
    late = await desk.in_progress()
    await desk.reply(late, at("2026-11-28 09:00"))
    await desk.take(late, Step.REVIEW, COORDINATOR, at("2026-11-28 09:10"))
    back = await desk.take(late, Step.SEND_BACK, COORDINATOR, at("2026-11-30 09:00"), reason="没有照片")
    assert back.finish_due_at == at("2026-11-27 17:30")
    assert (await desk.kinds(late)).count(DueKind.FINISH_WARNING) == 1


async def test_scorecards_count_every_turn_once_in_each_class(desk: Desk) -> None:
    begin = at("2026-08-03 10:00")
    done = await desk.in_progress(begin)
    await desk.reply(done, begin + dt.timedelta(days=1))
    await desk.take(done, Step.REVIEW, COORDINATOR, begin + dt.timedelta(days=1))
    await desk.take(done, Step.APPROVE, COORDINATOR, begin + dt.timedelta(days=1))
    answers = {"citizen_answered": True, "citizen_solved": True, "citizen_satisfied": False}
    await desk.take(done, Step.RECORD_FOLLOW_UP, AGENT, begin + dt.timedelta(days=2), **answers)
    await desk.lamp(begin)
    gone = await desk.lamp(begin)
    await desk.take(gone, Step.INVALIDATE, COORDINATOR, begin, reason="误报")
    await desk.sweep(at("2026-08-31 00:00"))
    async with desk.sessions() as session:
        (card,) = await scorecards(
            session, since=at("2026-08-01 00:00"), before=at("2026-09-01 00:00"), at=at("2026-08-31 00:00")
        )
    assert (card.office_code, card.month, card.received) == ("street-lighting", "2026-08", 3)
    assert (card.accepted_in_time, card.accept_overdue, card.accept_void) == (1, 1, 1)
    assert (card.finished_in_time, card.finish_overdue, card.finish_void) == (1, 1, 1)
    assert (card.asked, card.answered, card.solved, card.satisfied, card.warnings) == (1, 1, 1, 0, 2)


async def test_a_spot_check_can_be_drawn_again_and_proven(desk: Desk) -> None:
    begin = at("2026-07-06 10:00")
    for _ in range(3):
        order = await desk.in_progress(begin)
        await desk.reply(order, begin)
        await desk.take(order, Step.REVIEW, COORDINATOR, begin)
        await desk.take(order, Step.APPROVE, COORDINATOR, begin)
        await desk.take(order, Step.CLOSE, COORDINATOR, begin, reason="已办结")
    period = {"closed_from": at("2026-07-01 00:00"), "closed_before": at("2026-08-01 00:00")}
    async with transaction(desk.sessions) as session:
        with pytest.raises(NotAllowed):
            await draw_spot_check(session, desk.policy.times, actor=COORDINATOR, at=begin, **period)
        check = await draw_spot_check(session, desk.policy.times, actor=SUPERVISOR, at=at("2026-08-01 00:00"), **period)
    await desk.take(order, Step.REOPEN, COORDINATOR, at("2026-08-02 09:00"), reason="又坏了")
    async with transaction(desk.sessions) as session:
        kept = await get_spot_check(session, check.id)
        (pick,) = kept.picks
        proof = await prove(session, kept)
        assert proof.same_draw
        assert proof.same_population
        await record_finding(
            session, check.id, pick.number, actor=SUPERVISOR, finding="没有回访", offence=Offence.DELAYED, at=begin
        )
        with pytest.raises(Conflict):
            await record_finding(
                session, check.id, pick.number, actor=SUPERVISOR, finding="再查", offence=None, at=begin
            )
        pick.number = "QF20260706-9999-0"
        assert not (await prove(session, kept)).same_draw
        await session.rollback()


async def test_nothing_is_left_to_sweep_after_all_of_this(desk: Desk) -> None:
    end = at("2027-03-01 00:00")
    await desk.sweep(end)
    await desk.sweep(end + dt.timedelta(days=20))
    async with desk.sessions() as session:
        assert await session.scalar(select(func.count()).where(Order.next_due_at.is_not(None))) == 0
