"""Every page on a desk's screen and on a phone: it fits, it complains of nothing, and it can be looked at.

The pictures lie in `var/screens/` afterwards.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from dispatch.workflow import Role
from tests.acceptance.browser import DESK, PHONE, signed_in_page
from tests.integration.web_house import WebHouse

PICTURES = Path(__file__).parents[2] / "var/screens"

VIEWS = [
    (Role.AGENT, "calls", "/calls"),
    (Role.COORDINATOR, "call", "/calls/qufu-100.1"),
    (Role.COORDINATOR, "orders", "/orders"),
    (Role.COORDINATOR, "orders-found", "/orders?q=路灯"),
    (Role.COORDINATOR, "orders-none", "/orders?q=没有这样的事"),
    (Role.COORDINATOR, "order", "/orders/{lamp}"),
    (Role.OFFICE, "order-secret", "/orders/{secret}"),
    (Role.COORDINATOR, "order-done", "/orders/{done}"),
    (Role.COORDINATOR, "inboxes", "/inboxes"),
    (Role.COORDINATOR, "other-inbox", "/inboxes/office/street-lighting"),
    (Role.SUPERVISOR, "figures", "/figures"),
    (Role.SUPERVISOR, "figures-agents", "/figures?by=agent"),
    (Role.OFFICE, "inbox-office", "/inbox"),
    (Role.UNIT, "inbox-unit", "/inbox"),
    (Role.UNIT, "order-unit", "/orders/{lamp}"),
]


@pytest.mark.parametrize(("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"])
async def test_every_page_fits_the_screen(
    web_house: WebHouse, chromium: Browser, size: dict[str, int], name: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for role in dict.fromkeys(role for role, _, _ in VIEWS):
        async with signed_in_page(chromium, web_house, role, size) as page:
            for _, view, path in (entry for entry in VIEWS if entry[0] is role):
                await page.goto(web_house.url + path.format(**vars(web_house.sample)))
                await page.wait_for_selector('[data-connection="on"]')
                await settle(page)
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{view} is {wide} px too wide on {name}"
                await page.screenshot(path=PICTURES / f"{name}-{view}.png", full_page=True)


async def settle(page: Page) -> None:
    """Until the player has drawn its wave, where there is one."""
    for wave in await page.locator("[data-wave]").all():
        await wave.locator("> div").wait_for()


async def test_the_door_can_be_looked_at(web_house: WebHouse, chromium: Browser) -> None:
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        page = await chromium.new_page(viewport=size)
        await page.goto(f"{web_house.url}/sign-in")
        await page.screenshot(path=PICTURES / f"{name}-sign-in.png")
        await page.close()
