"""An office's reply with a template and attachments, the same through a link, and a coordinator who splits an order."""

import io
import os

from PIL import Image
from playwright.async_api import Browser, Route, expect
from sqlalchemy import update

from core import clock
from core.database import transaction
from core.links import link_key, sign_link
from dispatch.attachments.store import attachments_of
from dispatch.city.organisation import Office
from dispatch.notifications.office_links import make_link
from dispatch.steps.take import get_order
from dispatch.workflow import Role, State, Step
from telephony.control.commands import CommandState
from telephony.control.models import CallCommand
from tests.support.browser import DESK, PHONE, choose, serious_findings, signed_in_page
from tests.support.orders import dispatched, in_progress, take
from tests.support.sample import COORDINATOR, LAMPS
from tests.support.web_rig import WebRig

SHOTS = os.environ.get("TEST_SHOTS")


def photo() -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(into, "JPEG")
    return into.getvalue()


async def test_an_office_replies_by_the_template_with_attachments(chromium: Browser, web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await page.locator(".assignment", has_text=order.number).get_by_role("link", name="回复办理结果").click()
        form = page.locator("#reply form")
        # From the card right into the text.
        await expect(form.get_by_label("办理情况")).to_be_focused()
        done, public = form.get_by_label("办理情况"), form.get_by_label("公开答复")
        await form.get_by_text("存档用，给市级管理员认定，诉求人看不到").wait_for()
        # Written over the width of the page, with the matter beside it.
        written, matter = await done.bounding_box(), await page.locator(".matter").bounding_box()
        assert written
        assert matter
        assert written["width"] > 700
        assert written["height"] > 130
        assert matter["x"] > written["x"] + written["width"]
        assert matter["y"] < written["y"] + written["height"]
        # While it is written, what the city's rules would mark: the sentence and why.
        hints = form.get_by_role("status").and_(page.locator(".hints"))
        await public.fill("您好。您反映的问题不属于路灯所管辖范围，请向有关部门反映。")
        await expect(hints).to_contain_text("推诿 您反映的问题不属于路灯所管辖范围")
        await expect(hints).to_contain_text("诉求里的这些要求，公开答复还没有说到：")
        await expect(hints).to_contain_text("仍可提交")
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/hints.png", full_page=True)
        await public.fill("")
        await expect(hints).to_be_empty()
        await done.fill("更换灯头一只，试亮正常。")
        await form.get_by_text("12字").wait_for()
        fill_in = form.get_by_role("button", name="填入模板")
        await fill_in.nth(0).click()
        await form.get_by_text("不会覆盖").first.wait_for()
        assert await done.input_value() == "更换灯头一只，试亮正常。"
        await fill_in.nth(1).click()
        assert "依据：" in await public.input_value()
        files = form.get_by_label("附件")
        await files.set_input_files(
            [
                {"name": "修好以后.jpg", "mimeType": "image/jpeg", "buffer": photo()},
                {"name": "清单.pdf", "mimeType": "application/pdf", "buffer": b"\x7fELF\x02\x01\x01" + bytes(60)},
            ]
        )
        await form.get_by_text("修好以后.jpg：已上传").wait_for()
        await form.locator(".attached .wrong", has_text="清单.pdf").wait_for()
        await files.and_(page.locator(":enabled")).wait_for()
        assert await serious_findings(page) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/reply.png", full_page=True)
        await form.get_by_role("button", name="回复", exact=True).click()
        # Beside the field: the hints have said so of themselves while it was written.
        wrong = form.locator("small.wrong", has_text="模板里还没有填写")
        await wrong.wait_for()
        # Whatever else is only advice: with a blank nothing is sent.
        await expect(hints).to_contain_text("公开答复 模板里还没有填写")
        await expect(hints).not_to_contain_text("仍可提交")
        assert await done.input_value() == "更换灯头一只，试亮正常。"
        await public.fill("您反映的路灯昨晚已更换灯头，今晚复查。联系电话：0537-0000001。")
        await expect(wrong).to_have_count(0)
        await form.get_by_role("button", name="回复", exact=True).click()
        await page.locator("#reply").wait_for(state="detached")
    async with web_rig.context.sessions() as session:
        assert (await get_order(session, order.id)).state is State.REPLIED
        assert [row.name for row in await attachments_of(session, order.id)] == ["修好以后.jpg"]
    # It comes back: why stands above the form, and what was written may be gone on with.
    why = "没有说明哪一盏修好了，请逐盏写清。" * 30
    await take(web_rig, order, Step.REVIEW, COORDINATOR)
    await take(web_rig, order, Step.SEND_BACK, COORDINATOR, reason=why)
    await take(web_rig, order, Step.START, LAMPS)
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await page.goto(f"{web_rig.url}/orders/{order.number}#reply")
        await expect(page.locator("#actions .came-back")).to_contain_text("退回重办（今天")
        await expect(page.locator("#actions .came-back")).to_contain_text(why)
        form = page.locator("#reply form")
        await expect(form.get_by_label("办理情况")).to_have_value("")
        await form.get_by_role("button", name="填入上次写的").first.click()
        await expect(form.get_by_label("办理情况")).to_have_value("更换灯头一只，试亮正常。")
        # A long text of the story is folded, and whole once it is wanted.
        told = page.locator("#story .folded", has_text="没有说明哪一盏")
        folded = await told.locator(".text").bounding_box()
        await told.get_by_text("展开全文（510字）").click()
        opened = await told.locator(".text").bounding_box()
        assert folded
        assert opened
        assert folded["height"] * 2 < opened["height"]


async def test_an_office_without_an_account_replies_through_its_link(chromium: Browser, web_rig: WebRig) -> None:
    order, rig = await dispatched(web_rig), web_rig.context
    async with transaction(rig.sessions) as session:
        link = await make_link(session, rig.policy.notifications, order, "street-lighting", by="周示例", at=clock.now())
    token = sign_link(link_key(rig.settings), link.path, link.about, link.expires_at)
    page = await chromium.new_page(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    await page.goto(f"{web_rig.url}/{link.path}/{token}")
    await page.get_by_role("button", name="签收").click()
    await page.get_by_role("button", name="开始办理").click()
    await page.locator("#reply > summary").click()
    form = page.locator("#reply form")
    await form.get_by_label("办理情况").fill("更换灯头一只，试亮正常。")
    # Kept behind the link too: whoever opens it again goes on writing.
    # What was written first may be kept before the rest is.
    async with page.expect_response(
        lambda answer: "/unsent/reply" in answer.url and "今晚复查" in (answer.request.post_data or "") and answer.ok
    ):
        await form.get_by_label("公开答复").fill("您反映的路灯已更换灯头，今晚复查。联系电话：0537-0000001。")
    await page.reload()
    await expect(form.get_by_label("办理情况")).to_have_value("更换灯头一只，试亮正常。")
    photos = [{"name": "修好以后.jpg", "mimeType": "image/jpeg", "buffer": photo()}]
    await form.get_by_label("附件").set_input_files(photos)  # type: ignore[arg-type]
    await form.get_by_text("修好以后.jpg：已上传").wait_for()
    assert await serious_findings(page) == []
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/link-reply.png", full_page=True)
        await page.set_viewport_size(DESK)  # type: ignore[arg-type]
        await page.screenshot(path=f"{SHOTS}/link-reply-wide.png", full_page=True)
    await form.get_by_role("button", name="回复", exact=True).click()
    await page.get_by_text("已经答复，等市级管理员认定结果").wait_for()
    await page.get_by_role("img", name="修好以后.jpg").wait_for()
    assert await serious_findings(page) == []
    await page.close()


async def test_a_coordinator_splits_an_order_and_sees_the_new_one(chromium: Browser, web_rig: WebRig) -> None:
    order = await in_progress(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        # What is opened while news of the order are on their way stays open, and says that it is of before.
        async def opens_a_form_meanwhile(route: Route) -> None:
            made = await route.fetch()
            await page.locator("#split > summary").click()
            await route.fulfill(response=made)

        await page.route("**/actions", opens_a_form_meanwhile, times=1)
        await page.goto(f"{web_rig.url}/orders/{order.number}")
        await page.wait_for_selector('[data-connection="on"]')
        form = page.locator("#split form")
        async with page.expect_response("**/actions"):
            await take(web_rig, order, Step.REPORT, LAMPS, note="已出发")
        await page.get_by_text("工单刚刚有了新的变化").wait_for()
        assert await form.is_visible()
        await page.get_by_role("link", name="先看变化").click()
        await page.locator("#split:not([open]) > summary").click()
        await form.get_by_label("诉求类型").select_option("complaint")
        await choose(form, "事项类别", "jgqs", "井盖缺失或破损")
        await form.get_by_label("标题").fill("神道路井盖缺失")
        await form.get_by_label("诉求内容").fill("同一路口的井盖不见了。")
        await form.get_by_role("button", name="拆单", exact=True).click()
        await form.get_by_text("请填写理由").wait_for()
        assert await serious_findings(page) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/split.png", full_page=True)
        await form.get_by_label("理由").fill("一个电话说了两件事。")
        await form.get_by_role("button", name="拆单", exact=True).click()
        await page.get_by_text("已分出").get_by_role("link").click()
        await page.get_by_text("从工单").get_by_role("link", name=order.number).wait_for()
        await page.get_by_role("heading", name="神道路井盖缺失").first.wait_for()
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/part.png", full_page=True)


async def test_a_call_to_the_citizen_that_does_not_come_about_is_said_and_stands_in_the_story(
    chromium: Browser, web_rig: WebRig
) -> None:
    order = await in_progress(web_rig)
    await take(web_rig, order, Step.FILL_IN, COORDINATOR, citizen_phone="13900000042")
    async with transaction(web_rig.context.sessions) as session:
        # The sample's numbers are invented so that nobody can dial them.
        office = await session.get_one(Office, order.lead_office_code)
        office.phone = "13900000777"
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await page.goto(f"{web_rig.url}/orders/{order.number}#call-citizen")
        await page.get_by_role("button", name="拨打诉求人电话").click()
        said = page.locator("[data-calls-say]")
        await expect(said).to_contain_text("正在响您的电话（139")
        # As hotline.bridges.line.call_control writes it when nobody picks up.
        async with transaction(web_rig.context.sessions) as session:
            failed = {"state": CommandState.FAILED, "result": "您的电话没有人接，没有拨给对方", "ended_at": clock.now()}
            await session.execute(update(CallCommand).where(CallCommand.order_number == order.number).values(failed))
        await expect(said).to_have_text("您的电话没有人接，没有拨给对方")
        tried = page.locator("#story li.call").filter(has_text="给诉求人打电话，没有打成")
        await expect(tried).to_contain_text("您的电话没有人接")
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/call-failed.png", full_page=True)
