"""A citizen is masked on the page, shown on a reason; the supervisor reads who looked. The timeline plays in place."""

from playwright.async_api import Browser, expect

from dispatch.workflow import Role
from tests.support.browser import PICTURES, serious_findings, signed_in_page
from tests.support.web_rig import WebRig


async def test_an_office_says_why_and_the_supervisor_reads_it(web_rig: WebRig, chromium: Browser) -> None:
    address = f"{web_rig.url}/orders/{web_rig.sample.lamp}"
    async with signed_in_page(chromium, web_rig, Role.OFFICE) as page:
        await page.goto(address)
        citizen = page.locator("#citizen")
        await expect(citizen).to_contain_text("王**")
        await expect(citizen).to_contain_text("138****0042")
        assert "13800000042" not in await page.content()
        await citizen.get_by_text("查看诉求人").click()
        await page.screenshot(path=PICTURES / "identity-masked.png")
        await citizen.get_by_label("理由").fill("上门处理前联系")
        await citizen.get_by_label("理由").press("Enter")
        await expect(page.locator("#citizen")).to_contain_text("13800000042")
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.goto(address)
        await expect(page.locator(".table.disclosures")).to_contain_text("上门处理前联系")
        await expect(page.locator(".story audio")).to_have_count(1)
        await page.locator("#story").screenshot(path=PICTURES / "order-timeline.png")
        await page.get_by_role("link", name="查看记录").click()
        await expect(page.locator(".table.disclosures")).to_contain_text("路灯所")
        await page.screenshot(path=PICTURES / "disclosures.png")
        assert await serious_findings(page) == []
        await page.emulate_media(media="print")
        await expect(page.locator(".printed")).to_contain_text("许示例")
        await expect(page.locator(".printed")).to_be_visible()
