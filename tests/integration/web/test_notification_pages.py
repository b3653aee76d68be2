"""Notices and contacts over the API and on their pages: visible numbers, sending again, refusals."""

from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.database import transaction
from dispatch.jobs.send_notifications import Sending, send_notification
from dispatch.notifications.models import Notification, NotificationAttempt
from dispatch.notifications.rules import AttemptOutcome, Audience, NotificationState
from dispatch.workflow import Role
from tests.support.web_rig import WebRig

KEY = "693a91f6-7000-4bc4-97a0-0ec2a1b2c3d4"


async def citizens_notification(web_rig: WebRig, number: str) -> dict[str, Any]:
    answer = await web_rig.get(Role.COORDINATOR, f"/api/notifications?order={number}")
    return next(one for one in answer["notifications"] if one["audience"] == "citizen")


async def test_what_was_told_stands_with_its_order_and_citizens_numbers_are_masked(
    web_rig: WebRig,
) -> None:
    number = web_rig.sample.fresh
    mine = await citizens_notification(web_rig, number)
    assert (mine["address"], mine["state"], mine["to"]) == ("188****0017", "waiting", "诉求人")
    assert (await web_rig.get(Role.SUPERVISOR, f"/api/notifications?order={web_rig.sample.secret}"))["notifications"][
        0
    ]["address"] == "不予显示"
    assert (await web_rig.get(Role.COORDINATOR, "/api/notifications?order=QF-NONE"))["notifications"] == []
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/notifications")).text()
    assert number in page
    assert "HOTLINE_NOTIFICATIONS__SMS_URL" not in page, "the names of settings are the administrator's"
    page = await (await web_rig.ask(Role.ADMINISTRATOR, "GET", "/notifications")).text()
    assert "HOTLINE_NOTIFICATIONS__SMS_URL" in page


async def test_a_dead_notification_is_on_top_and_sent_again_or_dropped_by_who_may(web_rig: WebRig) -> None:
    number = web_rig.sample.fresh
    mine = await citizens_notification(web_rig, number)
    async with transaction(web_rig.context.sessions) as session:
        notification = await session.get_one(Notification, mine["id"])
        notification.state, notification.next_try_at, notification.why = (
            NotificationState.DEAD,
            None,
            "HTTP 403 密钥不对",
        )
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/notifications")).text()
    assert "发送失败，请处理" in page
    assert "密钥不对" in page
    again = f"/api/notifications/{mine['id']}/resend"
    assert (await web_rig.ask(Role.ADMINISTRATOR, "POST", again)).status == 403
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", again)).status == 200
    refused = await web_rig.ask(Role.SUPERVISOR, "POST", again)
    assert (refused.status, (await refused.json())["detail"]) == (409, "这条通知正在等待发送，不用重发。")
    rig = web_rig.context
    await send_notification(Sending(rig.sessions, rig.policy, {}, clock.now, b"", ""), mine["id"])
    dropped = await web_rig.ask(Role.COORDINATOR, "POST", f"/notifications/{mine['id']}/drop")
    assert (dropped.status, dropped.headers["Location"]) == (303, "/notifications")
    answer = await web_rig.get(Role.COORDINATOR, f"/api/notifications/{mine['id']}")
    assert answer["state"] == "dropped"
    assert [one["outcome"] for one in answer["attempts"]] == ["resent", "dropped"]


@pytest.mark.parametrize(
    ("sample", "number"), [("secret", "13900000777"), ("fresh", "18800000017")], ids=["confidential", "ordinary"]
)
async def test_a_gateway_that_repeats_the_number_tells_it_to_nobody(web_rig: WebRig, sample: str, number: str) -> None:
    """Providers' answers name the number that was written to, when it went well and when it did not."""
    order = getattr(web_rig.sample, sample)
    mine = await citizens_notification(web_rig, order)
    said = f'HTTP 200 {{"code":0,"msg":"发送成功","mobile":"{number}"}}'
    why = f"HTTP 403 号码{number[:3]} {number[3:7]} {number[7:]}在黑名单中"
    async with transaction(web_rig.context.sessions) as session:
        (await session.get_one(Notification, mine["id"])).why = why
        tried = {"notification_id": mine["id"], "at": clock.now(), "outcome": AttemptOutcome.FAILED}
        session.add_all([NotificationAttempt(**tried, result=said), NotificationAttempt(**tried, result=why)])
    addresses = f"/api/notifications?order={order}", f"/api/notifications/{mine['id']}", f"/notifications?order={order}"
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR, Role.COORDINATOR):
        for address in addresses:
            told = await (await web_rig.ask(role, "GET", address)).text()
            assert number not in told.replace(" ", ""), (role, address)
        told = await (await web_rig.ask(role, "GET", addresses[1])).json()
        assert [one["result"].startswith("HTTP 200") for one in told["attempts"]][-2:] == [True, False]


