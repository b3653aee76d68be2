"""Nobody took the order: the coordinator sees why this crew, what was tried, and an alarm until it is dealt with."""

import datetime as dt

from playwright.async_api import Browser, expect

from core import clock
from core.database import transaction
from dispatch.assignments.crew_search import crew_searches_of
from dispatch.assignments.crew_search_rules import CrewSearchState
from dispatch.jobs.search_crews import continue_search
from dispatch.steps.take import find_order
from dispatch.workflow import Role
from tests.support.browser import PICTURES, serious_findings, signed_in_page
from tests.support.web_rig import WebRig


async def ask_everybody_in_vain(web_rig: WebRig, number: str) -> None:
    """The search to its end, with a moved clock."""
    at = clock.now()
    while True:
        at += dt.timedelta(seconds=60)
        async with transaction(web_rig.context.sessions) as session:
            order = await find_order(session, number)
            assert order is not None
            search = (await crew_searches_of(session, order.id))[-1]
            if search.state is CrewSearchState.ALARMED:
                return
            await continue_search(session, web_rig.context.policy, search.id, at=at)


async def test_the_coordinator_has_an_alarm_on_every_page_until_he_has_seen_to_it(
    web_rig: WebRig, chromium: Browser
) -> None:
    number = web_rig.sample.fresh
    await ask_everybody_in_vain(web_rig, number)
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/orders/{number}")
        await expect(page.get_by_role("alert").filter(has_text="没有直通车接单")).to_be_visible()
        side = page.locator("#assignments")
        await expect(side).to_contain_text("为什么是这一队")
        await expect(side).to_contain_text("负责书院街道的排水")
        await expect(side.get_by_role("status")).to_contain_text("没有直通车接单")
        assert not await serious_findings(page)
        await page.screenshot(path=PICTURES / "desk-order-search.png", full_page=True)
        await page.get_by_role("alert").get_by_role("link").click()
        await expect(page.get_by_role("heading", name="无人接单")).to_be_visible()
        assert not await serious_findings(page)
        await page.screenshot(path=PICTURES / "desk-unit-alarms.png", full_page=True)
        await page.get_by_role("button", name="知道了，我来处理").click()
        await expect(page.get_by_text("没有告警")).to_be_visible()
        await page.goto(f"{web_rig.url}/orders/{number}")
        await expect(page.locator("#assignments")).to_contain_text("周示例")
        await expect(page.locator(".alarm-line", has_text="没有直通车接单")).to_have_count(0)
