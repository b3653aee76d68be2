"""A crew's phone in a real browser, and what its crew touches on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page

from dispatch.workflow import Role
from tests.support.browser import PHONE
from tests.support.file_samples import photo
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig

SLOW = 60_000
"""Milliseconds that a busy machine may take."""


@asynccontextmanager
async def phone(
    browser: Browser, web_rig: WebRig, name: str = ACCOUNTS[Role.UNIT]["name"]
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """A crew's phone, signed in, whose page is kept by its service worker."""
    context = await browser.new_context(
        viewport=PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        device_scale_factor=2,
        permissions=["geolocation"],
        geolocation={"latitude": 35.5967, "longitude": 116.9867, "accuracy": 15},
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{web_rig.url}/sign-in")
    await page.get_by_label("登录名").fill(name)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_url("**/crew")
    await page.wait_for_function(
        "async () => navigator.serviceWorker.controller && (await (await caches.open('crew-page')).keys()).length > 3",
        timeout=SLOW,
    )
    yield context, page
    await context.close()
    assert not complaints, complaints


def card(page: Page, number: str) -> Locator:
    return page.locator(f'[data-order="{number}"]')


async def press(page: Page, number: str, button: str) -> None:
    await card(page, number).get_by_role("button", name=button, exact=True).click()


def taken(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo()}
