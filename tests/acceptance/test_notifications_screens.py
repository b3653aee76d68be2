"""Notices, contacts and follow-up as people use them; the citizen's own page on a telephone."""

import datetime as dt
import os

from playwright.async_api import Browser, expect
from sqlalchemy import select, update

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.follow_up.models import FollowUp
from dispatch.jobs.ask_citizens import ask_due
from dispatch.notifications.models import Notification
from dispatch.notifications.rules import Audience, NotificationState
from dispatch.steps.take import find_order, get_order
from dispatch.workflow import Role, State
from tests.support.browser import PHONE, choose, serious_findings, signed_in_page
from tests.support.web_rig import WebRig

SHOTS = os.environ.get("TEST_SHOTS")


async def test_a_citizen_answers_on_his_telephone_and_his_order_is_closed(chromium: Browser, web_rig: WebRig) -> None:
    rig = web_rig.context
    async with transaction(rig.sessions) as session:
        order = await find_order(session, web_rig.sample.done)
        assert order is not None
        due = clock.now() - dt.timedelta(seconds=1)
        await session.execute(update(FollowUp).where(FollowUp.order_id == order.id).values(due_at=due))
    await ask_due(rig.sessions, rig.policy, at=clock.now())
    async with rig.sessions() as session:
        about = (await session.scalars(select(FollowUp.id).where(FollowUp.order_id == order.id))).one()
    token = sign_link(link_key(rig.settings), "follow-up", about, clock.now() + dt.timedelta(hours=1))
    context = await chromium.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, device_scale_factor=2)
    page = await context.new_page()
    await page.goto(f"{web_rig.url}/follow-up/{token}")
    assert await serious_findings(page) == []
    await page.get_by_role("button", name="提交评价").tap()
    await page.get_by_role("alert").wait_for()
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/link-wrong.png", full_page=True)
    for name in ("有", "解决了", "不满意"):
        await page.locator("label", has=page.get_by_text(name, exact=True)).tap()
    await page.get_by_label("还想说的").fill("灯亮了，就是等得久。")
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/link.png", full_page=True)
    await page.get_by_role("button", name="提交评价").tap()
    await page.get_by_role("heading", name="已收到").wait_for()
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/link-done.png", full_page=True)
    await context.close()
    async with rig.sessions() as session:
        assert (await get_order(session, order.id)).state is State.CLOSED


async def test_a_coordinator_mends_a_contact_and_sends_again_what_did_not_go_out(
    chromium: Browser, web_rig: WebRig
) -> None:
    async with transaction(web_rig.context.sessions) as session:
        mine = (
            select(Notification.id).where(Notification.audience == Audience.CITIZEN).order_by(Notification.id).limit(1)
        )
        dead = {"state": NotificationState.DEAD, "next_try_at": None, "why": "HTTP 403 {'msg': '签名没有报备'}"}
        await session.execute(update(Notification).where(Notification.id.in_(mine)).values(**dead))
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.get_by_role("link", name="通知").click()
        await page.get_by_role("heading", name="发送失败，请处理").wait_for()
        assert await serious_findings(page) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/notifications.png")
        await page.get_by_role("button", name="重新发送").first.click()
        await expect(page.get_by_role("heading", name="发送失败，请处理")).to_have_count(0)
        await expect(page.get_by_role("heading", name="全部通知")).to_be_visible()
        await page.get_by_role("link", name="联系方式").click()
        await choose(page, "谁", "领导", "市领导")
        await page.get_by_label("渠道").select_option("sms")
        await page.get_by_label("地址").fill("0537-4411000")
        await page.get_by_role("button", name="登记").click()
        await page.get_by_text("请填写11位手机号。").wait_for()
        await page.get_by_label("地址").fill("13700000001")
        await page.get_by_role("button", name="登记").click()
        await page.get_by_role("button", name="停用").wait_for()
        assert await serious_findings(page) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/contacts.png")
        await page.get_by_role("link", name="回访").click()
        await page.get_by_role("heading", name="请打电话回访").wait_for()
        assert await serious_findings(page) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/follow-ups.png")
        await page.goto(f"{web_rig.url}/orders/{web_rig.sample.done}")
        await page.get_by_role("heading", name="回访 承办单位看不到").wait_for()
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/order.png", full_page=True)
