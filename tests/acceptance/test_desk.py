"""The agent's desk in a real Chromium, on real calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error, Page, expect

from telephony.phone import AsyncPhone, PhoneCall
from tests.acceptance.browser import DESK
from tests.acceptance.desk_house import AGENT_HERTZ, CITIZEN_HERTZ, DeskHouse, desk_house, hears
from tests.integration.exchange import tone
from tests.integration.hearing import heard_seconds

SLOW = 30_000
"""Milliseconds; a limit for the broken, not a measure."""
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "var/screens"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
Until = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[DeskHouse]:
    async with desk_house(tmp_path_factory.mktemp("desk"), database_url, wrap_up_seconds=40) as one:
        yield one


async def be_ready(page: Page) -> None:
    await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
    if await page.locator('[data-desk][data-state="ready"]').count() == 0:
        await page.keyboard.press("Alt+r")
    await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)


@asynccontextmanager
async def talk(house: DeskHouse, page: Page, citizen: str = "citizen-1") -> AsyncIterator[PhoneCall]:
    """A citizen on the line with this page's agent."""
    async with AsyncPhone(house.exchange.account(citizen, number="13800000042")) as phone:
        await phone.register()
        call = await phone.call("12345")
        await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
        await page.keyboard.press("Alt+a")
        await talking(page)
        yield call
        if not call.ended:
            await phone.hang_up(call)


async def talking(page: Page) -> None:
    await expect(page.locator('[data-line="talking"]')).to_be_visible(timeout=SLOW)


async def until_heard(until: Until, call: PhoneCall, hertz: float, seconds: float = 1.0) -> None:
    """That the citizen hears this tone, from now on, so long."""
    before = len(call.heard())
    await until(lambda: heard_seconds(call.heard()[before:], hertz) >= seconds, 30)


async def until_citizen_is_heard(until: Until, page: Page, call: PhoneCall) -> None:
    async def heard() -> bool:
        call.say(tone(CITIZEN_HERTZ, 1.5), seconds=0)
        return await hears(page, CITIZEN_HERTZ)

    await until(heard, 30)


async def test_both_hear_each_other_and_the_recording_holds_both(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        skip = len(house.exchange.cel_lines())
        async with talk(house, page) as call:
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)

            await page.keyboard.press("Alt+h")
            await expect(page.get_by_text("保持中")).to_be_visible()
            before = len(call.heard())
            await until(lambda: len(call.heard()) - before > 16_000, 20)
            assert heard_seconds(call.heard()[before + 8000 :], AGENT_HERTZ) == 0
            await page.keyboard.press("Alt+h")
            await until_heard(until, call, AGENT_HERTZ)

            await page.keyboard.press("Alt+m")
            await expect(page.get_by_text("已静音")).to_be_visible()
            before = len(call.heard())
            await until(lambda: len(call.heard()) - before > 16_000, 20)
            assert heard_seconds(call.heard()[before + 8000 :], AGENT_HERTZ) == 0
            await page.keyboard.press("Alt+m")
            await until_heard(until, call, AGENT_HERTZ)

            await page.keyboard.press("Alt+k")
            await page.get_by_role("button", name="5", exact=True).click()
            await page.get_by_role("button", name="#", exact=True).click()
            await until(lambda: call.keys_heard == "5#", 10)
            await page.screenshot(path=PICTURES / "desk-talking.png")
        await expect(page.get_by_text("话后整理").first).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("对方已挂断。")).to_be_visible()
        await page.keyboard.press("Alt+r")
        await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)
    rows = house.exchange.wait_over(skip)
    for leg, hertz in (("rx", CITIZEN_HERTZ), ("tx", AGENT_HERTZ)):
        recorded = house.exchange.recording(rows, leg).read_bytes()[44:]
        assert heard_seconds(recorded, hertz) > 1, leg