async def test_a_contact_is_entered_checked_hidden_and_taken_out(web_rig: WebRig) -> None:
    before = await web_rig.get(Role.COORDINATOR, "/api/contacts")
    assert "leader" in before["unreachable_roles"]
    wish = {"audience": "office", "code": "housing", "channel": "wecom", "address": KEY, "secret": "SEC-1"}
    made = await web_rig.ask(Role.COORDINATOR, "POST", "/api/contacts", json=wish)
    assert made.status == 201
    contact = await made.json()
    assert (contact["address"], contact["signed"]) == (f"…{KEY[-6:]}", True)
    assert "SEC-1" not in await made.text()
    for wrong, field in (
        (wish, "address"),
        (wish | {"code": "nobody"}, "code"),
        (wish | {"channel": "email"}, "address"),
        (wish | {"channel": "webhook", "address": "http://127.0.0.1/admin"}, "address"),
    ):
        refused = await web_rig.ask(Role.COORDINATOR, "POST", "/api/contacts", json=wrong)
        assert refused.status == 422
        assert set((await refused.json())["fields"]) == {field}
    form = {"to": "leader", "channel": "email", "address": "不是邮箱"}
    page = await web_rig.ask(Role.COORDINATOR, "POST", "/contacts", data=form)
    assert page.status == 422
    assert "请填写一个邮箱地址。" in await page.text()
    assert "不是邮箱" in await page.text()
    done = await web_rig.ask(Role.COORDINATOR, "POST", "/contacts", data=form | {"address": "leader@example.cn"})
    assert done.status == 303
    after = await web_rig.get(Role.COORDINATOR, "/api/contacts")
    assert "leader" not in after["unreachable_roles"]
    assert after["unreachable_offices"] == before["unreachable_offices"] - 1
    removed = await web_rig.ask(Role.ADMINISTRATOR, "POST", f"/api/contacts/{contact['id']}/remove")
    assert removed.status == 200
    assert (await web_rig.ask(Role.ADMINISTRATOR, "POST", f"/api/contacts/{contact['id']}/remove")).status == 404
    async with web_rig.context.sessions() as session:
        result = await session.scalars(select(Notification.id).where(Notification.audience == Audience.LEADER))
        assert result.all() == []


async def test_a_contact_and_a_crew_are_tested_by_a_click_and_the_pages_say_how_they_stand(web_rig: WebRig) -> None:
    wish = {"audience": "office", "code": "civil-affairs", "channel": "wecom", "address": KEY}
    made = await web_rig.ask(Role.COORDINATOR, "POST", "/api/contacts", json=wish)
    contact = await made.json()
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/contacts")).text()
    for said in ("从未测试", "没有任何联系方式", "示例数据的号码都是编造的"):
        assert said in page
    mine = f"/api/contacts/{contact['id']}/check"
    begun = await web_rig.ask(Role.ADMINISTRATOR, "POST", mine)
    assert (begun.status, await begun.json()) == (200, {"begun": 1})
    assert (await web_rig.ask(Role.COORDINATOR, "POST", mine)).status == 409
    assert (await web_rig.ask(Role.COORDINATOR, "POST", "/contacts/0/check")).status == 409
    crew = await web_rig.ask(Role.COORDINATOR, "POST", "/units/unit-09/check")
    assert (crew.status, crew.headers["Location"]) == (303, "/units")
    answer = await web_rig.get(Role.SUPERVISOR, "/api/reachability")
    testing = {one["subject"] for one in answer["targets"] if one["checking"]}
    assert testing == {f"contact-{contact['id']}", "phone-unit-09"}
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/units")).text()
    for said in ("正在测试", "从未测试", "没有手机订阅"):
        assert said in page
    notifications = await web_rig.get(Role.COORDINATOR, "/api/notifications")
    assert "reachability_check" not in {one["template"] for one in notifications["notifications"]}
