"""What people do on the screens, done in a real Chromium."""

import asyncio
import re
import zipfile

import pytest
from playwright.async_api import Browser, Page, Route, expect

from dispatch.steps.take import find_order
from dispatch.workflow import Role, Step
from tests.support.browser import PHONE, PICTURES, choose, serious_findings, signed_in_page
from tests.support.orders import register_lamp, take, waiting_lamp
from tests.support.sample import COORDINATOR
from tests.support.web_rig import WebRig


async def position(page: Page) -> float:
    return float(await page.locator("audio").first.evaluate("media => media.currentTime"))


async def test_a_recording_is_played_sought_and_followed_in_the_transcript(web_rig: WebRig, chromium: Browser) -> None:
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/orders")
        await page.get_by_text("神道路中段路灯不亮").click()
        player = page.locator("[data-player]").first
        await player.get_by_role("button", name="播放", exact=True).click()
        await expect(player.get_by_role("button", name="暂停", exact=True)).to_be_visible()
        await expect(player.locator("[data-position]")).not_to_have_text("00:00")

        sentence = player.get_by_role("button", name="请问具体地点")
        # It plays on while a busy machine looks: where it goes is read as it goes there.
        await page.locator("audio").first.evaluate(
            "media => media.addEventListener('seeking', () => { window.sought = media.currentTime })"
        )
        await sentence.click()
        await expect(sentence).to_have_attribute("aria-current", "true")
        assert 12.6 <= await page.evaluate("window.sought") < 13

        await player.get_by_role("button", name="暂停", exact=True).click()
        await player.focus()
        before = await position(page)
        await page.keyboard.press("ArrowRight")
        assert await position(page) == pytest.approx(before + 5, abs=0.2)
        await page.keyboard.press("Home")
        assert await position(page) == 0

        wave = player.locator("[data-wave]")
        box = await wave.bounding_box()
        assert box
        await wave.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
        assert 19 < await position(page) < 23
        await expect(player.locator(".said").nth(1).locator("mark").first).to_have_text("神道")


async def test_a_new_order_reaches_the_crew_without_reloading_and_is_accepted_with_one_press(
    web_rig: WebRig, chromium: Browser
) -> None:
    async with signed_in_page(chromium, web_rig, Role.UNIT, PHONE) as page:
        await page.goto(f"{web_rig.url}/inbox")
        await page.wait_for_selector('[data-connection="on"]')
        await page.evaluate("window.stayed = true")
        number = await register_lamp(web_rig, "qufu-900.1", "林前街路灯杆倾斜")
        card = page.locator("[data-assignment]", has_text="林前街路灯杆倾斜")
        await expect(card).to_be_visible()
        assert await page.evaluate("window.stayed")

        async def news() -> None:
            async with page.expect_response("**/inbox") as renewed:
                await page.evaluate("document.body.dispatchEvent(new CustomEvent('live:order'))")
            await (await renewed.value).finished()
            await expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

        # The press goes through, though news would change the list under it, or before the form is on its way.
        async def news_meanwhile(route: Route) -> None:
            await news()
            await route.continue_()

        await page.route("**/api/me", news_meanwhile, times=1)
        await card.get_by_role("button", name="签收").hover()
        await page.mouse.down()
        await news()
        await page.mouse.up()
        card = page.locator("[data-assignment]", has_text="林前街路灯杆倾斜")
        await card.get_by_role("button", name="开始办理").click()
        await card.get_by_role("link", name="回复办理结果").click()
        await page.get_by_role("button", name="回复", exact=True).click()
        await expect(page.get_by_text("请填写办理情况。")).to_be_visible()
        await page.screenshot(path=PICTURES / "phone-reply-refused.png", full_page=True)
        await page.get_by_label("办理情况").fill("灯杆已扶正加固。")
        await page.get_by_label("公开答复").fill("您反映的灯杆已扶正加固，感谢监督。")
        await page.get_by_role("button", name="回复", exact=True).click()
        await expect(page.locator("#status")).to_contain_text("已回复")
    answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert [assignment["via"] for assignment in answer["assignments"] if assignment["recipient_kind"] == "unit"] == [
        "inbox"
    ]


async def test_a_lost_connection_is_said_on_the_page(web_rig: WebRig, chromium: Browser) -> None:
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.route_web_socket("**/ws/live?*", lambda socket: socket.close())
        await page.goto(f"{web_rig.url}/calls")
        await expect(page.get_by_text("与服务器的实时连接已断开")).to_be_visible()


