"""Typed text that had fallen through: a server that dies as it is sent, a step that is gone, a length, a reload."""

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, Page, Route, expect
from sqlalchemy import select, update

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.notifications.office_links import make_link, revoke_link
from dispatch.orders.models import Order
from dispatch.steps.take import find_order
from dispatch.workflow import Role, Step
from telephony.calls.call_state import CallState, Outcome
from telephony.calls.models import Call, Leg
from tests.support.browser import KEPT, PHONE, PICTURES, choose, nothing_is_kept, serious_findings, signed_in_page
from tests.support.calls import begin_call
from tests.support.crew_phone import SLOW, card, phone, press
from tests.support.orders import give_to, in_progress, register_lamp, take
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig

NOTE = "已到现场查看，灯杆倾斜，等吊车。" * 10
Until = Callable[..., Awaitable[Any]]


async def kept(page: Page, until: Until) -> None:
    await until(lambda: page.evaluate(f"{KEPT}.length > 0"))


async def kept_anew(page: Page, until: Until, before: object) -> None:
    """What is kept differs from what was kept before, though nobody can read either."""

    async def is_other() -> bool:
        return bool(await page.evaluate(KEPT) != before)

    await until(is_other)


async def test_a_text_outlives_a_server_that_dies_as_it_is_sent_and_the_way_home(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    at_order, home = f"{web_rig.url}/orders/{order.number}", f"{web_rig.url}/"
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(422, 502)) as page:
        text = page.locator("#report textarea")

        async def send() -> None:
            await page.locator("#report form").get_by_role("button", name="反馈进展", exact=True).click()

        async def bad_gateway(route: Route) -> None:
            await route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")

        async def die(route: Route) -> None:
            await route.abort("connectionrefused")

        await page.goto(f"{at_order}#report")
        await text.fill(NOTE)
        await page.route("**/api/me", bad_gateway)
        await send()
        await expect(page.get_by_text("没有提交：连不上服务器。您写的都还在")).to_be_visible()
        await page.unroute("**/api/me", bad_gateway)
        for answer in (die, bad_gateway):
            await page.route("**/steps/report", answer)
            async with page.expect_event("framenavigated"):
                await send()
            await page.goto(home)
            await page.unroute("**/steps/report", answer)
            await page.goto(at_order)
            await expect(page.get_by_text("写的，还没有提交")).to_be_visible()
            await expect(text).to_have_value(NOTE)
        await send()
        await expect(page.locator("#story").get_by_text(NOTE)).to_be_visible()
        await nothing_is_kept(page)


