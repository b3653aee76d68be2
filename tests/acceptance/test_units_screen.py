"""The crews on shift, as the coordinator sees them: live, with what needs looking at first."""

import pytest
from playwright.async_api import Browser, expect

from dispatch.workflow import Role
from tests.support.browser import DESK, PHONE, PICTURES, serious_findings, signed_in_page
from tests.support.crew_actions import on_the_road
from tests.support.web_rig import WebRig


@pytest.mark.parametrize(("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"])
async def test_a_crew_that_sets_out_appears_by_itself_and_leads_to_its_order(
    web_rig: WebRig, chromium: Browser, size: dict[str, int], name: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR, size) as page:
        await page.goto(f"{web_rig.url}/units")
        await page.wait_for_selector('[data-connection="on"]')
        number = await on_the_road(web_rig, f"qufu-98{size['width']}.1", fix_minutes_ago=40)
        row = page.locator(".table.units .row", has_text=number)
        await expect(row).to_contain_text("超过规定")
        await expect(row).to_contain_text("已过时，不用于选派")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert not await serious_findings(page)
        await page.screenshot(path=PICTURES / f"{name}-units.png", full_page=True)
        await row.get_by_role("link", name=number).click()
        await expect(page.locator(".order-unit")).to_contain_text("在路上")
        assert not await serious_findings(page)
        await page.screenshot(path=PICTURES / f"{name}-order-crew.png", full_page=True)
