"""The agent's desk in a real Chromium, on real calls."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from telephony.phone import AsyncPhone
from tests.acceptance.desk_house import CITIZEN_HERTZ, DeskHouse, desk_house, hears


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path_factory.mktemp("desk"), database_url, wrap_up_seconds=40) as one:
        yield one


async def ready(page: Page) -> None:
    await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=20_000)
    await page.keyboard.press("Alt+r")
    await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=20_000)


async def test_an_agent_answers_in_the_browser_and_both_hear_each_other(house: DeskHouse, until) -> None:
    async with house.agent() as context:
        page = context.pages[0]
        await ready(page)
        async with AsyncPhone(house.exchange.account("citizen-1", number="13800000042")) as citizen:
            await citizen.register()
            call = await citizen.call("12345")
            await expect(page.get_by_role("button", name="接听 Alt A")).to_be_visible(timeout=20_000)
            await page.keyboard.press("Alt+a")
            await expect(page.get_by_text("通话中").first).to_be_visible(timeout=20_000)
            print(call, CITIZEN_HERTZ, hears)
            await page.screenshot(path="var/screens/desk-talking.png")