async def test_what_is_typed_before_the_pages_program_has_come_is_not_covered_by_an_older_text(
    chromium: Browser, web_rig: WebRig, until: Until
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        text = page.locator("#report textarea")
        await page.goto(f"{web_rig.url}/orders/{order.number}#report")
        async with page.expect_response(lambda answer: "/unsent/report" in answer.url and answer.ok):
            await text.fill("以前写的，没有提交。")
        come = asyncio.Event()

        async def slow(route: Route) -> None:
            await come.wait()
            await route.continue_()

        await page.route("**/app-*.js", slow)
        await page.goto(f"{web_rig.url}/orders/{order.number}", wait_until="commit")
        # Kept on the server too, it comes open, with the older text.
        await text.fill(NOTE)
        before = await page.evaluate(KEPT)
        come.set()
        await page.wait_for_selector('[data-connection="on"]')
        await kept_anew(page, until, before)
        await expect(text).to_have_value(NOTE)
        await page.reload()
        await expect(text).to_have_value(NOTE)


async def test_the_reason_for_many_orders_outlives_a_reload_and_a_print(
    chromium: Browser, web_rig: WebRig, until: Until
) -> None:
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.goto(f"{web_rig.url}/orders")
        reason = page.locator("#many [name=reason]")
        await page.locator('input[form="many"][name="number"]').first.check()
        await reason.fill("请三日内办结并书面说明")
        await kept(page, until)
        await page.reload()
        await expect(reason).to_be_visible()
        await expect(reason).to_have_value("请三日内办结并书面说明")
        await page.locator('input[form="many"][name="number"]').first.check()
        await page.get_by_role("button", name="打印", exact=True).click()
        await page.wait_for_url("**/orders/many")
        await page.goto(f"{web_rig.url}/orders")
        await expect(reason).to_have_value("请三日内办结并书面说明")


async def test_what_was_written_for_a_step_that_is_gone_is_given_back_calmly_and_at_each_visit(
    chromium: Browser, web_rig: WebRig, until: Until
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE, awaited=(409, 422)) as page:
        await page.goto(f"{web_rig.url}/orders/{order.number}#ask_return")
        form = page.locator("#ask_return form")
        await form.get_by_label("退单原因").select_option(index=1)
        await form.get_by_label("理由").fill("灯杆是供电公司的")
        await choose(form, "建议承办单位", "zjj", "市住房和城乡建设局")
        await kept(page, until)
        promised = (clock.now() + dt.timedelta(days=5)).isoformat()
        await take(web_rig, order, Step.SUSPEND, COORDINATOR, promised_at=promised, reason="等材料")
        await form.get_by_role("button", name="申请退单", exact=True).click()
        await expect(page.get_by_text("没有办成：工单现在是“承诺办理”")).to_be_visible()
        back = page.locator(".kept-text")
        for words in ("灯杆是供电公司的", "住房"):
            await expect(back).to_contain_text(words)
        assert await page.locator(".wrong .kept-text, .kept-text .wrong").count() == 0
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "impossible-calm.png")

        await page.goto(f"{web_rig.url}/orders/{order.number}")
        await expect(back).to_contain_text("灯杆是供电公司的")
        await page.screenshot(path=PICTURES / "left-over.png")
        await back.get_by_role("button", name="不要了").click()
        await expect(back).to_have_count(0)
        await nothing_is_kept(page)


async def test_a_text_that_is_too_long_is_kept_whole_and_said_where_it_stands(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/orders/{order.number}#fill_in")
        title = page.locator("#fill_in-title")
        await title.click()
        await title.press("Control+a")
        await page.keyboard.insert_text("路灯不亮" * 60)
        await expect(page.get_by_text("最多200个字，现在有240个，请删去40个。")).to_be_visible()
        await page.locator("#fill_in form").get_by_role("button", name="填写", exact=True).click()
        await expect(title).to_be_focused()
        await expect(title).to_have_value("路灯不亮" * 60)
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "too-long.png")
        await title.fill("路灯不亮" * 50)
        await expect(page.get_by_text("请删去")).to_have_count(0)
        await page.locator("#fill_in form").get_by_role("button", name="填写", exact=True).click()
        await expect(page.locator("h1")).to_have_text("路灯不亮" * 50)


async def test_an_agents_form_outlives_its_page_while_the_server_is_away(
    chromium: Browser, web_rig: WebRig, until: Until
) -> None:
    linkedid, number = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.AGENT, awaited=(409, 422, 503)) as page:
        form, title = page.locator("form[data-draft]"), page.locator("#draft-title")
        page.on("dialog", lambda dialog: dialog.accept())

        async def away(route: Route) -> None:
            await (route.fulfill(status=503) if route.request.method == "PATCH" else route.continue_())

        await page.route("**/api/orders/*", away)
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        await title.fill("静轩东路路灯不亮")
        await kept(page, until)
        before = await page.evaluate(KEPT)
        await form.locator("#draft-place").fill("静轩东路中段")
        await expect(form.locator("[data-saved]")).to_contain_text("没有保存")
        await kept_anew(page, until, before)
        await page.reload()
        await expect(title).to_have_value("静轩东路路灯不亮")
        await expect(form.locator("[data-saved]")).to_contain_text("内容还在")
        # A colleague wrote in one of them meanwhile: a person says whose stays.
        await web_rig.ask(
            Role.COORDINATOR, "PATCH", f"/api/orders/{number}", json=await change_by_coordinator(web_rig, number)
        )
        await page.unroute("**/api/orders/*", away)
        await page.reload()
        await expect(title).to_have_value("静轩东路路灯不亮")
        await expect(page.get_by_text("别人刚把这一项改成“路灯”")).to_be_visible()
        await title.press("Enter")
        await expect(page.locator('[data-field="title"]')).to_have_attribute("data-state", "confirmed")
        await until(lambda: is_filled(web_rig, number, "静轩东路路灯不亮", "静轩东路中段"))
        await until(lambda: page.evaluate(f"{KEPT}.length === 0"))


