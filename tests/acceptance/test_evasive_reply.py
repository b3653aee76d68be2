"""The coordinator before an evasive reply: sees passage and reason, and sends it back with them."""

from playwright.async_api import Browser, expect

from dispatch.workflow import Role
from tests.support.browser import PICTURES, serious_findings, signed_in_page
from tests.support.orders import EVASIVE, make_reviewed
from tests.support.web_rig import WebRig


async def test_an_evasive_reply_is_highlighted_and_goes_back_with_its_reason(
    chromium: Browser, web_rig: WebRig
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    number = await make_reviewed(web_rig, "qufu-811.1", EVASIVE)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/orders/{number}")
        await expect(page.locator(".answer mark")).to_contain_text("不属于我单位管辖范围")
        await expect(page.locator(".doubts")).to_contain_text("推诿")
        await page.get_by_text("退回重办", exact=True).first.click()
        reason = page.locator("#send_back textarea")
        await expect(reason).to_have_value(
            "推诿：“您好：路灯不属于我单位管辖范围，请向有关部门反映。”说不归自己管，没有说明谁来办。"
        )
        await page.screenshot(path=PICTURES / "evasive-reply.png", full_page=True)
        await page.locator("#send_back button").click()
        await expect(page.locator("#status")).to_contain_text("退回重办")
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.goto(f"{web_rig.url}/supervision")
        await page.get_by_role("link", name="神回复").click()
        row = page.get_by_role("row").filter(has_text=number)
        await expect(row.locator("mark").first).to_contain_text("不属于我单位管辖范围")
        await expect(row).to_contain_text("退回重办")
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "evasive-replies.png", full_page=True)
