"""What was typed is not lost: not by the end of the session, nor a reload, nor by what others did meanwhile."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, Dialog, Page, Route, expect
from sqlalchemy import delete, select

from access.accounts.models import Account, WebSession
from core import bus, clock
from core.database import transaction
from dispatch.orders.models import Order
from dispatch.orders.unsent_texts import UnsentText
from dispatch.steps.take import replies_of
from dispatch.workflow import Role, Step
from tests.support.browser import KEPT, PICTURES, nothing_is_kept, serious_findings, signed_in_page
from tests.support.orders import in_progress, take
from tests.support.sample import ACCOUNTS, COORDINATOR, LAMPS, PASSWORD
from tests.support.web_rig import WebRig

DONE, PUBLIC = "更换灯头一只，试亮正常。" * 20, "您反映的路灯已修好，请放心。" * 20


async def write_reply(page: Page, web_rig: WebRig, order: Order) -> None:
    await page.goto(f"{web_rig.url}/orders/{order.number}#reply")
    await page.locator("#reply-done").fill(DONE)
    await page.locator("#reply-public_answer").fill(PUBLIC)


async def press(page: Page) -> None:
    await page.locator("#reply form").get_by_role("button", name="回复", exact=True).click()


async def expect_replied(page: Page, web_rig: WebRig, order: Order) -> None:
    await expect(page.locator(".chip.state-replied").first).to_be_visible()
    async with web_rig.context.sessions() as session:
        reply = (await replies_of(session, order.id))[-1]
    assert (reply.done, reply.public_answer) == (DONE, PUBLIC)
    await nothing_is_kept(page)


async def end_session(web_rig: WebRig, role: Role) -> None:
    async with transaction(web_rig.context.sessions) as session:
        mine = select(Account.id).where(Account.name == ACCOUNTS[role]["name"])
        await session.execute(delete(WebSession).where(WebSession.account_id.in_(mine)))


async def test_a_reply_whose_session_ended_is_signed_in_for_in_place_and_sent(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(401, 422)) as page:
        await write_reply(page, web_rig, order)
        await end_session(web_rig, Role.OFFICE)
        dialog = page.get_by_role("dialog", name="请重新登录")
        # Found out while somebody types: said, and no dialog takes the letters.
        await page.locator("#reply-public_answer").press("End")
        await page.keyboard.type("。")
        await expect(page.get_by_text("登录已结束：可能超过了时间")).to_be_visible()
        await expect(dialog).to_be_hidden()
        await page.keyboard.press("Backspace")
        await press(page)
        await expect(dialog.get_by_label("登录名")).to_have_value(ACCOUNTS[Role.OFFICE]["name"])
        await page.screenshot(path=PICTURES / "sign-in-here.png")
        assert await serious_findings(page) == []
        await dialog.get_by_role("button", name="稍后").click()
        await expect(page.get_by_text("没有提交：登录已结束")).to_be_visible()
        await press(page)
        await dialog.get_by_label("密码").fill("不是这个密码")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_text("登录名或密码不正确")).to_be_visible()
        await dialog.get_by_label("密码").fill(PASSWORD)
        begun = time.monotonic()
        await page.keyboard.press("Enter")
        await expect_replied(page, web_rig, order)
        # Shown with -s: how long the office waits, from its password to the reply that is taken.
        print(f"signed in again in place and sent: {time.monotonic() - begun:.2f} s")


async def test_what_was_asked_before_the_sign_in_and_refused_after_it_asks_for_no_other(
    chromium: Browser, web_rig: WebRig
) -> None:
    refused, signed_in = asyncio.Event(), asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        assert answer.status == 401
        refused.set()
        await signed_in.wait()
        await route.fulfill(response=answer)

    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR, awaited=(401,)) as page:
        await page.goto(f"{web_rig.url}/orders")
        await expect(page.locator('[data-connection="on"]')).to_be_visible()
        await end_session(web_rig, Role.SUPERVISOR)
        await page.route("**/orders?**", answer_late, times=1)
        await page.get_by_label("排序").select_option("oldest")
        await refused.wait()
        # Of what the page asks for by itself one finds out, and the others open no dialog that was put off.
        dialog, later = page.get_by_role("dialog", name="请重新登录"), page.get_by_role("button", name="稍后")
        await tell(web_rig, "order", 0)
        await later.click()
        async with page.expect_response(lambda answer: answer.status == 401):
            await tell(web_rig, "order", 0)
        await expect(dialog).to_be_hidden()
        await page.get_by_role("button", name="在这里登录").click()
        await dialog.get_by_label("密码").fill(PASSWORD)
        async with page.expect_websocket(lambda socket: "/ws/live" in socket.url):
            await page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()
        async with page.expect_response(lambda answer: answer.ok and "sort=oldest" in answer.url):
            signed_in.set()
        await expect(dialog).to_be_hidden()
        await expect(page.locator("[data-session-ended]")).to_be_hidden()


async def tell(web_rig: WebRig, topic: str, about: int) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await bus.publish(session, topic, about)


async def test_a_reply_outlives_the_page_unreadable_and_a_note_of_a_colleague_does_not_refuse_it(
    chromium: Browser, web_rig: WebRig, until: Callable[..., Awaitable[Any]]
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(401, 409, 422)) as page:
        await write_reply(page, web_rig, order)
        await until(lambda: page.evaluate(f"{KEPT}.length > 0"))
        assert "路灯" not in str(await page.evaluate(KEPT))
        # Kept, so nobody is asked whether to leave: a dialog would hold the test up.
        await page.goto(f"{web_rig.url}/orders/{order.number}")
        await expect(page.get_by_text("写的，还没有提交")).to_be_visible()
        await expect(page.locator("#reply-done")).to_have_value(DONE)
        await page.screenshot(path=PICTURES / "draft-restored.png")
        await take(web_rig, order, Step.REPORT, LAMPS, note="已出发")
        await press(page)
        await expect_replied(page, web_rig, order)


async def test_what_is_written_at_one_computer_is_there_at_another_for_its_writer_alone_until_it_is_sent(
    chromium: Browser, web_rig: WebRig, until: Callable[..., Awaitable[Any]]
) -> None:
    order = await in_progress(web_rig)

    async def kept() -> dict[str, Any]:
        async with web_rig.context.sessions() as session:
            row = await session.scalar(select(UnsentText).where(UnsentText.order_id == order.id))
        return dict(row.fields) if row else {}

    async def is_whole() -> bool:
        return await kept() == {"done": [DONE], "public_answer": [PUBLIC]}

    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await write_reply(page, web_rig, order)
        # What was written first may be kept before the rest is.
        await until(is_whole)
    for role in (Role.COORDINATOR, Role.UNIT):
        answer = await web_rig.ask(role, "GET", f"/orders/{order.number}")
        assert PUBLIC not in await answer.text()
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await page.goto(f"{web_rig.url}/orders/{order.number}")
        await expect(page.get_by_text("写的，还没有提交")).to_be_visible()
        await expect(page.locator("#reply-done")).to_have_value(DONE)
        await page.screenshot(path=PICTURES / "draft-from-the-server.png")
        await press(page)
        await expect_replied(page, web_rig, order)
    assert await kept() == {}


async def test_what_others_changed_is_said_and_pressing_once_more_is_enough(chromium: Browser, web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(409, 422)) as page:
        await write_reply(page, web_rig, order)
        await take(web_rig, order, Step.FILL_IN, COORDINATOR, title="神道路路灯两盏不亮")
        await press(page)
        await expect(page.get_by_text("您写的都还在，核对后再按一次即可")).to_contain_text("填写")
        await expect(page.locator("#reply-public_answer")).to_have_value(PUBLIC)
        await page.screenshot(path=PICTURES / "changed-meanwhile.png")
        await press(page)
        await expect_replied(page, web_rig, order)


async def test_a_step_that_has_become_impossible_gives_the_text_back_and_signing_out_leaves_nothing(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    # 401: what the page asks for while the answer to its signing out is on its way.
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(401, 409, 422)) as page:
        await write_reply(page, web_rig, order)
        promised = (clock.now() + dt.timedelta(days=5)).isoformat()
        await take(web_rig, order, Step.SUSPEND, COORDINATOR, promised_at=promised, reason="等材料")
        await press(page)
        await expect(page.get_by_text("没有办成：工单现在是“承诺办理”，不能回复")).to_be_visible()
        await expect(page.get_by_text(PUBLIC)).to_be_visible()
        await page.screenshot(path=PICTURES / "impossible-now.png")
        assert len(await page.evaluate(KEPT)) == 1
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_label("登录名")).to_be_visible()
        await nothing_is_kept(page)


async def test_signing_out_in_one_tab_clears_what_was_typed_in_the_others(
    chromium: Browser, web_rig: WebRig, until: Callable[..., Awaitable[Any]]
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(401, 422)) as page:
        other = await page.context.new_page()
        await write_reply(other, web_rig, order)
        await until(lambda: page.evaluate(f"{KEPT}.length > 0"))
        page.on("dialog", lambda dialog: dialog.accept())
        await page.reload()
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_label("登录名")).to_be_visible()
        await expect(other.get_by_label("登录名")).to_be_visible()
        await expect(other.get_by_text(PUBLIC)).to_have_count(0)
        await nothing_is_kept(page)


async def test_ticks_in_a_list_are_no_text_that_is_kept_or_asked_about(chromium: Browser, web_rig: WebRig) -> None:
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        asked: list[str] = []

        async def note(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.accept()

        page.on("dialog", note)
        await page.goto(f"{web_rig.url}/orders")
        tick = page.locator('input[form="many"][name="number"]').first
        await tick.click()
        await expect(page.get_by_text("已选1张")).to_be_visible()
        await page.goto(f"{web_rig.url}/orders?q=路灯")
        await expect(page.locator('[data-connection="on"]')).to_be_visible()
        await expect(page.locator('input[form="many"][name="number"]:checked')).to_have_count(0)
        await expect(page.get_by_text("写的，还没有提交")).to_have_count(0)
        assert asked == []
        assert await page.evaluate(KEPT) == []


async def test_a_server_that_gives_no_answer_is_told_to_who_sends_a_form(chromium: Browser, web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await write_reply(page, web_rig, order)
        held: list[Route] = []

        async def hold(route: Route) -> None:
            held.append(route)

        await page.route("**/api/me", hold)
        await press(page)
        await expect(page.get_by_text("没有提交：连不上服务器。您写的都还在")).to_be_visible()
        await page.unroute("**/api/me", hold)
        assert len(held) == 1

        async def lose_the_answer(route: Route) -> None:
            await route.fetch(max_redirects=0)
            await route.fulfill(status=204)

        # Taken, and the answer never came: nobody reads that it was not.
        await page.route("**/steps/reply", lose_the_answer, times=1)
        async with page.expect_response("**/steps/reply"):
            await press(page)
        await page.goto(f"{web_rig.url}/orders/{order.number}")
        await expect(page.locator("[data-left-over]")).to_contain_text("已经在办理经过里，应该是提交成功")
        await page.get_by_role("button", name="不要了").click()
        await expect_replied(page, web_rig, order)
