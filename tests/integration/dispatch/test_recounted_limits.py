"""Limits that were counted before the next year's calendar was there, and then with it, on a real PostgreSQL."""

import asyncio
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core import clock
from core.bus import Bus
from core.clock import CITY_ZONE, in_city
from core.database import Sessions, transaction
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.clock.models import CustodyPeriod
from dispatch.kinds import Channel
from dispatch.notifications.contacts import add_contact
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Audience, NotificationChannel, Template
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order, OrderStep
from dispatch.orders.request_models import Return, SupervisionOrder
from dispatch.policy import Policy, load_policy
from dispatch.steps.take import get_order, history, take_step
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role, State, Step
from hotline.bridges import recounting
from hotline.bridges.recounting import corrections, recount_corrected, recount_limits
from hotline.jobs import jobs_of
from hotline.processes.worker import worker_tools
from hotline.runtime.durable_jobs import make_app, register
from hotline.runtime.runtime import Runtime
from telephony.monitoring.models import Alarm
from telephony.trouble_kinds import TroubleKind


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).astimezone(dt.UTC)


def shown(instant: dt.datetime | None) -> str:
    return f"{in_city(instant):%Y-%m-%d %H:%M}" if instant else ""


MONDAY = at("2027-12-27 10:00")
ENTERED = at("2027-12-27 16:00")
"""When the calendar of 2028 comes."""
SUPERVISOR = Actor(4, Role.SUPERVISOR, "督查员示例")
HOUSING = Actor(5, Role.OFFICE, "住建局示例", office_code="housing")
COORDINATOR = Actor(2, Role.COORDINATOR, "管理员示例")
AGENT = Actor(1, Role.AGENT, "接线员示例")
LAMPS = Actor(3, Role.OFFICE, "路灯所示例", office_code="street-lighting")
LAMP = {
    "kind": "complaint",
    "subject": "street-lamp",
    "title": "路灯不亮",
    "matter": "门口的路灯坏了",
    "place_town": "shuyuan",
    "no_place": "unclear",
    "citizen_phone": "13900001234",
}


@pytest.fixture(scope="module")
async def before(sessions: Sessions) -> Policy:
    """The city at the end of 2027: nobody has entered 2028 yet."""
    found = load_policy(Path(__file__).parents[3] / "deploy/city/qufu")
    async with transaction(sessions) as session:
        await import_city(session, found.city)
    calendar = replace(found.city.calendar, provisional_years=frozenset())
    return replace(found, city=replace(found.city, calendar=calendar))


def with_2028(policy: Policy, *rest_days: str, work_days: Sequence[str] = (), year: int = 2028) -> Policy:
    calendar = policy.city.calendar
    calendar = replace(
        calendar,
        years=calendar.years | {year},
        rest_days=calendar.rest_days | {dt.date.fromisoformat(day) for day in rest_days},
        work_days=calendar.work_days | {dt.date.fromisoformat(day) for day in work_days},
    )
    return replace(policy, city=replace(policy.city, calendar=calendar))


@pytest.fixture
def after(before: Policy) -> Policy:
    """The Tuesday after New Year is a holiday too, as nobody could know."""
    return with_2028(before, "2028-01-03", "2028-01-04")


ASKED = {
    "reason_code": "not_ours", "reason": "不是我单位的灯", "boundary": "权责清单", "suggested_office_code": "housing",
}  # fmt: skip


class Desk:
    def __init__(self, sessions: Sessions, policy: Policy) -> None:
        self.sessions, self.policy = sessions, policy

    @property
    def city(self) -> City:
        return self.policy.city

    async def lamp(self, when: dt.datetime = MONDAY, **more: Any) -> Order:
        async with transaction(self.sessions) as session:
            draft = await new_draft(session, self.city, channel=Channel.WEB, actor=AGENT, at=when)
        order = await self.take(draft, Step.REGISTER, AGENT, when, **LAMP | more)
        assert order.state is State.DISPATCHED
        return order

    async def take(self, order: Order, step: Step, actor: Actor, when: dt.datetime, **fields: Any) -> Order:
        async with transaction(self.sessions) as session:
            return await take_step(session, self.policy, order.id, step, actor=actor, at=when, fields=fields)

    async def order(self, order: Order) -> Order:
        async with self.sessions() as session:
            return await get_order(session, order.id)

    async def recounts(self, order: Order) -> list[OrderStep]:
        async with self.sessions() as session:
            return [row for row in await history(session, order.id) if row.step is Step.RECOUNT]

    async def notifications(self) -> list[Notification]:
        async with self.sessions() as session:
            wanted = (
                select(Notification).where(Notification.template == Template.LIMITS_MOVED).order_by(Notification.id)
            )
            return list(await session.scalars(wanted))

    async def recount(self, policy: Policy, when: dt.datetime = ENTERED) -> int:
        return await recount_limits(self.sessions, policy, "test", at=when)