async def test_a_page_reloaded_in_mid_call_has_its_citizen_back(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(house, page) as call:
            await until_heard(until, call, AGENT_HERTZ)
            await page.reload()
            await talking(page)
            await expect(page.get_by_text("页面刷新前的通话已经接回")).to_be_visible()
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            assert not call.ended


async def test_a_browser_that_dies_in_mid_call_loses_no_citizen(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context, house.agent("agent2") as other:
        page, colleague = context.pages[0], other.pages[0]
        await be_ready(page)
        async with talk(house, page) as call:
            await be_ready(colleague)
            # No word to the exchange: the sound stops, as when the computer is switched off.
            devtools = await context.new_cdp_session(page)
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(devtools.send("Page.crash"), 2)
            await expect(colleague.locator('[data-line="ringing"]')).to_be_visible(timeout=60_000)
            await colleague.keyboard.press("Alt+a")
            await talking(colleague)
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_line_to_the_server_that_breaks_ends_no_call(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(house, page) as call:
            await house.restart_web()
            await expect(page.get_by_text("通话还在，请继续说")).to_be_visible(timeout=SLOW)
            await until_heard(until, call, AGENT_HERTZ)
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            await page.keyboard.press("Alt+q")
            await until(lambda: call.ended or heard_seconds(call.heard(), 1220) > 0.2, 20)
            await expect(page.get_by_text("话后整理").first).to_be_visible(timeout=SLOW)


async def test_one_window_has_the_telephone_and_another_may_take_it(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context:
        first = context.pages[0]
        await be_ready(first)
        second = await context.new_page()
        await second.goto(f"{house.url}/desk")
        await expect(second.locator('[data-lamp="elsewhere"]')).to_be_visible(timeout=SLOW)
        await expect(first.locator('[data-lamp="on"]')).to_be_visible()
        await second.get_by_role("button", name="改在这里接听").click()
        await expect(second.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await expect(first.locator('[data-lamp="elsewhere"]')).to_be_visible(timeout=SLOW)
        async with talk(house, second) as call:
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_session_that_was_ended_elsewhere_gives_the_telephone_up(house: DeskHouse) -> None:
    async with house.agent("agent3") as context:
        page = context.pages[0]
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await house.end_sessions("agent3")
        await expect(page.get_by_text("登录已结束：")).to_be_visible(timeout=SLOW)
        await page.get_by_role("button", name="去登录").click()
        await expect(page.get_by_label("登录名")).to_be_visible()


async def test_an_exchange_that_starts_again_is_said_and_come_back_to(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(house, page):
            await house.restart_exchange()
            await expect(page.get_by_text("电话系统重新启动过")).to_be_visible(timeout=60_000)
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)


async def test_a_call_is_passed_on_by_keyboard_alone(house: DeskHouse, until: Until) -> None:
    async with house.agent() as context, AsyncPhone(house.exchange.account("1002"), lambda call: None) as colleague:
        page = context.pages[0]
        await colleague.register()
        await be_ready(page)
        async with talk(house, page) as call:
            await page.keyboard.press("Alt+t")
            await page.keyboard.type("1002")
            for _ in range(3):
                await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            rings = await colleague.wait_call(20)
            await colleague.answer(rings)
            await expect(page.get_by_text("话后整理").first).to_be_visible(timeout=SLOW)
            rings.say(tone(900, 4), seconds=0)
            await until_heard(until, call, 900)


@pytest.mark.parametrize("size", [DESK, {"width": 1920, "height": 1080}], ids=["1366", "1920"])
async def test_the_desk_fits_the_screen_and_bars_nobody_out(house: DeskHouse, size: dict[str, int]) -> None:
    async with house.agent("agent1", size) as context:
        page = context.pages[0]
        await be_ready(page)
        await settled(page, size, "ready")
        async with AsyncPhone(house.exchange.account("citizen-2", number="13800000043")) as citizen:
            await citizen.register()
            call = await citizen.call("12345")
            await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
            await settled(page, size, "ringing")
            await page.keyboard.press("Alt+a")
            await talking(page)
            await settled(page, size, "talking")
            await page.keyboard.press("Alt+t")
            await settled(page, size, "transfer")
            await citizen.hang_up(call)
        await expect(page.get_by_text("话后整理").first).to_be_visible(timeout=SLOW)
        await settled(page, size, "wrap-up")
        await page.locator("h1").click(force=True)
        await page.keyboard.press("?")
        await settled(page, size, "help")


async def settled(page: Page, size: dict[str, int], name: str) -> None:
    """A picture to look at; no scrolling of the whole page; nothing serious for a reader of another kind."""
    await page.screenshot(path=PICTURES / f"desk-{size['width']}-{name}.png")
    over = await page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert max(over) <= 0, f"{name} is {over} px too large"
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run({resultTypes: ['violations']}).then(all => all.violations)")
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]