async def test_orders_are_found_while_one_types_kept_urged_together_and_taken_along(
    web_rig: WebRig, chromium: Browser
) -> None:
    numbers = [await register_lamp(web_rig, f"qufu-92{n}.1", f"灯杆歪斜第{n}处") for n in (1, 2)]
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.goto(f"{web_rig.url}/orders")
        await page.get_by_label("查找").fill("井盖缺失")
        await expect(page.locator(".orders [data-row]")).to_have_count(1)
        await expect(page).to_have_url(re.compile("q="))
        await page.get_by_text("更多条件").click()
        await page.get_by_label("状态", exact=True).select_option("closed")
        await expect(page.get_by_text("没有符合条件的工单")).to_be_visible()

        # Given up for what is typed next, with its answer still on its way: nothing that a page complains of.
        asked = asyncio.Event()

        async def never_answer(_: Route) -> None:
            asked.set()

        await page.route("**/orders?**", never_answer, times=1)
        await page.get_by_label("状态", exact=True).select_option("")
        await asked.wait()
        await page.keyboard.press("Escape")
        await page.get_by_label("查找").fill("灯杆歪斜")
        await expect(page.locator(".orders [data-row]")).to_have_count(2)
        await page.locator("summary", has_text="保存筛选").click()
        await page.get_by_label("筛选名称").fill("歪灯杆")
        await page.get_by_role("button", name="保存筛选").click()
        await page.get_by_role("link", name="歪灯杆", exact=True).wait_for()
        await page.goto(f"{web_rig.url}/orders")
        await page.get_by_role("link", name="歪灯杆", exact=True).click()
        await expect(page.locator(".orders [data-row]")).to_have_count(2)
        async with page.expect_download() as download:
            await page.get_by_role("link", name="导出全部到 Excel").click()
        with zipfile.ZipFile(await (await download.value).path()) as sheet:
            texts = sheet.read("xl/sharedStrings.xml").decode()
        assert all(number in texts for number in numbers)
        assert web_rig.sample.lamp not in texts
        # Ticked over a slow network, before the page's program has come.
        come = asyncio.Event()

        async def slow(route: Route) -> None:
            await come.wait()
            await route.continue_()

        await page.route("**/app-*.js", slow)
        await page.reload(wait_until="commit")
        await page.get_by_label("全选本页").check()
        come.set()
        await expect(page.locator("[data-picked]")).to_have_text("已选2张")
        await page.get_by_label("督办理由").fill("影响行人，请当天处理")
        await page.get_by_role("button", name="督办", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("2张中2张已办")


async def test_the_queue_is_worked_off_by_keys(web_rig: WebRig, chromium: Browser) -> None:
    numbers = [await waiting_lamp(web_rig, f"小区路灯不亮{n}") for n in range(5)]
    queue = f"{web_rig.url}/orders?waiting=to_dispatch&q=小区路灯不亮&sort=oldest"
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(queue)
        rows = page.locator(".orders [data-row]")
        await expect(rows).to_have_count(5)
        top = await rows.first.evaluate("row => row.getBoundingClientRect().top")
        banners = await page.evaluate("document.querySelector('main').getBoundingClientRect().top")
        assert top - banners < 160, "the first order stands high on the page"
        await page.screenshot(path=PICTURES / "orders-to-dispatch.png")
        # Two with one key each: the next row has the keys once one is dispatched.
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(rows.nth(0)).to_contain_text("已派单：市路灯管理所")
        await expect(rows.nth(1).get_by_role("button", name="派单")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(rows.nth(1)).to_contain_text("已派单：市路灯管理所")
        await expect(rows.nth(2).get_by_role("button", name="派单")).to_be_focused()
        # Taken by a colleague meanwhile: it says so, and the next one has its turn.
        async with web_rig.context.sessions() as session:
            third = await find_order(session, numbers[2])
        assert third is not None
        await take(web_rig, third, Step.DISPATCH, COORDINATOR, lead_office_code="street-lighting")
        await page.keyboard.press("Enter")
        await expect(rows.nth(2).get_by_role("alert")).to_have_text("没有再派：工单已经是“已派单”。")
        await expect(rows.nth(3).get_by_role("button", name="派单")).to_be_focused()
        # The fourth is opened, dispatched by Enter, and the fifth is there, as is what was chosen in the list.
        await page.get_by_label(f"选择 {numbers[4]}").check()
        await rows.nth(3).get_by_role("link").click()
        await expect(page.get_by_role("button", name="派单并打开下一件")).to_be_focused()
        assert await serious_findings(page) == []
        await page.keyboard.press("Enter")
        await expect(page.locator("#status")).to_contain_text(f"{numbers[3]} 已办：已派单，市路灯管理所主办")
        await expect(page.locator("#status .trail")).to_contain_text(numbers[4])
        await page.locator(".trail").get_by_role("link", name="工单", exact=True).click()
        await expect(rows).to_have_count(1)
        await expect(rows.get_by_role("button", name="派单")).to_be_focused()
        await expect(page.locator("[data-picked]")).to_have_text("已选1张")
        # Another office by typing. What means nothing, or several, is not sent, nor the office that stood there before.
        office = rows.get_by_role("combobox", name=f"主办单位 {numbers[4]}").and_(rows.locator("input"))
        await office.fill("住建居")
        await office.press("Enter")
        await expect(rows.get_by_text("没有“住建居”这一项")).to_be_visible()
        assert await serious_findings(page) == []
        await office.fill("局")
        await expect(rows.get_by_role("option", selected=True)).to_contain_text("局")
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "office-by-typing.png")
        await rows.get_by_role("button", name="派单").click()
        await expect(rows.get_by_text("“局”还没有选定")).to_be_visible()
        await expect(office).to_have_value("局")
        # By its initials: typed, chosen, confirmed.
        await choose(rows, f"主办单位 {numbers[4]}", "zjj", "市住房和城乡建设局")
        await office.press("Enter")
        await expect(rows).to_contain_text("已派单：市住房和城乡建设局")
