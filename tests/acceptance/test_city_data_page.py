"""An administrator changes an office without a shell: the pages fit, and axe finds nothing."""

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import text

from core.database import transaction
from dispatch.workflow import Role
from tests.support.browser import DESK, PHONE, PICTURES, serious_findings, signed_in_page
from tests.support.web_rig import WebRig


@pytest.mark.parametrize(("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"])
async def test_an_offices_telephone_is_changed_on_screen(
    web_rig: WebRig, chromium: Browser, size: dict[str, int], name: str
) -> None:
    async with signed_in_page(chromium, web_rig, Role.ADMINISTRATOR, size) as page:

        async def look(view: str) -> None:
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, view
            assert await serious_findings(page) == []
            await page.screenshot(path=PICTURES / f"{name}-city-{view}.png", full_page=True)

        await page.goto(f"{web_rig.url}/admin/city")
        await look("files")
        await page.get_by_role("link", name="承办单位", exact=True).click()
        await page.get_by_role("link", name="修改 street-lighting").click()
        await page.get_by_label("值班电话").fill("0537-0002999")
        await look("row")
        await page.locator("form", has=page.get_by_label("值班电话")).get_by_role("button", name="看差别和影响").click()
        await expect(page.locator("ins")).to_have_text("0537-0002999")
        await page.get_by_label("为什么修改").fill("值班电话换了")
        await look("preview")
        await page.get_by_role("button", name="保存这个版本").click()
        await expect(page.get_by_text("现在有效")).to_be_visible()
        await look("saved")
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(text("TRUNCATE city_versions"))
