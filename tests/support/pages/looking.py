"""Opening a page as one who uses it, until it stands still; then what is wrong with how it is drawn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page

from dispatch.workflow import Role
from tests.support.browser import AXE
from tests.support.pages.catalogue import Shown, Size
from tests.support.pages.rigs import PagesRig, Rows

FAULTS = (Path(__file__).parent / "faults.js").read_text("utf-8")
STILL = """() => document.readyState === 'complete'
  && !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')
  && !(document.querySelector('.lamp') && document.body.matches('[data-live], [data-inbox]')
       && !document.querySelector('[data-connection="on"]'))
  && [...document.querySelectorAll('[data-wave]')].every((wave) => wave.querySelector('div'))
  && [...document.querySelectorAll('.map-view[aria-busy]')].every((map) => !map.checkVisibility())
  && !document.querySelector('#crew[aria-busy], #crew [aria-busy]')"""


@asynccontextmanager
async def window(
    browser: Browser, rig: PagesRig, role: Role | None, size: Size, errors: list[str] | None = None
) -> AsyncIterator[Page]:
    """A page of its own browser profile, signed in; `errors` gets what its programs raise."""
    phone = size[0] < 600
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=phone,
        service_workers="block", reduced_motion="reduce", permissions=["microphone", "geolocation"],
        geolocation={"latitude": 35.5967, "longitude": 116.9867},
    )  # fmt: skip
    if role is not None:
        await context.add_cookies([{"name": "hotline_session", "value": rig.cookies[role], "url": rig.web_rig.url}])
    page = await context.new_page()
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    yield page
    await context.close()


async def go(page: Page, rig: PagesRig, shown: Shown) -> None:
    await page.goto(rig.web_rig.url + shown.path, wait_until="load")
    if shown.route == "desk" and rig.rows is not Rows.NONE:
        # The call in hand and its panels come after the page.
        await page.locator("#desk-form form").wait_for()
        await page.wait_for_load_state("networkidle")
    await page.wait_for_function(STILL)


async def unfold(page: Page) -> None:
    """Everything that opens on the page."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    await page.wait_for_function(STILL)


async def faults(page: Page) -> list[str]:
    return [f"{kind}: {what}" for kind, what in await page.evaluate(FAULTS)]


async def axe_findings(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "axe.run({resultTypes: ['violations']}).then((all) => all.violations.map((one) => "
        "[one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))]))"
    )
    return [f"axe {rule}: {node}" for rule, nodes in found for node in nodes]