@pytest.fixture
def desk(sessions: Sessions, before: Policy) -> Desk:
    return Desk(sessions, before)


async def test_limits_counted_without_the_years_calendar_are_put_right_when_it_comes(desk: Desk, after: Policy) -> None:
    order = await desk.lamp()
    assert [shown(order.accept_due_at), shown(order.finish_due_at)] == ["2027-12-30 17:30", "2028-01-04 17:30"]
    assert order.provisional_year == 2028
    assert await desk.recount(desk.policy) == 0, "the calendar is not there yet"
    assert await desk.recounts(order) == []
    assert await desk.recount(after) == 1
    found = await desk.order(order)
    assert [shown(found.accept_due_at), shown(found.finish_due_at)] == ["2027-12-30 17:30", "2028-01-05 17:30"]
    assert (found.provisional_limits, found.provisional_year) == ({}, None)
    assert found.next_due_at is not None
    (row,) = await desk.recounts(order)
    assert row.reason == (
        "2028年的放假调休安排已确定，暂定的时限重新计算：办结时限 2028年1月4日 17:30 → 2028年1月5日 17:30。"
    )
    assert row.actor_role is Role.SYSTEM
    assert row.details["limits"].keys() == {"finish_due_at"}
    async with desk.sessions() as session:
        assert (
            await session.scalar(select(CustodyPeriod.finish_due_at).where(CustodyPeriod.order_id == order.id))
            == found.finish_due_at
        )
    assert await desk.recount(after) == 0, "done once is done"
    assert len(await desk.recounts(order)) == 1


async def test_the_first_contact_and_the_time_to_accept_are_put_right_too(desk: Desk, after: Policy) -> None:
    friday, evening = at("2027-12-31 10:00"), at("2027-12-31 18:00")
    waits, accepted = await desk.lamp(friday), await desk.lamp(friday)
    accepted = await desk.take(accepted, Step.ACCEPT, LAMPS, friday)
    kept = accepted.accept_due_at
    assert shown(accepted.contact_due_at) == "2028-01-04 17:30"
    assert await desk.recount(after, evening) == 2
    waits, accepted = await desk.order(waits), await desk.order(accepted)
    assert shown(accepted.contact_due_at) == "2028-01-05 17:30"
    assert accepted.accept_due_at == kept, "who accepted in time did so"
    assert [shown(waits.accept_due_at), shown(waits.accept_final_at)] == ["2028-01-07 17:30"] * 2


async def test_a_date_that_a_person_set_stays(desk: Desk, after: Policy) -> None:
    extended, promised, untouched = await desk.lamp(), await desk.lamp(), await desk.lamp()
    until = at("2028-01-06 12:00")
    await desk.take(extended, Step.ASK_EXTENSION, LAMPS, MONDAY, promised_at=until.isoformat(), reason="等灯杆")
    await desk.take(extended, Step.GRANT_EXTENSION, COORDINATOR, MONDAY)
    assert promised.finish_due_at is not None
    same = promised.finish_due_at.isoformat()
    await desk.take(promised, Step.SUSPEND, COORDINATOR, MONDAY, promised_at=same, reason="要立项")
    await desk.recount(after)
    assert (await desk.order(extended)).finish_due_at == until
    assert shown((await desk.order(promised)).finish_due_at) == "2028-01-04 17:30", "the very instant, but promised"
    assert shown((await desk.order(untouched)).finish_due_at) == "2028-01-05 17:30"
    assert await desk.recounts(extended) == []
    assert await desk.recounts(promised) == []


