"""The crew's page on a phone, with one thumb, also where there is no network."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Route, expect
from sqlalchemy import select, update

from core import clock
from core.database import transaction
from dispatch.crews.models import CrewAction, CrewActionState
from dispatch.workflow import Role
from telephony.control.commands import CommandState
from telephony.control.models import CallCommand
from tests.support.browser import PHONE, PICTURES, serious_findings
from tests.support.crew_phone import SLOW, card, phone, press, taken
from tests.support.file_samples import photo, read
from tests.support.orders import give_to, register_lamp
from tests.support.web_rig import WebRig

Until = Callable[..., Awaitable[Any]]


async def test_between_accepting_and_done_there_is_no_network_and_nothing_is_lost_or_doubled(
    web_rig: WebRig, chromium: Browser, tmp_path: Path
) -> None:
    async with phone(chromium, web_rig) as (context, page):
        await page.set_viewport_size({"width": 320, "height": 640})
        own = await page.get_by_title("改密码").bounding_box()
        assert own, "the way to one's own password"
        assert own["width"] >= 44
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.get_by_role("button", name="上班", exact=True).click()
        await expect(page.get_by_role("button", name="下班", exact=True)).to_be_visible()
        number = await register_lamp(web_rig, "qufu-950.1", "林前街路灯杆被撞歪")
        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await press(page, number, "接单")
        # It is in the outbox once the next action is offered, and sent once nothing waits there.
        await expect(card(page, number).get_by_role("button", name="出发", exact=True)).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        await page.screenshot(path=PICTURES / "crew-accepted.png", full_page=True)
        # The citizen is rung from this page, which shows what becomes of the call.
        ring = card(page, number).get_by_role("button", name="拨打诉求人电话")
        told = card(page, number).locator("[data-calls-say]")
        await ring.click()
        await expect(told).to_contain_text("正在响您的电话（unit-01）")
        async with transaction(web_rig.context.sessions) as session:
            failed = {
                "state": CommandState.FAILED,
                "result": "您的电话占线或拒接，没有拨给对方",
                "ended_at": clock.now(),
            }
            await session.execute(update(CallCommand).where(CallCommand.order_number == number).values(failed))
        await expect(told).to_have_text("您的电话占线或拒接，没有拨给对方")

        await context.set_offline(True)
        await ring.click()
        await expect(told).to_contain_text("连不上服务器")
        await expect(page).to_have_url(re.compile("/crew$"))
        await press(page, number, "出发")
        await expect(card(page, number)).to_contain_text("在路上")
        await press(page, number, "到达现场")
        await card(page, number).get_by_label("处理前照片").set_input_files(taken("前.jpg"))
        await expect(card(page, number)).to_contain_text("处理前照片等待发送")
        # Larger than the server takes: it is drawn smaller on the phone.
        large = tmp_path / "后.jpg"
        large.write_bytes(photo() + bytes(web_rig.context.settings.attachments.largest_bytes))
        await card(page, number).get_by_label("处理后照片").set_input_files(large)
        await expect(page.get_by_text("4件等待发送")).to_be_visible()
        await page.screenshot(path=PICTURES / "crew-offline.png", full_page=True)

        # The phone is put away and taken out again, still without network.
        await page.reload()
        await expect(page.get_by_text("没有网络")).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("4件等待发送")).to_be_visible()
        await press(page, number, "办完了")
        await card(page, number).get_by_role("button", name="更换灯头").click()
        # Nothing is claimed for the crew: whether it is solved, a person says.
        solved = card(page, number).get_by_role("radio", name="已解决")
        await expect(solved).not_to_be_checked()
        await card(page, number).get_by_role("button", name="办完，提交答复").click()
        await expect(solved).to_be_focused()
        # A phrase that claims success does not go out with "not solved".
        await card(page, number).get_by_role("radio", name="还没有解决").check()
        await card(page, number).get_by_role("button", name="办完，提交答复").click()
        await expect(card(page, number)).to_contain_text("和“还没有解决”对不上")
        await solved.check()
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "crew-finish.png", full_page=True)
        await card(page, number).get_by_role("button", name="办完，提交答复").click()
        await expect(card(page, number)).to_contain_text("已办完")
        answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
        assert answer["state"] == "accepted"

        await context.set_offline(False)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        await expect(card(page, number)).to_have_count(0, timeout=SLOW)
    answer = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert answer["state"] in ("replied", "in_review")
    assert [row["step"] for row in answer["history"] if row["actor_role"] == "unit"] == ["accept", "start", "reply"]
    hung = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}/attachments"))["attachments"]
    assert [one["kind"] for one in hung] == ["photo_before", "photo_after"]
    for one in hung:
        fetched = await web_rig.ask(Role.COORDINATOR, "GET", one["address"])
        assert not read(await fetched.read()).getexif()
    async with web_rig.context.sessions() as session:
        actions = (await session.scalars(select(CrewAction).where(CrewAction.order_number == number))).all()
    assert sorted((action.action, action.state) for action in actions) == [
        (action, CrewActionState.DONE) for action in ("accept", "done", "on_the_way", "there")
    ]


async def test_an_order_that_went_to_another_crew_meanwhile_is_shown_with_the_reason(
    web_rig: WebRig, chromium: Browser
) -> None:
    async with phone(chromium, web_rig) as (context, page):
        far = await register_lamp(web_rig, "qufu-955.1", "林前街路灯箱门坏了")
        number = await register_lamp(web_rig, "qufu-951.1", "林前街路灯整夜闪烁")
        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await context.set_offline(True)
        # That one cannot go is said on this page too, with one press for the reason.
        if not await card(page, far).get_by_role("button", name="不能前往", exact=True).count():
            await card(page, far).locator("button.head").click()
        await card(page, far).get_by_role("button", name="不能前往", exact=True).click()
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "crew-cannot-go.png", full_page=True)
        await card(page, far).get_by_role("button", name="车辆或设备故障").click()
        await expect(card(page, far)).to_contain_text("已记下不能前往")
        await press(page, number, "接单")
        await expect(page.get_by_text("2件等待发送")).to_be_visible()
        await give_to(web_rig, number, "unit-02")
        await context.set_offline(False)
        refused = page.locator(".refused", has_text="林前街路灯整夜闪烁")
        await expect(refused).to_contain_text("没有办成：接单", timeout=SLOW)
        await expect(refused).to_contain_text("可能已经改派")
        told = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{far}"))["history"]
        assert [row["reason"] for row in told if row["step"] == "decline"] == ["车辆或设备故障"]
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "crew-refused.png", full_page=True)
        await page.reload()
        await refused.get_by_role("button", name="知道了").click()
        await expect(refused).to_have_count(0)


async def test_a_card_stays_under_the_thumb_until_the_page_is_opened_again(web_rig: WebRig, chromium: Browser) -> None:
    async with phone(chromium, web_rig) as (_, page):
        start = page.get_by_role("button", name="上班", exact=True)
        await expect(start.or_(page.get_by_role("button", name="下班", exact=True))).to_be_visible(timeout=SLOW)
        if await start.is_visible():
            await start.click()
        titles = ["崇文路灯杆歪了", "崇文路路灯不亮", "崇文路路灯常亮"]
        numbers = [await register_lamp(web_rig, f"qufu-{n + 981}.1", title) for n, title in enumerate(titles)]
        for number in numbers:
            await expect(card(page, number)).to_be_visible(timeout=SLOW)
        await page.reload()
        await expect(card(page, numbers[-1])).to_be_visible(timeout=SLOW)

        async def order_shown() -> list[str]:
            shown = await page.locator("[data-order]").evaluate_all("cards => cards.map(card => card.dataset.order)")
            return [number for number in shown if number in numbers]

        before = await order_shown()
        last = before[-1]
        await card(page, last).scroll_into_view_if_needed()
        button = card(page, last).get_by_role("button", name="接单", exact=True)
        place = await button.bounding_box()
        await button.click()
        going = card(page, last).get_by_role("button", name="出发", exact=True)
        await expect(going).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        assert await order_shown() == before, "what was accepted keeps its place"
        await going.click()
        await expect(card(page, last)).to_contain_text("在路上")
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        assert await order_shown() == before
        assert place is not None
        for other in before[:-1]:
            there = await card(page, other).get_by_role("button", name="接单", exact=True).bounding_box()
            assert there is None or abs(there["y"] - place["y"]) > there["height"], "another order's button slipped in"
        await page.reload()
        first = page.locator("[data-order]").first
        await expect(first, "what is in hand comes first when the page is opened again").to_have_attribute(
            "data-order", last, timeout=SLOW
        )


async def state_of(web_rig: WebRig, number: str) -> str:
    return str((await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}"))["state"])


async def photos_of(web_rig: WebRig, number: str) -> list[str]:
    hung = (await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}/attachments"))["attachments"]
    return [one["name"] for one in hung]


async def test_a_action_that_the_server_cannot_take_is_passed_by_told_and_sent_again_later(
    web_rig: WebRig, chromium: Browser, until: Until
) -> None:
    async with phone(chromium, web_rig) as (context, page):
        first = await register_lamp(web_rig, "qufu-952.1", "孔府西侧路灯不亮")
        second = await register_lamp(web_rig, "qufu-953.1", "孔府东侧路灯不亮")
        await expect(card(page, second)).to_be_visible(timeout=SLOW)

        async def fail(route: Route) -> None:
            if first in (route.request.post_data or "") or first in route.request.url:
                await route.fulfill(status=500, json={"detail": "系统内部出错，已记录。"})
            else:
                await route.continue_()

        await context.route("**/api/crew/actions", fail)
        await context.route("**/attachments?*", fail)
        for number in (first, second):
            if not await card(page, number).get_by_label("处理前照片").count():
                await card(page, number).locator("button.head").click()
            await press(page, number, "接单")
            await card(page, number).get_by_label("处理前照片").set_input_files(taken(f"{number}.jpg"))
        stuck = page.locator(".stuck")
        await expect(stuck).to_contain_text("2件没有送到", timeout=SLOW)
        await expect(stuck).to_contain_text("系统内部出错，已记录。（500）")
        await expect(page.get_by_text("没有网络")).to_have_count(0)
        await expect(page.get_by_text("等待发送")).to_have_count(0, timeout=SLOW)
        # That nothing waits may also mean that the photo is not put there yet.
        assert await until(lambda: photos_of(web_rig, second)) == [f"{second}.jpg"]
        assert (await state_of(web_rig, first), await state_of(web_rig, second)) == ("dispatched", "accepted")
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "crew-stuck.png", full_page=True)

        # Put away and taken out again, it is all there still; the server is well again.
        await page.reload()
        await expect(stuck).to_contain_text("2件没有送到", timeout=SLOW)
        await context.unroute("**/api/crew/actions")
        await context.unroute("**/attachments?*")
        await stuck.get_by_role("button", name="现在再试").first.click()
        await expect(stuck).to_have_count(0, timeout=SLOW)
        assert await until(lambda: photos_of(web_rig, first)) == [f"{first}.jpg"]
        assert await state_of(web_rig, first) == "accepted"


async def test_a_photo_that_is_refused_stays_on_the_phone_until_its_crew_has_decided(
    web_rig: WebRig, chromium: Browser, until: Until
) -> None:
    async with phone(chromium, web_rig) as (context, page):
        number = await register_lamp(web_rig, "qufu-954.1", "孔府南门路灯不亮")
        await expect(card(page, number)).to_be_visible(timeout=SLOW)
        if not await card(page, number).get_by_label("处理前照片").count():
            await card(page, number).locator("button.head").click()
        said = {"detail": "这张工单的附件合计最多 500 MB，放不下这个文件了。"}
        await context.route("**/attachments?*", lambda route: route.fulfill(status=422, json=said))
        await card(page, number).get_by_label("处理前照片").set_input_files(taken("前.jpg"))
        refused = page.locator(".refused", has_text="没有办成：处理前照片")
        await expect(refused).to_contain_text("放不下这个文件了", timeout=SLOW)
        await page.reload()
        async with page.expect_download() as downloading:
            await refused.get_by_role("button", name="保存到手机").click()
        saved = await (await downloading.value).path()
        assert saved.read_bytes() == photo()
        assert await serious_findings(page) == []
        await context.unroute("**/attachments?*")
        await refused.get_by_role("button", name="再发一次").click()
        await expect(refused).to_have_count(0, timeout=SLOW)
        assert await until(lambda: photos_of(web_rig, number)) == ["前.jpg"]
