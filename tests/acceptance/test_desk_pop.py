"""The caller, and what the desk does with one click, in a real Chromium on the call's page."""

from uuid import uuid4

from playwright.async_api import Browser, expect

from core import clock
from core.database import transaction
from dispatch.steps.take import find_order, take_step
from dispatch.workflow import Role, Step
from tests.support.browser import DESK, PHONE, PICTURES, signed_in_page
from tests.support.calls import ring
from tests.support.sample import AGENT
from tests.support.web_rig import WebRig


async def test_the_pop_tells_who_calls_and_the_same_lamp_is_joined_and_taken_back(
    web_rig: WebRig, chromium: Browser
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    lamp = web_rig.sample.lamp
    linkedid = f"qufu-740.{uuid4().hex}"  # A second run of the test is another call.
    mine = await ring(web_rig, linkedid, "13800000042", answered=True)
    async with transaction(web_rig.context.sessions) as session:
        draft = await find_order(session, mine)
        assert draft is not None
        fields = {"subject": "street-lamp", "place_town": "lucheng", "place": "神道路中段", "title": "路灯还是不亮"}
        await take_step(
            session, web_rig.context.policy, draft.id, Step.FILL_IN, actor=AGENT, at=clock.now(), fields=fields
        )
    async with signed_in_page(chromium, web_rig, Role.AGENT, DESK) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        pop = page.locator(".pop")
        await expect(pop.get_by_role("heading", name="138 0000 0042")).to_be_visible()
        await expect(pop).to_contain_text("王示例")
        await expect(pop).to_contain_text("神道路中段路灯不亮")
        similar = page.locator(".similar")
        await expect(similar).to_contain_text("同一事项：路灯不亮或损坏")
        await page.screenshot(path=PICTURES / "desk-pop.png", full_page=True)
        await similar.get_by_role("button", name="并入这一张").click()
        await expect(pop).to_contain_text(f"已并入 {lamp}")
        await page.screenshot(path=PICTURES / "desk-pop-joined.png", full_page=True)
        await page.goto(f"{web_rig.url}/orders/{lamp}")
        await expect(page.locator(".interested")).to_contain_text("还有1人关注同一件事")
        await page.screenshot(path=PICTURES / "desk-order-interested.png", full_page=True)
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        await page.get_by_role("button", name="撤回，恢复待登记").click()
        await expect(page.get_by_role("button", name="无声电话")).to_be_visible()


async def test_an_abusive_call_is_one_click_and_its_block_is_the_supervisors_to_approve(
    web_rig: WebRig, chromium: Browser
) -> None:
    linkedid = f"qufu-741.{uuid4().hex}"
    await ring(web_rig, linkedid, f"133{uuid4().int % 10**8:08}", answered=True)
    async with signed_in_page(chromium, web_rig, Role.AGENT, PHONE) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        await page.get_by_role("button", name="辱骂").click()
        await expect(page.locator(".thrown")).to_contain_text("已作无效处理：辱骂")
        await page.get_by_text("建议屏蔽此号码").click()
        await page.get_by_label("理由").fill("一天内辱骂接线员六次")
        await page.get_by_role("button", name="交督查员审批").click()
        await expect(page.locator(".pop")).to_contain_text("等待督查员审批")
        await page.screenshot(path=PICTURES / "phone-pop-block.png", full_page=True)
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR, DESK) as page:
        await page.goto(f"{web_rig.url}/blocks")
        await page.screenshot(path=PICTURES / "desk-blocks.png", full_page=True)
        await page.get_by_role("button", name="批准屏蔽7天").first.click()
        row = page.locator(".block-row.in_force").first
        await expect(row).to_contain_text("一天内辱骂接线员六次")
        await row.get_by_label("提前解除的理由").fill("误报")
        await row.get_by_role("button", name="提前解除").click()
        await expect(page.locator(".over .block-row").first).to_contain_text("已提前解除")