async def test_a_new_time_to_do_it_again_is_counted_anew_from_when_it_was_sent_back(desk: Desk, after: Policy) -> None:
    order = await desk.lamp(at("2027-12-24 10:00"))
    await desk.take(order, Step.ACCEPT, LAMPS, MONDAY)
    await desk.take(order, Step.START, LAMPS, MONDAY)
    await desk.take(order, Step.REPLY, LAMPS, MONDAY, done="已换灯泡", public_answer="路灯已经修好。")
    await desk.take(order, Step.REVIEW, COORDINATOR, MONDAY)
    late = at("2027-12-31 18:00")
    back = await desk.take(order, Step.SEND_BACK, COORDINATOR, late, reason="还是不亮")
    assert shown(back.finish_due_at) == "2028-01-04 17:30"
    assert await desk.recount(after, late) == 1
    assert shown((await desk.order(order)).finish_due_at) == "2028-01-05 17:30"


async def test_nobody_becomes_late_because_a_calendar_came(desk: Desk) -> None:
    """Saturday the 1st is worked: the limit would have been then."""
    order = await desk.lamp()
    assert await desk.recount(with_2028(desk.policy, work_days=["2028-01-01"]), at("2028-01-02 10:00")) == 0
    found = await desk.order(order)
    assert shown(found.finish_due_at) == "2028-01-04 17:30"
    assert (found.provisional_year, found.version) == (None, order.version)


