"""Reachability checks from the schedule to the coordinator: over the real senders, against gateways on loopback."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import InternalError, ProgrammingError

from core.clock import CITY_ZONE
from core.database import Sessions, transaction
from core.errors import Conflict
from core.sections.notifications import NotificationsSettings
from dispatch.channels.senders import make_senders
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.crews.shifts import start_shift
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.kinds import Channel
from dispatch.notifications import contacts
from dispatch.notifications.models import Contact, Notification
from dispatch.notifications.rules import Audience, NotificationChannel, NotificationState, Template
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.policy import Policy
from dispatch.reachability.checks import begin_now, load_pasts, load_targets
from dispatch.reachability.models import ReachabilityAlarm, ReachabilityCheck
from dispatch.reachability.rounds import begin_due, open_alarms, raise_alarms, see_alarms, settle
from dispatch.reachability.rules import PastChecks, Reachability, ReachabilityMeans, ReachabilityResult
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from tests.support.gateways import Gateway, http_gateway
from web.notifications.reachability import reachability_list

FRIDAY = dt.datetime(2026, 11, 20, 10, 0, tzinfo=CITY_ZONE).astimezone(dt.UTC)
MONTH = dt.timedelta(days=28)
AGENT = Actor(1, Role.AGENT, "接线员示例")


@dataclass
class Town:
    """A city that is no sample, whose offices and crews are notified through one gateway."""

    sessions: Sessions
    policy: Policy
    gateway: Gateway
    now: dt.datetime = FRIDAY

    @property
    def city(self) -> City:
        return self.policy.city

    def sending(self, **settings: Any) -> Sending:
        senders = make_senders(NotificationsSettings(**{"wecom_url": f"{self.gateway.url}/wecom"} | settings))
        return Sending(self.sessions, self.policy, senders, lambda: self.now, b"key", "https://line.example.cn")

    async def add(
        self, audience: Audience, code: str = "", channel: NotificationChannel = NotificationChannel.WECOM
    ) -> Contact:
        address = "13800000042" if channel is NotificationChannel.SMS else f"robot-of-{audience}-{code}"
        async with transaction(self.sessions) as session:
            return await contacts.add_contact(
                session, self.city, audience, code, channel, address, secret="", by="吕", at=self.now
            )

    async def begin(self) -> int:
        async with transaction(self.sessions) as session:
            return await begin_due(
                session, self.city, self.policy.reachability, self.policy.crews, self.policy.notifications, at=self.now
            )

    async def send(self, **settings: Any) -> None:
        """What the workers do with all notifications that wait."""
        async with self.sessions() as session:
            waiting = (
                await session.scalars(select(Notification.id).where(Notification.state == NotificationState.WAITING))
            ).all()
        for notification_id in waiting:
            await send_notification(self.sending(**settings), notification_id)

    async def settle(self) -> None:
        async with transaction(self.sessions) as session:
            await settle(session, self.policy.reachability, at=self.now)

    async def alarms(self) -> list[str]:
        """What is new."""
        async with transaction(self.sessions) as session:
            return [
                target.subject
                for target in await raise_alarms(session, self.city, self.policy.notifications, at=self.now)
            ]

    async def round(self, **settings: Any) -> list[str]:
        """Begin, send, settle, alarm."""
        await self.begin()
        await self.send(**settings)
        await self.settle()
        return await self.alarms()

    async def past(self, contact: Contact) -> PastChecks:
        async with self.sessions() as session:
            return (await load_pasts(session)).get(f"contact-{contact.id}", PastChecks())

    async def tests(self) -> list[ReachabilityCheck]:
        async with self.sessions() as session:
            return list(await session.scalars(select(ReachabilityCheck).order_by(ReachabilityCheck.id)))


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[Gateway]:
    async with http_gateway() as made:
        yield made


@pytest.fixture
async def town(sessions: Sessions, policy: Policy, gateway: Gateway) -> Town:
    """Where messages to offices and crews alone are tested by plan; nothing was yet."""
    async with transaction(sessions) as session:
        await import_city(session, policy.city)
        await session.execute(
            text(
                "TRUNCATE reachability_checks, reachability_alarms, notification_attempts, notifications, contacts"
                " CASCADE"
            )
        )
    tested = (Audience.OFFICE, ReachabilityMeans.MESSAGE), (Audience.UNIT, ReachabilityMeans.MESSAGE)
    plans = {key: policy.reachability.plans[key] for key in tested}
    gateway.status, gateway.body = 200, {"errcode": 0}
    gateway.got.clear()
    real = replace(policy.city, sample=False)
    return Town(sessions, replace(policy, city=real, reachability=replace(policy.reachability, plans=plans)), gateway)


async def test_each_contact_is_told_once_in_its_time_and_what_came_of_it_is_known(town: Town) -> None:
    office = await town.add(Audience.OFFICE, "housing")
    crew = await town.add(Audience.UNIT, "unit-01")
    assert await town.begin() == 2
    assert await town.begin() == 0, "they are being tested"
    await town.send()
    assert sorted(one["text"]["content"].split("发给")[1].split("的测试")[0] for one in town.gateway.got) == sorted(
        [town.city.offices["housing"].name, town.city.units["unit-01"].name]
    )
    past = await town.past(office)
    assert (past.result, past.reached_at, past.checking) == (ReachabilityResult.TAKEN, FRIDAY, False)
    assert await town.alarms() == []
    town.now += dt.timedelta(days=7)
    assert await town.begin() == 1, "the crew is tested each week"
    assert (await town.past(crew)).checking
    async with town.sessions() as session:
        result = await reachability_list(session, town.policy, FRIDAY + 3 * MONTH)
    by_contact = {one.contact_id: one.status for one in result.targets}
    assert by_contact[office.id] is Reachability.OLD
    assert (len(result.unlisted_offices), len(result.unlisted_units)) == (100, 33)


async def test_the_invented_numbers_of_a_sample_city_are_tested_by_hand_only(town: Town) -> None:
    contact = await town.add(Audience.OFFICE, "housing")
    rules, sample = town.policy, replace(town.city, sample=True)
    async with transaction(town.sessions) as session:
        assert await begin_due(session, sample, rules.reachability, rules.crews, rules.notifications, at=FRIDAY) == 0
        mine = [one for one in await load_targets(session, sample) if one.contact]
        assert await begin_now(session, sample, rules.notifications, mine, by="周", at=FRIDAY) == 1
    async with transaction(town.sessions) as session:
        with pytest.raises(Conflict, match="正在测试"):
            await begin_now(session, sample, rules.notifications, mine, by="周", at=FRIDAY)
    assert (await town.past(contact)).checking


async def test_what_fails_alarms_the_coordinator_once_until_it_was_reached_again(town: Town) -> None:
    contact = await town.add(Audience.OFFICE, "housing")
    await town.add(Audience.COORDINATOR)
    mine = f"contact-{contact.id}"
    town.gateway.status = 403
    assert await town.round() == [mine]
    past = await town.past(contact)
    assert past.result is ReachabilityResult.FAILED
    assert "403" in past.said
    async with town.sessions() as session:
        notifications = (await session.scalars(select(Notification).order_by(Notification.id))).all()
        result = await reachability_list(session, town.policy, town.now)
    assert [(one.template, one.state) for one in notifications] == [
        (Template.REACHABILITY_CHECK, NotificationState.DROPPED), (Template.UNREACHABLE, NotificationState.WAITING),
    ]  # fmt: skip
    assert f"{town.city.offices['housing'].name}的企业微信" in notifications[1].text
    assert (result.targets[0].subject, result.targets[0].alarm, "机器人" in result.targets[0].mend) == (
        mine,
        True,
        True,
    )
    async with transaction(town.sessions) as session:
        await see_alarms(session, by="周示例", at=town.now)
    for _ in range(2):
        town.now += dt.timedelta(days=3)  # Monday, Thursday
        assert await town.round() == [], "it is known already"
    town.gateway.status = 200
    town.now += dt.timedelta(days=1)
    await town.round()
    assert (await town.past(contact)).reached_at == town.now
    town.gateway.status = 403
    town.now += MONTH
    assert await town.round() == [mine]
    town.gateway.status = 200
    town.now += dt.timedelta(days=3)
    await town.round()
    async with town.sessions() as session:
        assert await open_alarms(session) == [], "reached again"
        assert len((await session.scalars(select(ReachabilityAlarm))).all()) == 2


async def test_a_channel_that_is_not_set_up_is_found_and_said_without_its_setting(town: Town) -> None:
    contact = await town.add(Audience.UNIT, "unit-02", NotificationChannel.SMS)
    assert await town.round() == [f"contact-{contact.id}"]
    said = (await town.past(contact)).said
    assert "没有设置这个渠道，请联系系统管理员" in said
    assert "HOTLINE_" not in said, "coordinators read it; the setting stands on 运行状态"


async def test_without_an_answer_in_time_it_has_failed_and_is_not_sent_hours_later(town: Town) -> None:
    contact = await town.add(Audience.OFFICE, "housing")
    town.gateway.status = 503
    await town.begin()
    await town.send()
    await town.settle()
    assert (await town.past(contact)).checking, "it is tried again"
    town.now += dt.timedelta(minutes=town.policy.reachability.answer_minutes)
    await town.settle()
    assert (await town.past(contact)).result is ReachabilityResult.FAILED
    town.gateway.status = 200
    await town.send()
    assert len(town.gateway.got) == 1


async def test_a_contact_that_is_taken_out_meanwhile_has_no_result_and_its_alarm_is_over(town: Town) -> None:
    contact = await town.add(Audience.OFFICE, "housing")
    town.gateway.status = 403
    await town.round()
    town.now += dt.timedelta(days=3)
    await town.begin()
    async with transaction(town.sessions) as session:
        await contacts.remove_contact(session, contact.id, by="吕", at=town.now)
    await town.settle()
    await town.send()
    assert await town.alarms() == []
    assert [test.result for test in await town.tests()] == [ReachabilityResult.FAILED, ReachabilityResult.CALLED_OFF]
    assert len(town.gateway.got) == 1
    async with town.sessions() as session:
        assert await open_alarms(session) == []


async def test_two_workers_begin_a_test_once_and_a_round_that_dies_has_done_nothing(town: Town) -> None:
    await town.add(Audience.OFFICE, "housing")
    async with town.sessions() as died:
        await begin_due(
            died, town.city, town.policy.reachability, town.policy.crews, town.policy.notifications, at=town.now
        )
        await died.rollback()
    assert await town.tests() == []
    begun = await asyncio.gather(*(town.begin() for _ in range(4)))
    assert sorted(begun) == [0, 0, 0, 1]
    assert len(await town.tests()) == 1


async def test_what_has_ended_is_never_rewritten(town: Town) -> None:
    await town.add(Audience.OFFICE, "housing")
    await town.round()
    for change in ("UPDATE reachability_checks SET said = ''", "DELETE FROM reachability_checks"):
        with pytest.raises((InternalError, ProgrammingError), match="never rewritten"):
            async with transaction(town.sessions) as session:
                await session.execute(text(change))


async def test_a_crew_is_tested_on_its_shift_and_not_while_an_order_is_laid_before_it(
    town: Town, policy: Policy
) -> None:
    every = replace(town.policy, reachability=replace(policy.reachability, at_once=100))
    lamp = {
        "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "灯坏了", "place_town": "lucheng",
        "no_place": "unclear",
    }  # fmt: skip
    async with transaction(town.sessions) as session:
        crew = Actor(11, Role.UNIT, "郑示例", unit_code="unit-02")
        await start_shift(session, every.crews, crew, at=FRIDAY - dt.timedelta(days=2))
        draft = await new_draft(session, every.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone="", at=FRIDAY)
        await take_step(session, every, draft.id, Step.REGISTER, actor=AGENT, at=FRIDAY, fields=lamp)
    async with transaction(town.sessions) as session:
        assert (
            await begin_due(session, every.city, every.reachability, every.crews, every.notifications, at=FRIDAY) == 32
        )
    assert {test.means for test in await town.tests()} == {ReachabilityMeans.PHONE}
    assert not {"unit-01", "unit-02"} & {test.code for test in await town.tests()}
    async with transaction(town.sessions) as session:
        mine = [one for one in await load_targets(session, every.city) if one.code == "unit-01"]
        with pytest.raises(Conflict, match="正在派单"):
            await begin_now(session, every.city, every.notifications, mine, by="周", at=FRIDAY)
    town.now += dt.timedelta(hours=1)
    await town.settle()
    assert {test.result for test in await town.tests()} == {ReachabilityResult.CALLED_OFF}, "the line was away"