async def change_by_coordinator(web_rig: WebRig, number: str) -> dict[str, Any]:
    answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    return {"version": answer["version"], "title": "路灯"}


async def is_filled(web_rig: WebRig, number: str, title: str, place: str) -> bool:
    async with web_rig.context.sessions() as session:
        order = await find_order(session, number)
        return order is not None and (order.title, order.place) == (title, place)


async def link_to(web_rig: WebRig, order: Order) -> tuple[str, int]:
    async with transaction(web_rig.context.sessions) as session:
        link = await make_link(
            session, web_rig.context.policy.notifications, order, "street-lighting", by="市级管理员", at=clock.now()
        )
    token = sign_link(link_key(web_rig.context.settings), link.path, link.about, link.expires_at)
    return f"{web_rig.url}/{link.path}/{token}", link.about


async def test_an_office_behind_a_link_loses_no_text_to_a_dead_server_nor_to_the_links_end(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    address, link_id = await link_to(web_rig, order)
    context = await chromium.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True)
    page = await context.new_page()
    await page.goto(f"{address}#report")
    await page.locator("#report textarea").fill(NOTE)
    send = page.locator("#report form").get_by_role("button", name="反馈进展", exact=True)
    await context.set_offline(True)
    await send.click()
    await expect(page.get_by_text("没有提交：连不上服务器。您写的都还在")).to_be_visible()
    await context.set_offline(False)
    async with transaction(web_rig.context.sessions) as session:
        await revoke_link(session, order.id, link_id, by="市级管理员", at=clock.now())
    await send.click()
    await expect(page.get_by_role("heading", name="链接打不开")).to_be_visible()
    await expect(page.locator(".kept-text")).to_contain_text(NOTE)
    await page.screenshot(path=PICTURES / "office-link-over.png")
    await context.close()


