"""Notices from their cause to the other side: in one transaction, tried again, given up, held, resent, never lost."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import InternalError, ProgrammingError

from core import clock
from core.clock import CITY_ZONE
from core.database import Sessions, transaction
from core.errors import BadInput, Conflict
from core.sections.notifications import NotificationsSettings
from dispatch.channels.senders import make_senders
from dispatch.citizens.outgoing import about_orders
from dispatch.city.organisation import import_city
from dispatch.city.records import City
from dispatch.jobs.overdue import sweep
from dispatch.jobs.send_notifications import Sending, send_notification, wake
from dispatch.kinds import Channel
from dispatch.notifications import contacts
from dispatch.notifications.models import Notification, NotificationAttempt
from dispatch.notifications.queue import (
    LinkToSend,
    drop,
    get_notification,
    list_notifications,
    queue_notification,
    resend,
)
from dispatch.notifications.rules import Audience, NotificationChannel, NotificationState, Template
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.families.followers import interested_in
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.workflow import Role, Step
from hotline.jobs import JOBS
from hotline.runtime.durable_jobs import make_app, register, take_back
from hotline.runtime.job_tools import WorkerTools
from tests.support.gateways import Gateway, http_gateway

AGENT = Actor(1, Role.AGENT, "接线员示例")
COORDINATOR = Actor(2, Role.COORDINATOR, "管理员示例")
SUPERVISOR = Actor(6, Role.SUPERVISOR, "督查示例")
LAMPS = Actor(3, Role.OFFICE, "路灯所示例", office_code="street-lighting")
LAMP = {
    "kind": "help", "subject": "street-lamp", "title": "路灯不亮", "matter": "灯坏了", "place_town": "shuyuan",
    "no_place": "unclear",
}  # fmt: skip
MORNING = dt.datetime(2026, 11, 20, 10, 0, tzinfo=CITY_ZONE).astimezone(dt.UTC)


@dataclass
class Town:
    """Orders, their notifications, and one HTTP gateway for all of them."""

    sessions: Sessions
    policy: Policy
    gateway: Gateway
    now: dt.datetime = MORNING

    @property
    def city(self) -> City:
        return self.policy.city

    def sending(self, **settings: Any) -> Sending:
        """With SMS and WeCom set up at the gateway, unless stated otherwise."""
        known = {"sms_url": f"{self.gateway.url}/sms", "wecom_url": f"{self.gateway.url}/wecom"} | settings
        senders = make_senders(NotificationsSettings(**known))
        return Sending(self.sessions, self.policy, senders, lambda: self.now, b"key", "https://line.example.cn")

    async def order(self, phone: str = "13800000042", **more: Any) -> Order:
        async with transaction(self.sessions) as session:
            draft = await new_draft(
                session, self.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone=phone, at=self.now
            )
        return await self.take(draft, Step.REGISTER, AGENT, **LAMP | more)

    async def take(self, order: Order, step: Step, actor: Actor, **fields: Any) -> Order:
        async with transaction(self.sessions) as session:
            return await take_step(session, self.policy, order.id, step, actor=actor, at=self.now, fields=fields)

    async def add(
        self, audience: Audience, code: str = "", channel: NotificationChannel = NotificationChannel.WECOM
    ) -> None:
        async with transaction(self.sessions) as session:
            await contacts.add_contact(
                session,
                self.city,
                audience,
                code,
                channel,
                f"robot-of-{audience}{code}",
                secret="",
                by="吕",
                at=self.now,
            )

    async def of(self, order: Order) -> Sequence[Notification]:
        """Oldest first."""
        async with self.sessions() as session:
            return list(reversed(await list_notifications(session, order_id=order.id, limit=50)))

    async def notified(self, order: Order) -> list[tuple[str, str]]:
        return [(notification.audience.value, notification.template.value) for notification in await self.of(order)]

    async def send(self, notification: Notification, **settings: Any) -> Notification:
        await send_notification(self.sending(**settings), notification.id)
        async with self.sessions() as session:
            return await get_notification(session, notification.id)


@pytest.fixture(scope="module")
async def town(sessions: Sessions, policy: Policy) -> AsyncIterator[Town]:
    async with transaction(sessions) as session:
        await import_city(session, policy.city)
    async with http_gateway() as gateway:
        made = Town(sessions, policy, gateway)
        for audience, code in (
            (Audience.OFFICE, "street-lighting"),
            (Audience.COORDINATOR, ""),
            (Audience.SUPERVISOR, ""),
            (Audience.LEADER, ""),
        ):
            await made.add(audience, code)
        yield made


@pytest.fixture(autouse=True)
def fresh(town: Town) -> None:
    town.now = MORNING
    town.gateway.status, town.gateway.body = 200, {"errcode": 0}
    town.gateway.raw_answer, town.gateway.silent, town.gateway.retry_after = None, False, ""
    town.gateway.answers.clear()
    town.gateway.got.clear()


async def test_a_registered_citizen_and_the_office_that_has_the_order_are_told(town: Town) -> None:
    order = await town.order()
    assert await town.notified(order) == [("citizen", "order_registered"), ("office", "new_order")]
    citizen, office = await town.of(order)
    assert (citizen.channel, citizen.address) == (NotificationChannel.SMS, "13800000042")
    assert order.number in citizen.text
    sent = await town.send(citizen)
    assert (sent.state, sent.sent_at, sent.next_try_at) == (NotificationState.SENT, MORNING, None)
    assert [attempt.outcome for attempt in sent.attempts] == ["sent"]
    assert town.gateway.got == [{"id": f"notification-{citizen.id}", "to": "13800000042", "text": citizen.text}]
    await town.send(office)
    assert order.title in town.gateway.got[1]["text"]["content"]
    await town.send(citizen)
    assert len(town.gateway.got) == 2, "what was sent is not sent again"


async def test_who_cannot_read_a_text_message_gets_none(town: Town) -> None:
    for phone in ("", "0537-4411000", "anonymous"):
        assert await town.notified(await town.order(phone)) == [("office", "new_order")]


async def test_a_step_that_is_rolled_back_leaves_no_notification(town: Town) -> None:
    async with town.sessions() as session:
        before = (await session.scalars(select(Notification.id).order_by(Notification.id.desc()).limit(1))).one()
        draft = await new_draft(
            session, town.city, channel=Channel.HOTLINE, actor=AGENT, citizen_phone="13800000042", at=MORNING
        )
        await take_step(session, town.policy, draft.id, Step.REGISTER, actor=AGENT, at=MORNING, fields=LAMP)
        await session.rollback()
        assert (await session.scalars(select(Notification.id).where(Notification.id > before))).all() == []
        jobs = "SELECT count(*) FROM procrastinate_jobs WHERE (args->>'notification_id')::int > :before"
        assert await session.scalar(text(jobs), {"before": before}) == 0


async def test_the_life_of_an_order_is_told_to_whom_it_concerns(town: Town) -> None:
    order = await town.order()
    await town.take(order, Step.SUPERVISE, SUPERVISOR, reason="群众着急")
    await town.take(order, Step.ACCEPT, LAMPS)
    await town.take(order, Step.START, LAMPS)
    await town.take(order, Step.ESCALATE, COORDINATOR, reason="涉及多部门")
    await town.take(order, Step.INSTRUCT, Actor(7, Role.LEADER, "领导示例"), instruction="速办")
    for _ in range(2):
        await town.take(order, Step.REPLY, LAMPS, done="换灯", public_answer="路灯已经修好。")
        await town.take(order, Step.REVIEW, COORDINATOR)
        if _ == 0:
            await town.take(order, Step.SEND_BACK, COORDINATOR, reason="请附照片")
            await town.take(order, Step.START, LAMPS)
    await town.take(order, Step.APPROVE, COORDINATOR)
    assert await town.notified(order) == [
        ("citizen", "order_registered"),
        ("office", "new_order"),
        ("office", "supervised"),
        ("leader", "escalated"),
        ("office", "instructed"),
        ("office", "sent_back"),
        ("citizen", "order_finished"),
    ]
    assert "路灯已经修好。" in (await town.of(order))[-1].text


async def test_what_fell_due_is_told_once_to_the_office_and_the_supervisor(town: Town) -> None:
    order = await town.order()
    late = MORNING + dt.timedelta(days=20)
    for _ in range(2):
        await sweep(town.sessions, town.policy, at=late)
    result = (await town.notified(order))[2:]
    assert sorted(result) == sorted(
        [
            ("office", "warning"),
            ("office", "accountability"),
            ("supervisor", "accountability"),
            ("office", "warning"),
            ("office", "accountability"),
            ("supervisor", "accountability"),
        ]
    )


async def test_who_waits_for_another_order_is_told_and_that_he_was_is_in_his_orders_history(town: Town) -> None:
    main, other = await town.order(), await town.order("13900000777")
    await town.take(other, Step.MERGE, COORDINATOR, merged_into=main.number, reason="同一盏灯")
    await town.take(main, Step.ACCEPT, LAMPS)
    await town.take(main, Step.START, LAMPS)
    await town.take(main, Step.REPLY, LAMPS, done="换灯", public_answer="路灯已经修好。")
    await town.take(main, Step.REVIEW, COORDINATOR)
    await town.take(main, Step.APPROVE, COORDINATOR)
    assert (await town.notified(other))[2:] == [("citizen", "joined"), ("citizen", "joined_finished")]
    finished = (await town.of(other))[-1]
    assert other.number in finished.text
    assert main.number in finished.text
    await town.send(finished)
    async with town.sessions() as session:
        (one,) = await interested_in(session, main.id)
    assert one.notified_at == MORNING


async def test_a_gateway_that_fails_is_tried_again_with_growing_pauses_until_it_is_given_up(town: Town) -> None:
    citizen = (await town.of(await town.order()))[0]
    town.gateway.status = 503
    town.now = MORNING
    for minutes in town.policy.notifications.retry_minutes[:3]:
        citizen = await town.send(citizen)
        assert citizen.state is NotificationState.WAITING
        assert citizen.next_try_at == town.now + dt.timedelta(minutes=minutes)
        await town.send(citizen, sms_url="")
        town.now = citizen.next_try_at
    rules = town.policy.notifications
    rest = replace(town.policy, notifications=replace(rules, retry_minutes=rules.retry_minutes[:3]))
    await send_notification(replace(town.sending(), policy=rest), citizen.id)
    async with town.sessions() as session:
        dead = await get_notification(session, citizen.id)
    assert (dead.state, dead.next_try_at, dead.tries) == (NotificationState.DEAD, None, 4)
    assert "503" in dead.why
    assert [attempt.outcome for attempt in dead.attempts] == ["failed"] * 4
    assert [attempt.next_try_at is None for attempt in dead.attempts] == [False, False, False, True]
    async with transaction(town.sessions) as session:
        await resend(session, dead.id, by="周示例", at=town.now)
    town.gateway.status = 200
    sent = await town.send(dead)
    assert sent.state is NotificationState.SENT
    assert [attempt.outcome for attempt in sent.attempts][4:] == ["resent", "sent"]
    assert sent.attempts[4].by == "周示例"


async def test_what_is_refused_for_good_is_not_tried_again(town: Town) -> None:
    citizen = (await town.of(await town.order()))[0]
    town.gateway.status = 403
    citizen = await town.send(citizen)
    assert (citizen.state, citizen.tries) == (NotificationState.DEAD, 1)


async def test_a_channel_that_is_not_set_up_holds_its_notification_until_it_is(town: Town) -> None:
    citizen = (await town.of(await town.order()))[0]
    held = await town.send(citizen, sms_url="")
    assert held.state is NotificationState.HELD
    assert "没有设置这个渠道" in held.why
    assert held.attempts == []
    await wake(town.sending(sms_url=""))
    async with town.sessions() as session:
        assert (await get_notification(session, citizen.id)).state is NotificationState.HELD
    assert await wake(town.sending()) >= 1
    assert (await town.send(citizen)).state is NotificationState.SENT


async def test_what_was_held_too_long_is_ended_instead_of_surprising_people(town: Town) -> None:
    citizen = (await town.of(await town.order()))[0]
    await town.send(citizen, sms_url="")
    town.now += dt.timedelta(hours=town.policy.notifications.keep_hours + 1)
    await wake(town.sending(sms_url=""))
    ended = await town.send(citizen)
    assert ended.state is NotificationState.EXPIRED
    assert town.gateway.got == []
    async with transaction(town.sessions) as session:
        await resend(session, citizen.id, by="周示例", at=town.now)
    assert (await town.send(citizen)).state is NotificationState.SENT, "a person may want it all the same"


async def test_nobody_is_woken_at_night_also_by_a_second_attempt(town: Town) -> None:
    town.now = dt.datetime(2026, 11, 20, 21, 29, 30, tzinfo=CITY_ZONE).astimezone(dt.UTC)
    citizen = (await town.of(await town.order()))[0]
    town.gateway.status = 503
    citizen = await town.send(citizen)
    town.gateway.status = 200
    assert citizen.next_try_at is not None
    town.now = citizen.next_try_at
    citizen = await town.send(citizen)
    assert citizen.state is NotificationState.WAITING
    assert citizen.next_try_at == dt.datetime(2026, 11, 21, 8, 0, tzinfo=CITY_ZONE)
    assert len(town.gateway.got) == 1
    town.now = citizen.next_try_at
    assert (await town.send(citizen)).state is NotificationState.SENT


async def test_of_a_worker_that_dies_between_sending_and_storing_a_text_is_laid_before_people_and_a_robot_told_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen, office = await town.of(await town.order())

    async def dies(*_: Any, **__: Any) -> None:
        raise SystemError("killed before the attempt was stored")

    for notification in (citizen, office):
        with monkeypatch.context() as patch:
            patch.setattr("dispatch.jobs.send_notifications._store", dies)
            with pytest.raises(SystemError):
                await town.send(notification)
        async with town.sessions() as session:
            assert (await get_notification(session, notification.id)).state is NotificationState.WAITING
    left = await town.send(citizen)
    assert (left.state, len(left.attempts)) == (NotificationState.UNKNOWN, 1)
    sent = await town.send(office)
    assert (sent.state, len(sent.attempts)) == (NotificationState.SENT, 1)
    text, first, second = town.gateway.got
    assert text["id"] == f"notification-{citizen.id}"
    assert second["text"]["content"].startswith(first["text"]["content"])
    assert "重发" in second["text"]["content"]


async def test_the_workers_send_what_is_due_and_what_has_lost_its_job(town: Town, database_url: str) -> None:
    town.now = clock.now()
    order = await town.order()
    citizen, office = await town.of(order)
    async with transaction(town.sessions) as session:
        await session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'notifications.send'"))
        # Due by day, and without a job: whoever deferred it is gone.
        values = {"next_try_at": clock.now() - dt.timedelta(minutes=3), "audience": Audience.OFFICE}
        await session.execute(update(Notification).where(Notification.id == citizen.id).values(**values))
        await session.execute(
            update(Notification).where(Notification.id == office.id).values(state=NotificationState.DROPPED)
        )
    app = make_app(database_url)
    runtime: Any = SimpleNamespace(policy=town.policy)
    tools = WorkerTools(app, runtime, None, town.sending())  # type: ignore[arg-type]
    register(
        app, [job for job in JOBS if job.name in ("notifications.send", "follow_ups.ask", "notifications.wake")], tools
    )
    async with app.open_async():
        for _ in range(2):
            await app.configure_task("notifications.wake").defer_async(timestamp=0)
            await app.run_worker_async(queues=["notifications"], wait=False, install_signal_handlers=False)
        await take_back(app)
    first, second = await town.of(order)
    assert (first.state, second.state) == (NotificationState.SENT, NotificationState.DROPPED)
    assert [one["id"] for one in town.gateway.got if one.get("id")].count(f"notification-{first.id}") == 1


async def test_a_link_is_put_in_only_when_the_notification_is_sent(town: Town) -> None:
    order = await town.order()
    link = LinkToSend("follow-up", order.id, MORNING + dt.timedelta(days=2))
    async with transaction(town.sessions) as session:
        (made,) = await queue_notification(
            session,
            town.city,
            town.policy.notifications,
            Audience.CITIZEN,
            Template.FOLLOW_UP,
            about_orders([order], {"number": order.number, "due": "11月22日"}),
            at=MORNING,
            order=order,
            link=link,
        )
    assert "{链接}" in made.text
    await town.send(made)
    assert f"https://line.example.cn/follow-up/{order.id}-" in town.gateway.got[0]["text"]


async def test_what_was_tried_is_never_rewritten(town: Town) -> None:
    citizen = (await town.of(await town.order()))[0]
    await town.send(citizen)
    for change in ("UPDATE notification_attempts SET result = ''", "DELETE FROM notification_attempts"):
        with pytest.raises((InternalError, ProgrammingError), match="append-only"):
            async with transaction(town.sessions) as session:
                await session.execute(text(change))
    async with town.sessions() as session:
        kept = (
            await session.scalars(select(NotificationAttempt).where(NotificationAttempt.notification_id == citizen.id))
        ).all()
    assert len(kept) == 1


async def test_a_person_may_decide_that_it_is_not_sent_but_not_that_it_was_not(town: Town) -> None:
    citizen, office = await town.of(await town.order())
    async with transaction(town.sessions) as session:
        with pytest.raises(Conflict, match="等待发送"):
            await resend(session, citizen.id, by="周", at=MORNING)
        await drop(session, citizen.id, by="周", at=MORNING)
    assert (await town.send(citizen)).state is NotificationState.DROPPED
    assert town.gateway.got == []
    await town.send(office)
    async with transaction(town.sessions) as session:
        with pytest.raises(Conflict, match="已经发出"):
            await drop(session, office.id, by="周", at=MORNING)


async def test_contacts_are_checked_kept_once_and_taken_out_for_good(town: Town) -> None:
    with pytest.raises(BadInput) as refused:
        await town.add(Audience.OFFICE, "nobody")
    assert refused.value.fields == {"code": "请选择单位或直通车。"}
    with pytest.raises(BadInput):
        await town.add(Audience.CITIZEN)
    with pytest.raises(BadInput):
        await town.add(Audience.LEADER)
    async with transaction(town.sessions) as session:
        leader = next(one for one in await contacts.contacts(session) if one.audience is Audience.LEADER)
        await contacts.remove_contact(session, leader.id, by="吕", at=MORNING)
    order = await town.order()
    await town.take(order, Step.ESCALATE, COORDINATOR, reason="请示")
    assert ("leader", "escalated") not in await town.notified(order)
    await town.add(Audience.LEADER)


async def citizens_text(town: Town) -> Notification:
    return (await town.of(await town.order()))[0]


async def test_a_text_that_may_have_been_sent_is_not_sent_again_and_is_laid_before_people(town: Town) -> None:
    text = await citizens_text(town)
    town.gateway.silent = True
    tried = await town.send(text)
    assert (tried.state, tried.next_try_at, [one.outcome for one in tried.attempts]) == ("unknown", None, ["unknown"])
    assert "可能已经发出" in tried.why
    town.gateway.silent = False
    town.now += dt.timedelta(days=1)
    await town.send(text)
    await wake(town.sending())
    assert len(town.gateway.got) == 1
    async with transaction(town.sessions) as session:
        await resend(session, text.id, by="管理员示例", at=town.now)
    assert (await town.send(text)).state is NotificationState.SENT
    assert [one["text"] for one in town.gateway.got] == [text.text, text.text]


@pytest.mark.parametrize("answer", [b"", b"<html>portal</html>", b'{"other": 1}'])
async def test_one_text_goes_out_where_the_gateway_answers_nothing_that_can_be_read(town: Town, answer: bytes) -> None:
    text = await citizens_text(town)
    town.gateway.raw_answer = answer
    assert (await town.send(text, sms_success="code=0")).state is NotificationState.UNKNOWN
    assert len(town.gateway.got) == 1


@pytest.mark.parametrize(
    ("success", "answer"),
    [("success=true", b'{"success": true}'), ("data.0.Code=OK", b'\xef\xbb\xbf{"data":[{"Code":"Ok"}]}')],
)
async def test_a_yes_in_any_spelling_is_one_text(town: Town, success: str, answer: bytes) -> None:
    text = await citizens_text(town)
    town.gateway.raw_answer = answer
    assert (await town.send(text, sms_success=success)).state is NotificationState.SENT
    assert len(town.gateway.got) == 1


async def test_a_gateway_that_can_be_asked_is_asked_what_became_of_the_text(town: Town) -> None:
    asked = {
        "sms_ask_url": f"{town.gateway.url}/ask", "sms_ask_sent": "status=sent", "sms_ask_absent": "status=unknown"
    }  # fmt: skip
    town.gateway.silent = True
    text = await citizens_text(town)
    town.gateway.answers["/ask"] = {"status": "sent"}
    sent = await town.send(text, **asked)
    assert sent.state is NotificationState.SENT
    assert town.gateway.got[-1] == {"id": f"notification-{text.id}"}
    text = await citizens_text(town)
    town.gateway.answers["/ask"] = {"status": "unknown"}
    assert (await town.send(text, **asked)).state is NotificationState.WAITING, "it was not taken: it is sent again"
    text = await citizens_text(town)
    town.gateway.answers["/ask"] = {"status": "busy"}
    assert (await town.send(text, **asked)).state is NotificationState.UNKNOWN


async def test_a_robot_that_may_have_been_told_is_told_again_with_the_word_that_it_is_a_repetition(town: Town) -> None:
    _, office = await town.of(await town.order())
    town.gateway.silent = True
    tried = await town.send(office)
    assert (tried.state, tried.tries) == (NotificationState.WAITING, 1)
    town.gateway.silent, town.now = False, tried.next_try_at or town.now
    assert (await town.send(office)).state is NotificationState.SENT
    first, second = [one["text"]["content"] for one in town.gateway.got]
    assert second == f"{first}（重发，您可能已经收到）"


async def test_too_fast_is_tried_later_as_often_as_it_takes_and_counts_as_no_failure(town: Town) -> None:
    _, office = await town.of(await town.order())
    town.gateway.status, town.gateway.body, town.gateway.retry_after = 429, {"errcode": 45009}, "7"
    for _ in range(9):
        tried = await town.send(office)
        assert (tried.state, tried.tries) == (NotificationState.WAITING, 0)
        assert tried.next_try_at == town.now + dt.timedelta(seconds=7)
        town.now = tried.next_try_at
    town.gateway.status, town.gateway.body, town.gateway.retry_after = 200, {"errcode": 0}, ""
    assert (await town.send(office)).state is NotificationState.SENT


async def test_many_notification_to_one_robot_go_out_at_its_pace_and_none_is_lost(town: Town) -> None:
    town.now += dt.timedelta(hours=1)
    mine = [(await town.of(await town.order()))[1] for _ in range(45)]
    begun, minutes = town.now, []
    waiting = {notification.id: notification for notification in mine}
    while waiting:
        town.now = min(notification.next_try_at or town.now for notification in waiting.values())
        due = [
            notification
            for notification in waiting.values()
            if notification.next_try_at and notification.next_try_at <= town.now
        ]
        for notification in due:
            tried = await town.send(notification)
            if tried.state is NotificationState.SENT:
                minutes.append((town.now - begun) // dt.timedelta(minutes=1))
                del waiting[notification.id]
            else:
                waiting[notification.id] = tried
    assert [minutes.count(minute) for minute in range(3)] == [20, 20, 5]
    assert len(town.gateway.got) == 45


async def test_what_is_too_long_for_a_channel_is_shortened_and_sent(town: Town) -> None:
    town.now += dt.timedelta(hours=2)  # not in the minute in which the others went to this robot
    order = await town.order()
    await town.take(order, Step.SUPERVISE, SUPERVISOR, reason="请尽快办理。" * 150)
    office = next(one for one in await town.of(order) if one.template is Template.SUPERVISED)
    assert len(office.text.encode()) > 2048
    await town.send(office)
    content = town.gateway.got[0]["text"]["content"]
    assert len(content.encode()) <= 2048
    assert "内容较长" in content
