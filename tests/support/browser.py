"""A real Chromium, driven by playwright, that reaches nothing but this machine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from bench.chromium import find_chromium
from dispatch.workflow import Role
from tests.conftest import until
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PICTURES = Path(__file__).parents[2] / "var/screens"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('unsent:')).map((key) => localStorage[key])"
"""What the browser keeps of texts not yet sent."""
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
GIVEN_UP = ("htmx:sendAbort", "htmx:afterRequest")
"""How htmx logs a request that was given up. Of each that ended without an answer it first says "afterRequest", then
which of the three it was: the others are "sendError" and "timeout"."""
# What a page says on a busy machine may take its time: the tests wait for the fact, not for five seconds.
expect.set_options(timeout=60_000)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
        yield browser
        await browser.close()


async def choose(within: Page | Locator, label: str, typed: str, name: str) -> None:
    """In a field that many names are chosen in by typing."""
    # Not the plain list that it is until the page's program has come.
    field = within.get_by_role("combobox", name=label).and_(within.locator("input"))
    await field.fill(typed)
    await expect(within.get_by_role("option", name=name, exact=True, selected=True)).to_be_visible()
    await field.press("Enter")
    await expect(field).to_have_value(name)


async def nothing_is_kept(page: Page) -> None:
    """The page's program takes it away, a moment after the page itself is seen."""
    await until(lambda: page.evaluate(f"{KEPT}.length === 0"))


def is_complaint(said: ConsoleMessage, awaited: Sequence[int] = (422,)) -> bool:
    """An error of the page itself; a refused form (422) is not one, nor what else the test brings about, nor a request
    that the page itself gave up for a newer one (hx-sync: the answer to the next letter is wanted, not to this one).
    """
    # As the browser says it, and as htmx does.
    answers = [words for status in awaited for words in (f"status of {status}", f"Status Error Code {status}")]
    return said.type == "error" and not said.text.startswith(GIVEN_UP) and not any(one in said.text for one in answers)


async def serious_findings(page: Page) -> list[str]:
    """What axe finds on the page that keeps somebody from using it: rule and element."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate("axe.run().then((result) => result.violations)")
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:160]}" for one in grave for node in one["nodes"]]


@asynccontextmanager
async def signed_in_page(
    browser: Browser, web_rig: WebRig, role: Role, size: dict[str, int] = DESK, awaited: Sequence[int] = (422,)
) -> AsyncIterator[Page]:
    """A page of its own browser profile, signed in by hand; whatever the page complains of fails the test."""
    phone = size["width"] < 600
    context: BrowserContext = await browser.new_context(
        viewport=size,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=phone,
        device_scale_factor=2 if phone else 1,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if is_complaint(said, awaited) else None)
    await page.goto(f"{web_rig.url}/sign-in")
    await page.get_by_label("登录名").fill(ACCOUNTS[role]["name"])
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("button", name="退出").wait_for()
    yield page
    await context.close()
    assert not complaints, complaints