async def test_what_a_crew_writes_outlives_a_reload_and_is_covered_by_no_phrase(
    web_rig: WebRig, chromium: Browser
) -> None:
    async with phone(chromium, web_rig) as (context, page):
        start = page.get_by_role("button", name="上班", exact=True)
        await expect(start.or_(page.get_by_role("button", name="下班", exact=True))).to_be_visible(timeout=SLOW)
        if await start.is_visible():
            await start.click()
        number = await register_lamp(web_rig, "qufu-990.1", "孔府北门路灯杆斜了")
        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await press(page, number, "接单")
        read = asyncio.Event()

        async def late(route: Route) -> None:
            await read.wait()
            await route.continue_()

        # Taken by the server and not yet read back: the step before must not come back under the thumb.
        await context.route("**/api/crew", late)
        async with page.expect_response("**/api/crew/actions"):
            await press(page, number, "出发")
        await expect(page.locator(".net.wait")).to_have_count(0)
        await press(page, number, "到达现场")
        read.set()
        await press(page, number, "办完了")
        done, public = card(page, number).get_by_label("办理情况"), card(page, number).get_by_label("公开答复")
        phrases = card(page, number).get_by_role("group", name="常用语").get_by_role("button")
        # By key: what was pressed before is still being sent and drawn, and buttons may move under the pointer.
        await phrases.nth(0).press("Enter")
        first = await public.input_value()
        await phrases.nth(1).press("Enter")
        assert first != await public.input_value() != "", "a phrase that nobody touched makes way for another"
        await done.fill("灯杆已扶正，基础重新浇筑。")
        await phrases.nth(0).press("Enter")
        await expect(card(page, number).get_by_text("不会覆盖")).to_be_visible()
        await expect(done).to_have_value("灯杆已扶正，基础重新浇筑。")
        await public.fill("您反映的灯杆已扶正，请放心。")
        await card(page, number).get_by_label("还没有解决").check()
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "crew-writing.png", full_page=True)

        await page.reload()
        await expect(done).to_have_value("灯杆已扶正，基础重新浇筑。", timeout=SLOW)
        await expect(public).to_have_value("您反映的灯杆已扶正，请放心。")
        await expect(card(page, number).get_by_label("还没有解决")).to_be_checked()

        # Refused by the server, it is shown, and may be changed and handed in again.
        async def refuse(route: Route) -> None:
            if json.loads(route.request.post_data or "{}").get("action") != "done":
                return await route.continue_()
            await route.fulfill(json={"state": "refused", "reason": "请写明依据。"})

        await context.route("**/api/crew/actions", refuse)
        page.once("dialog", lambda dialog: dialog.accept())
        await press(page, number, "办完，提交答复")
        refused = page.locator(".refused")
        await expect(refused).to_contain_text("请写明依据。", timeout=SLOW)
        await expect(refused).to_contain_text("灯杆已扶正，基础重新浇筑。")
        await page.screenshot(path=PICTURES / "crew-refused-text.png", full_page=True)
        await page.reload()
        await refused.get_by_role("button", name="改一改再交").click()
        await expect(done).to_have_value("灯杆已扶正，基础重新浇筑。")
        await expect(refused).to_have_count(0)

        # Given to another crew meanwhile: what was written is still there to be copied.
        await give_to(web_rig, number, "unit-02")
        left = page.locator(".kept-text", has_text="您反映的灯杆已扶正，请放心。")
        await expect(left).to_be_visible(timeout=SLOW)
        await page.screenshot(path=PICTURES / "crew-left-over.png", full_page=True)
        page.on("dialog", lambda dialog: dialog.accept())
        await left.get_by_role("button", name="不要了").click()
        await expect(left).to_have_count(0)


async def test_what_was_left_over_at_the_desk_leaves_the_desk_its_room(
    chromium: Browser, web_rig: WebRig, until: Until
) -> None:
    async with signed_in_page(chromium, web_rig, Role.AGENT) as page:
        await page.goto(f"{web_rig.url}/desk")
        await page.get_by_text("建议屏蔽此号码").click()
        await page.locator("#desk-pop").get_by_label("理由").fill("一小时打了二十次，骂人")
        await kept(page, until)
        async with transaction(web_rig.context.sessions) as session:
            # Other tests leave the agent in calls of their own.
            over = {"ended_at": clock.now()}
            mine = select(Leg.linkedid).where(Leg.endpoint == "1001", Leg.ended_at.is_(None))
            linkedids = (await session.scalars(mine)).all()
            await session.execute(update(Leg).where(Leg.linkedid.in_(linkedids)).values(over))
            call = update(Call).where(Call.linkedid.in_(linkedids))
            await session.execute(call.values(over | {"state": CallState.ENDED, "outcome": Outcome.ANSWERED}))
        await page.goto(f"{web_rig.url}/desk")
        back = page.locator(".rest-card .kept-text")
        await expect(back).to_contain_text("一小时打了二十次，骂人")
        await expect(back).to_be_in_viewport()
        await page.screenshot(path=PICTURES / "left-over-desk.png")
        panels = await page.locator(".panels").bounding_box()
        assert panels
        assert panels["height"] > 400