async def test_an_order_over_which_our_program_stumbles_stops_no_other(
    desk: Desk, after: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = await desk.lamp(), await desk.lamp()
    real = recounting.take_step

    async def stumbles(session: Any, policy: Policy, order_id: int, *what: Any, **more: Any) -> Order:
        done = await real(session, policy, order_id, *what, **more)
        if order_id == broken.id:
            raise ZeroDivisionError
        return done

    monkeypatch.setattr(recounting, "take_step", stumbles)
    monkeypatch.setattr(recounting, "_AT_ONCE", 1)
    assert await desk.recount(after) == 1
    assert shown((await desk.order(other)).finish_due_at) == "2028-01-05 17:30"
    assert shown((await desk.order(broken)).finish_due_at) == "2028-01-04 17:30", "its transaction was undone"
    async with desk.sessions() as session:
        assert await session.scalar(select(func.count()).where(Alarm.kind == TroubleKind.STUMBLED)) == 1
    monkeypatch.undo()
    assert await desk.recount(after) == 1
    assert len(await desk.recounts(broken)) == 1


async def test_the_workers_do_it_by_the_timetable(
    desk: Desk, engine: Any, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the provisional limit of a year that is far away, since the job goes by the clock on the wall."""
    order = await desk.lamp(at("2089-12-28 10:00"))
    assert order.provisional_year == 2089
    arranged = with_2028(with_2028(desk.policy, "2089-12-29", year=2089), year=2090)
    bus = Bus(database_url)
    listening = spawn(bus.run(), name="bus")
    try:
        parts = Runtime(
            Settings(var=tmp_path), database_url, engine, desk.sessions, bus, listening, PolicyHolder(arranged)
        )
        app = make_app(database_url)
        register(app, [job for job in jobs_of("records") if job.period], worker_tools(app, parts))
        async with app.open_async():
            assert recounting.RECOUNT in {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
            await app.configure_task(recounting.RECOUNT).defer_async(timestamp=0)
            await app.run_worker_async(queues=["records"], wait=False, install_signal_handlers=False)
    finally:
        await cancel(listening)
    found = await desk.order(order)
    assert order.finish_due_at is not None
    assert found.finish_due_at is not None
    assert found.finish_due_at > order.finish_due_at
    assert found.provisional_year is None
    assert found.updated_at <= clock.now()


async def test_shares_of_co_offices_follow_the_orders_limit_but_for_those_answered_or_set_by_hand(
    desk: Desk, after: Policy
) -> None:
    tuesday = at("2027-12-28 10:00")
    shared, answered, by_hand = [await desk.lamp(tuesday) for _ in range(3)]
    more = {"co_office_codes": ["housing"], "reason": "请协办"}
    same = at("2028-01-04 17:30")
    await desk.take(shared, Step.ADD_CO_OFFICES, COORDINATOR, tuesday, **more)
    await desk.take(answered, Step.ADD_CO_OFFICES, COORDINATOR, tuesday, **more)
    await desk.take(answered, Step.ANSWER_PART, HOUSING, tuesday, note="已配合")
    await desk.take(by_hand, Step.ADD_CO_OFFICES, COORDINATOR, tuesday, due_at=same.isoformat(), **more)
    assert await desk.recount(after) == 3
    due = [(await desk.order(order)).co_offices[0].due_at for order in (shared, answered, by_hand)]
    assert [shown(one) for one in due] == ["2028-01-05 17:30", "2028-01-04 17:30", "2028-01-04 17:30"]
    (row,) = await desk.recounts(shared)
    assert row.details["limits"].keys() == {"finish_due_at", "part/housing"}
    assert "协办时限 2028年1月4日 17:30 → 2028年1月5日 17:30" in row.reason


async def test_a_ruling_a_supervision_order_and_a_suspended_order_follow_the_calendar(
    desk: Desk, after: Policy
) -> None:
    evening = at("2027-12-31 10:00")
    ruled, supervised, by_hand, still = [await desk.lamp(at("2027-12-30 10:00")) for _ in range(4)]
    await desk.take(ruled, Step.ASK_RETURN, LAMPS, evening, **ASKED)
    await desk.take(ruled, Step.DECLINE_RETURN, COORDINATOR, evening, reason="由你单位主办")
    ruled = await desk.take(ruled, Step.ASK_RETURN, LAMPS, evening, **ASKED)
    supervised = await desk.take(supervised, Step.SUPERVISE, SUPERVISOR, evening, reason="请抓紧")
    assert supervised.supervision_due_at is not None
    counted = supervised.supervision_due_at.isoformat()
    by_hand = await desk.take(by_hand, Step.SUPERVISE, SUPERVISOR, evening, reason="请抓紧", due_at=counted)
    until = at("2028-01-06 12:00").isoformat()
    still = await desk.take(still, Step.SUSPEND, COORDINATOR, evening, promised_at=until, reason="要立项")
    before = [ruled.return_due_at, supervised.supervision_due_at, by_hand.supervision_due_at, still.resume_at]
    assert [shown(one) for one in before] == ["2028-01-04 17:30"] * 3 + ["2028-01-05 12:00"]
    later = with_2028(desk.policy, "2028-01-03", "2028-01-04", "2028-01-05")
    await desk.recount(later, evening)
    ruled, supervised, by_hand, still = [await desk.order(order) for order in (ruled, supervised, by_hand, still)]
    now = [ruled.return_due_at, supervised.supervision_due_at, by_hand.supervision_due_at]
    assert [shown(one) for one in now] == ["2028-01-06 17:30", "2028-01-06 17:30", "2028-01-04 17:30"]
    assert still.resume_at is not None
    assert shown(still.resume_at) == "2027-12-31 12:00"
    assert still.promised_at == dt.datetime.fromisoformat(until)
    async with desk.sessions() as session:
        assert (
            await session.scalar(select(SupervisionOrder.due_at).where(SupervisionOrder.order_id == supervised.id))
            == supervised.supervision_due_at
        )
        asked = select(Return.due_at).where(Return.order_id == ruled.id, Return.nth == 2)
        assert await session.scalar(asked) == ruled.return_due_at


async def test_an_office_is_told_once_of_all_its_orders_though_the_recount_was_killed(
    desk: Desk, after: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with transaction(desk.sessions) as session:
        await add_contact(
            session, desk.city, Audience.OFFICE, "street-lighting", NotificationChannel.EMAIL, "lamps@example.cn",
            secret="", by="吕", at=MONDAY,
        )  # fmt: skip
    orders = [await desk.lamp() for _ in range(25)]
    real, done = recounting.take_step, 0

    class Killed(BaseException):
        pass

    async def dies(*what: Any, **more: Any) -> Order:
        nonlocal done
        done += 1
        if done == 11:
            raise Killed
        return await real(*what, **more)

    monkeypatch.setattr(recounting, "take_step", dies)
    with pytest.raises(Killed):
        await desk.recount(after)
    monkeypatch.undo()
    assert await desk.notifications() == [], "nothing is told by halves"
    await asyncio.gather(*(desk.recount(after) for _ in range(2)))
    assert await desk.recount(after) == 0
    result = await desk.notifications()
    assert 1 <= len(result) <= 2, "two at once tell each order once"
    assert sum(int(found[1]) for one in result if (found := re.search(r"(\d+)张工单", one.text))) == len(orders)
    assert [len(await desk.recounts(order)) for order in orders] == [1] * len(orders)
    assert "2028" not in result[0].text
    assert "1月5日 17:30" in result[0].text


async def test_a_calendar_that_is_corrected_after_it_was_arranged_moves_limits_when_an_operator_says_so(
    desk: Desk, after: Policy
) -> None:
    """The 4th was entered as a holiday by mistake, and the 5th forgotten."""
    mistaken = Desk(desk.sessions, after)
    monday, evening = at("2027-12-27 10:00"), at("2027-12-27 16:00")
    order, extended, accepted = [await mistaken.lamp(monday) for _ in range(3)]
    assert (shown(order.finish_due_at), order.provisional_year) == ("2028-01-05 17:30", None)
    until = at("2028-01-07 12:00")
    await mistaken.take(extended, Step.ASK_EXTENSION, LAMPS, monday, promised_at=until.isoformat(), reason="等灯杆")
    await mistaken.take(extended, Step.GRANT_EXTENSION, COORDINATOR, monday)
    await mistaken.take(accepted, Step.ACCEPT, LAMPS, monday)
    corrected = with_2028(desk.policy, "2028-01-03", "2028-01-05")
    assert await recount_limits(desk.sessions, corrected, "test", at=evening) == 0, "nothing by itself"
    mine = {one.number: one for one in (order, extended, accepted)}
    found = [one for one in await corrections(desk.sessions, corrected, at=evening) if one.number in mine]
    result = "办结时限 2028年1月5日 17:30 → 2028年1月4日 17:30"
    assert [one.number for one in found] == [order.number, accepted.number]
    assert all(result in one.moves for one in found)
    assert await desk.recounts(order) == [], "looking changes nothing"

    assert await recount_corrected(desk.sessions, corrected, at=evening) >= 2
    assert shown((await desk.order(order)).finish_due_at) == "2028-01-04 17:30"
    assert (await desk.order(extended)).finish_due_at == until
    (row,) = await desk.recounts(order)
    assert row.reason.startswith("工作日历有更正，时限重新计算：")
    assert result in row.reason
    assert (await desk.order(order)).recount_not_notified == ["street-lighting"]
    await recount_limits(desk.sessions, corrected, "test", at=evening)
    assert (await desk.order(order)).recount_not_notified == [], "the office was notified"
    assert await corrections(desk.sessions, corrected, at=evening) == []
    assert await recount_corrected(desk.sessions, after, at=evening) >= 2, "a correction may be corrected"
    assert shown((await desk.order(order)).finish_due_at) == "2028-01-05 17:30"


async def test_a_recount_by_an_operator_that_was_killed_goes_on_where_it_stopped(
    desk: Desk, after: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistaken = Desk(desk.sessions, after)
    orders = [await mistaken.lamp() for _ in range(4)]
    corrected = with_2028(desk.policy, "2028-01-03")
    real, done = recounting.take_step, 0

    class Killed(BaseException):
        pass

    async def killed(*what: Any, **more: Any) -> Order:
        nonlocal done
        done += 1
        if done == 3:
            raise Killed
        return await real(*what, **more)

    monkeypatch.setattr(recounting, "take_step", killed)
    with pytest.raises(Killed):
        await recount_corrected(desk.sessions, corrected, at=ENTERED)
    monkeypatch.undo()
    await recount_corrected(desk.sessions, corrected, at=ENTERED)
    assert [len(await desk.recounts(order)) for order in orders] == [1] * 4
