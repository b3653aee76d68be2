"""The agent's desk in a real Chromium, on real calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Error, Page, Route, expect

from telephony.phone import AsyncPhone, PhoneCall
from tests.support.browser import DESK, serious_findings
from tests.support.desk_rig import AGENT_HERTZ, CITIZEN_HERTZ, PASSWORD, DeskRig, desk_rig, hears
from tests.support.exchange import tone
from tests.support.hearing import heard_seconds

SLOW = 60_000
"""Milliseconds; a limit for the broken, not a measure."""
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "var/screens"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
Until = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[DeskRig]:
    async with desk_rig(tmp_path_factory.mktemp("desk"), database_url, after_call_work_seconds=40) as one:
        yield one


async def be_ready(page: Page, lamp: str = "on") -> None:
    await expect(page.locator(f'[data-lamp="{lamp}"]')).to_be_visible(timeout=SLOW)
    if await page.locator('[data-desk][data-state="ready"]').count() == 0:
        await page.keyboard.press("Alt+r")
    await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)


@asynccontextmanager
async def talk(rig: DeskRig, page: Page, citizen: str = "citizen-1") -> AsyncIterator[PhoneCall]:
    """A citizen on the line with this page's agent."""
    async with AsyncPhone(rig.exchange.account(citizen, number="13800000042")) as phone:
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


async def until_silent(until: Until, call: PhoneCall, hertz: float) -> None:
    """That the citizen hears this tone no more: a whole second without it, once what was under way has come."""
    await until(lambda: heard_seconds(call.heard()[-16_000:], hertz) == 0, 30)


async def until_heard_from(until: Until, ear: PhoneCall, mouth: PhoneCall, hertz: float) -> None:
    """Speaking on and on, however late the exchange has put the two together."""
    mouth.media.say(tone(hertz, 60))
    await until_heard(until, ear, hertz)
    mouth.media.hush()


async def is_spoken_to(page: Page) -> bool:
    heard: dict[str, Any] | None = await page.evaluate("window.loudest()")
    return heard is not None and heard["decibels"] > -50


async def until_citizen_is_heard(until: Until, page: Page, call: PhoneCall) -> None:
    async def heard() -> bool:
        call.say(tone(CITIZEN_HERTZ, 1.5), seconds=0)
        return await hears(page, CITIZEN_HERTZ)

    await until(heard, 30)


async def test_both_hear_each_other_and_the_recording_holds_both(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        skip = len(rig.exchange.cel_lines())
        async with talk(rig, page) as call:
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)

            await page.keyboard.press("Alt+h")
            await expect(page.get_by_text("保持中")).to_be_visible()
            # The page says so before the exchange has done it.
            await until_silent(until, call, AGENT_HERTZ)
            await page.keyboard.press("Alt+h")
            await until_heard(until, call, AGENT_HERTZ)

            await page.keyboard.press("Alt+m")
            await expect(page.get_by_text("已静音")).to_be_visible()
            await until_silent(until, call, AGENT_HERTZ)
            await page.keyboard.press("Alt+m")
            await until_heard(until, call, AGENT_HERTZ)

            await page.keyboard.press("Alt+k")
            await page.get_by_role("button", name="5", exact=True).click()
            await page.get_by_role("button", name="#", exact=True).click()
            await until(lambda: call.keys_heard == "5#", 30)
            await page.screenshot(path=PICTURES / "desk-talking.png")
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("对方已挂断。")).to_be_visible()
        await page.keyboard.press("Alt+r")
        await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)
    rows = rig.exchange.wait_over(skip)
    for leg, hertz in (("rx", CITIZEN_HERTZ), ("tx", AGENT_HERTZ)):
        recorded = rig.exchange.recording(rows, leg).read_bytes()[44:]
        assert heard_seconds(recorded, hertz) > 1, leg


async def test_a_page_reloaded_in_mid_call_has_its_citizen_back(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page) as call:
            await until_heard(until, call, AGENT_HERTZ)
            await page.reload()
            await talking(page)
            await expect(page.get_by_text("页面刷新前的通话已经接回")).to_be_visible()
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            assert not call.ended


async def test_a_browser_that_dies_in_mid_call_loses_no_citizen(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context, rig.agent("agent2") as other:
        page, colleague = context.pages[0], other.pages[0]
        await be_ready(page)
        async with talk(rig, page) as call:
            await be_ready(colleague)
            # No word to the exchange: the sound stops, as when the computer is switched off.
            devtools = await context.new_cdp_session(page)
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(devtools.send("Page.crash"), 2)
            await expect(colleague.locator('[data-line="ringing"]')).to_be_visible(timeout=60_000)
            await colleague.keyboard.press("Alt+a")
            await talking(colleague)
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_line_to_the_server_that_breaks_ends_no_call(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page) as call:
            await asyncio.to_thread(rig.web.kill)
            await expect(page.get_by_text("通话还在，请继续说")).to_be_visible(timeout=SLOW)
            await until_heard(until, call, AGENT_HERTZ)
            await rig.restart_web()
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            await page.keyboard.press("Alt+q")
            await until(lambda: call.ended or heard_seconds(call.heard(), 1220) > 0.2, 60)
            await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)


async def test_hold_while_the_server_is_away_or_frozen_ends_no_call(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page) as call:
            lost, not_now = page.locator("[data-connection-lost]"), page.get_by_text("现在不能保持和取回")
            with rig.web.frozen():
                await expect(lost).to_be_visible(timeout=SLOW)
                await page.keyboard.press("Alt+h")
                await expect(not_now).to_be_visible()
            await expect(lost).to_be_hidden(timeout=SLOW)
            await asyncio.to_thread(rig.web.kill)
            await expect(page.get_by_text("通话还在，请继续说")).to_be_visible(timeout=SLOW)
            await page.keyboard.press("Alt+h")
            await expect(not_now).to_be_visible()
            await page.keyboard.press("Alt+h")
            await page.keyboard.press("Alt+m")
            await expect(page.get_by_text("已静音")).to_be_visible()
            await page.keyboard.press("Alt+m")
            # Asked for before the line to the server broke, and never answered.
            await page.keyboard.press("Alt+q")
            await expect(page.get_by_text("连上后自动挂断")).to_be_visible()
            await page.keyboard.press("Alt+q")
            await expect(page.get_by_text("不会自动挂断了")).to_be_visible()
            await talking(page)
            await rig.restart_web()
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            await page.keyboard.press("Alt+h")
            await expect(page.get_by_text("保持中")).to_be_visible()
            await page.keyboard.press("Alt+h")
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_hold_that_is_never_answered_ends_no_call(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page) as call:
            with rig.web.frozen():
                # At once: nobody knows yet that the server answers no more.
                await page.keyboard.press("Alt+h")
                await expect(page.get_by_text("保持中")).to_be_visible()
                await asyncio.to_thread(rig.web.kill)
            await expect(page.get_by_text("刚才那一步没有办成")).to_be_visible(timeout=SLOW)
            await expect(page.get_by_text("保持中")).to_be_hidden()
            await rig.restart_web()
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)


async def test_one_window_has_the_telephone_and_another_may_take_it(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        first = context.pages[0]
        await be_ready(first)
        second = await context.new_page()
        await second.goto(f"{rig.url}/desk")
        await expect(second.locator('[data-lamp="elsewhere"]')).to_be_visible(timeout=SLOW)
        await expect(first.locator('[data-lamp="on"]')).to_be_visible()
        await second.get_by_role("button", name="改在这里接听").click()
        await expect(second.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await expect(first.locator('[data-lamp="elsewhere"]')).to_be_visible(timeout=SLOW)
        async with talk(rig, second) as call:
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_session_that_was_ended_elsewhere_gives_the_telephone_up_and_is_asked_for_in_place(
    rig: DeskRig,
) -> None:
    async with rig.agent("agent3") as context:
        page = context.pages[0]
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await rig.end_sessions("agent3")
        await expect(page.locator('[data-lamp="signed_out"]')).to_be_visible(timeout=SLOW)
        await sign_in_here(page)
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        assert page.url == f"{rig.url}/desk"


async def sign_in_here(page: Page) -> None:
    """Over the page, as it asks for it."""
    dialog = page.get_by_role("dialog", name="请重新登录")
    await expect(dialog).to_be_visible(timeout=SLOW)
    await dialog.get_by_label("密码").fill(PASSWORD)
    await page.screenshot(path=PICTURES / "desk-sign-in-here.png")
    await dialog.get_by_role("button", name="登录").click()
    await expect(dialog).to_be_hidden(timeout=SLOW)
    await expect(page.locator("[data-session-ended]")).to_be_hidden()


async def test_a_session_that_ends_in_mid_call_costs_the_citizen_nothing(rig: DeskRig, until: Until) -> None:
    async with rig.agent("agent2") as context:
        page = context.pages[0]
        await be_ready(page)
        ended = page.get_by_text("登录已结束，通话不受影响")
        async with talk(rig, page) as call:
            await expect(page.locator("#draft-title")).to_be_visible(timeout=SLOW)
            await rig.end_sessions("agent2")
            await until(lambda: rig.web.says("call_outlives_its_session"), 60)
            await page.locator("#draft-title").fill("会话结束后写的标题")
            await page.keyboard.press("Enter")
            await expect(ended).to_be_visible(timeout=SLOW)
            await expect(page.locator("[data-saved]")).to_contain_text("登录后自动保存")
            await expect(page.get_by_role("dialog", name="请重新登录")).to_be_hidden()
            await until_heard(until, call, AGENT_HERTZ)
            await until_citizen_is_heard(until, page, call)
            await page.keyboard.press("Alt+m")
            await expect(page.get_by_text("已静音")).to_be_visible()
            await page.keyboard.press("Alt+m")
            await page.get_by_role("button", name="在这里登录").click()
            await sign_in_here(page)
            await expect(page.locator("[data-saved]")).to_contain_text("已保存", timeout=SLOW)
            await until_heard(until, call, AGENT_HERTZ)
            await rig.end_sessions("agent2")
            await page.keyboard.press("Alt+q")
            await until(lambda: call.ended or heard_seconds(call.heard(), 1220) > 0.2, 60)
        # Once the call is over it is asked for.
        await sign_in_here(page)
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        assert page.url == f"{rig.url}/desk"


async def test_a_desk_whose_microphone_does_not_open_says_that_no_call_can_reach_it(rig: DeskRig) -> None:
    async with rig.agent("agent3") as context:
        page = context.pages[0]
        await page.add_init_script(
            "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
            "navigator.mediaDevices.getUserMedia = async (wanted) => {"
            " if (!window.plugged) throw new DOMException('', 'NotFoundError'); return real(wanted); }"
        )
        await page.goto(f"{rig.url}/desk")
        await expect(page.get_by_text("麦克风没有打开，电话没有接通")).to_be_visible(timeout=SLOW)
        await expect(page.get_by_text("没有找到麦克风。插好耳麦会自动接上。")).to_be_visible()
        await page.evaluate("window.plugged = true")
        await page.locator("main").click(position={"x": 5, "y": 5})
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)


async def test_an_exchange_that_starts_again_is_said_and_come_back_to(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page):
            await rig.restart_exchange()
            await expect(page.get_by_text("电话系统重新启动过")).to_be_visible(timeout=60_000)
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)


ELSEWHERE = """
document.hasFocus = () => false;
window.notifications = [];
window.Notification = class {
  static permission = 'granted';
  constructor(title, more) { window.notifications.push(more.body); }
  close() {}
};
"""


async def test_microphone_and_speaker_are_chosen_before_a_call_and_in_it(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await page.add_init_script(ELSEWHERE)
        await page.goto(f"{rig.url}/desk")
        await be_ready(page)
        devices = page.get_by_role("button", name="声音设置")
        microphones, speakers = page.locator("[data-microphone]"), page.locator("[data-speaker]")
        await devices.click()
        await page.screenshot(path=PICTURES / "desk-devices.png")
        await microphones.select_option(index=1)
        await speakers.select_option(index=1)
        async with talk(rig, page) as call:
            # Another window was looked at.
            await until(lambda: page.evaluate("window.notifications.join() === '13800000042'"))
            await until(lambda: uses_what_is_chosen(page), 60)
            await until_heard(until, call, AGENT_HERTZ)
            await devices.click()
            await microphones.select_option(index=2)
            await speakers.select_option(index=2)
            await until(lambda: uses_what_is_chosen(page), 60)
            await until_heard(until, call, AGENT_HERTZ)
            # Pulled out: another is taken at once, in the midst of the call.
            await page.evaluate("window.microphones.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))")
            await expect(page.get_by_text("耳麦断开了，已改用别的麦克风")).to_be_visible()
            await until_heard(until, call, AGENT_HERTZ)


async def uses_what_is_chosen(page: Page) -> bool:
    """The call in hand."""
    return bool(
        await page.evaluate("""() => {
          const sent = window.sounds.at(-1).getSenders()[0].track.getSettings().deviceId;
          const chosen = (name) => document.querySelector(`[data-${name}]`).value;
          return sent === chosen('microphone') && document.querySelector('audio').sinkId === chosen('speaker');
        }""")
    )


async def test_a_telephone_on_the_desk_rings_and_the_page_shows_its_call_then_the_browser_dials_again(
    rig: DeskRig, until: Until
) -> None:
    async with rig.agent() as context, AsyncPhone(rig.exchange.account("1001"), lambda call: None) as desk_phone:
        page = context.pages[0]
        await be_ready(page)
        await desk_phone.register()
        await page.get_by_role("button", name="声音设置").click()
        await page.get_by_label("桌上的话机").check()
        await expect(page.locator('[data-lamp="off"]')).to_be_visible()
        await be_ready(page, lamp="off")
        async with AsyncPhone(rig.exchange.account("citizen-1", number="13800000042")) as citizen:
            await citizen.register()
            call = await citizen.call("12345")
            rings = await desk_phone.wait_call(60)
            await expect(page.locator("#desk-pop")).to_contain_text("138 0000 0042", timeout=SLOW)
            await expect(page.locator('[data-desk][data-state="ringing"]')).to_be_visible(timeout=SLOW)
            await desk_phone.answer(rings)
            await expect(page.locator('[data-desk][data-state="talking"]')).to_be_visible(timeout=SLOW)
            await expect(page.locator("#draft-kind")).to_be_visible(timeout=SLOW)
            await page.screenshot(path=PICTURES / "desk-telephone.png")
            await page.keyboard.press("Alt+q")
            await until(lambda: rings.ended, 60)
            await citizen.hang_up(call)
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        await page.keyboard.press("Alt+r")
        await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)
        await page.get_by_role("button", name="声音设置").click()
        await page.get_by_label("这个浏览器").check()
        await be_ready(page)
        # 600 gives back what it hears.
        await page.keyboard.press("Alt+d")
        await page.keyboard.type("600")
        await page.keyboard.press("Enter")
        for again in (True, False):
            await talking(page)
            await until(lambda: hears(page, AGENT_HERTZ), 30)
            # The page knows which call it is: the server's late word about it hides no button after the end.
            await expect(page.locator('body:not([data-call=""])')).to_be_attached(timeout=SLOW)
            await page.keyboard.press("Alt+q")
            await expect(page.get_by_role("button", name="拨号")).to_be_visible(timeout=SLOW)
            if again:
                await page.keyboard.press("Alt+d")
                await page.get_by_role("button", name="重拨 600").click()


async def test_a_call_is_passed_on_by_keyboard_alone(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context, AsyncPhone(rig.exchange.account("1002"), lambda call: None) as colleague:
        page = context.pages[0]
        await colleague.register()
        await be_ready(page)
        async with talk(rig, page) as call:
            await page.keyboard.press("Alt+t")
            await page.keyboard.type("1002")
            for _ in range(3):
                await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            rings = await colleague.wait_call(60)
            await colleague.answer(rings)
            await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
            await until_heard_from(until, call, rings, 900)


async def test_a_call_just_answered_is_passed_on_as_soon_as_the_installation_has_heard_of_it(
    rig: DeskRig, until: Until
) -> None:
    async with rig.agent() as context, AsyncPhone(rig.exchange.account("1002"), lambda call: None) as colleague:
        page = context.pages[0]
        await colleague.register()
        await be_ready(page)
        with rig.line.frozen():
            async with AsyncPhone(rig.exchange.account("citizen-1", number="13800000042")) as phone:
                await phone.register()
                call = await phone.call("12345")
                await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
                await page.keyboard.press("Alt+a")
                await talking(page)
                await page.keyboard.press("Alt+t")
                await page.keyboard.type("1002")
                for _ in range(3):
                    await page.keyboard.press("Tab")
                async with page.expect_response("**/transfer") as refused:
                    await page.keyboard.press("Enter")
                assert (await refused.value).status in (403, 404)
                rig.line.thaw()
                rings = await colleague.wait_call(60)
                await colleague.answer(rings)
                await until_heard_from(until, call, rings, 900)
                await phone.hang_up(call)
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)


async def test_a_word_about_the_last_key_is_not_talked_over_by_tries_to_connect(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page):
            await asyncio.to_thread(rig.web.kill)
            await expect(page.get_by_text("通话还在，请继续说")).to_be_visible(timeout=SLOW)
            tries: list[str] = []
            page.on("websocket", lambda socket: tries.append(socket.url))
            await page.keyboard.press("Alt+h")
            await until(lambda: sum("/ws/sip" in url for url in tries) >= 3, 60)
            await expect(page.get_by_text("现在不能保持和取回")).to_be_visible()
            await rig.restart_web()
            await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=60_000)


async def test_one_whole_call_needs_no_mouse(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page):
            await expect(page.locator("#draft-kind")).to_be_focused(timeout=SLOW)
            for key in ("ArrowDown", "Tab", "Tab", "ArrowDown"):
                await page.keyboard.press(key)
            await expect(page.locator("#draft-subject")).to_be_focused()
            for words in ("神道路路灯不亮", "", "神道路中段", "昨晚起路灯不亮，请派人来修。"):
                await page.keyboard.press("Tab")
                await page.keyboard.insert_text(words)
            await page.keyboard.press("Control+Enter")
            await expect(page.locator(".draft-done")).to_contain_text("神道路路灯不亮", timeout=SLOW)
            await page.keyboard.press("Alt+q")
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        await page.keyboard.press("Alt+r")
        await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)


async def test_one_key_brings_in_110_and_all_three_hear_each_other(rig: DeskRig, until: Until) -> None:
    emergency = rig.exchange.account("emergency-110")
    async with rig.agent() as context, AsyncPhone(emergency, lambda call: None) as police:
        page = context.pages[0]
        await police.register()
        await be_ready(page)
        async with talk(rig, page) as call:
            await expect(page.get_by_label("工单").first).to_be_visible(timeout=SLOW)
            await page.keyboard.press("Alt+8")
            rings = await police.wait_call(60)
            await police.answer(rings)
            await expect(page.get_by_role("button", name="请对方离开")).to_be_visible(timeout=SLOW)
            await until_heard(until, call, AGENT_HERTZ)
            await until_heard(until, rings, AGENT_HERTZ)
            await until_heard_from(until, call, rings, 900)
            await page.screenshot(path=PICTURES / "desk-emergency.png")
            await page.keyboard.press("Alt+b")
            await until(lambda: rings.ended, 60)
            await until_heard(until, call, AGENT_HERTZ)


async def test_a_colleague_is_consulted_sees_who_calls_and_takes_the_citizen(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context, rig.agent("agent2") as other:
        page, colleague = context.pages[0], other.pages[0]
        await be_ready(page)
        await be_ready(colleague)
        await colleague.get_by_role("button", name="离席").click()
        await expect(colleague.get_by_text("您现在不接电话")).to_be_visible(timeout=SLOW)
        async with talk(rig, page) as call:
            await page.keyboard.press("Alt+t")
            await page.keyboard.type("1002")
            await page.keyboard.press("Enter")
            await expect(colleague.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
            # Unmasked only for the agent in the call with the citizen.
            await expect(colleague.locator("#desk-pop")).to_contain_text("138****0042", timeout=SLOW)
            await colleague.keyboard.press("Alt+a")
            await talking(colleague)
            await until(lambda: hears(colleague, AGENT_HERTZ), 30)
            await page.screenshot(path=PICTURES / "desk-consulting.png")
            await page.keyboard.press("Alt+g")
            await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
            await until_citizen_is_heard(until, colleague, call)
            await until_heard(until, call, AGENT_HERTZ)


async def test_an_order_is_called_about_from_its_page_and_the_call_hangs_on_it(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await be_ready(page)
        async with talk(rig, page):
            number = page.locator("#desk-form .number").first
            await expect(number).to_be_visible(timeout=SLOW)
            path = await number.get_attribute("href")
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        order = await context.new_page()
        await order.goto(f"{rig.url}{path}")
        async with AsyncPhone(rig.exchange.account("citizen-2"), lambda call: None) as citizen:
            await citizen.register()
            await order.get_by_role("button", name="诉求人", exact=True).click()
            await page.bring_to_front()
            await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
            await page.keyboard.press("Alt+a")
            await talking(page)
            await order.screenshot(path=PICTURES / "desk-order-calls.png", full_page=True)
            await page.keyboard.press("Alt+q")
        assert path is not None
        await expect(order.locator("#story li.call")).to_have_count(2, timeout=SLOW)


async def test_a_supervisor_listens_whispers_barges_in_and_takes_over_from_the_wall(rig: DeskRig, until: Until) -> None:
    async with (
        rig.agent() as context,
        rig.agent("supervisor") as hall,
        AsyncPhone(rig.exchange.account("1004"), lambda call: None) as phone,
    ):
        page, wall = context.pages[0], hall.pages[0]
        await phone.register()
        await be_ready(page)
        async with talk(rig, page) as call:
            await wall.goto(f"{rig.url}/wall")

            async def step_in(command: str) -> PhoneCall:
                await wall.get_by_role("button", name=command, exact=True).click(timeout=SLOW)
                if command == "接管":
                    await wall.get_by_role("button", name="确定").click()
                rings = await phone.wait_call(60)
                await phone.answer(rings)
                return rings

            ear = await step_in("监听")
            await until_heard(until, ear, AGENT_HERTZ)
            call.say(tone(CITIZEN_HERTZ, 4), seconds=0)
            await until_heard(until, ear, CITIZEN_HERTZ)
            await expect(wall.locator("[data-wall-says]")).to_contain_text("已经接通")
            await wall.screenshot(path=PICTURES / "wall-listening.png")
            await phone.hang_up(ear)

            mouth = await step_in("耳语")
            before = len(call.heard())

            async def whispered() -> bool:
                mouth.say(tone(900, 1.5), seconds=0)
                return await hears(page, 900)

            await until(whispered, 30)
            assert heard_seconds(call.heard()[before:], 900) == 0
            await phone.hang_up(mouth)

            voice = await step_in("插话")

            async def both_hear_him() -> bool:
                voice.say(tone(900, 1.5), seconds=0)
                return await hears(page, 900) and heard_seconds(call.heard()[before:], 900) > 0.5

            await until(both_hear_him, 30)
            await until_heard(until, voice, AGENT_HERTZ)
            await wall.screenshot(path=PICTURES / "wall-barging.png")
            await phone.hang_up(voice)
            await until_heard(until, call, AGENT_HERTZ)

            chief = await step_in("接管")
            await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
            chief.say(tone(900, 5), seconds=0)
            await until_heard(until, call, 900)
            # The supervisor's choice counts for the agent, and names the supervisor.
            agent = wall.locator('[data-agent="1001"]')
            await agent.get_by_role("button", name="恢复就绪").click()
            await expect(page.get_by_text("就绪，等待来电")).to_be_visible(timeout=SLOW)
            await agent.get_by_role("button", name="暂停").click()
            await wall.get_by_label("原因").fill("替班，半小时")
            await wall.keyboard.press("Enter")
            await expect(page.locator("[data-state-reason]")).to_have_text("替班，半小时（许示例设置）", timeout=SLOW)
            # A supervisor without a desk telephone has one in the browser; it takes no citizens' calls.
            await wall.goto(f"{rig.url}/desk")
            await expect(wall.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
            await expect(wall.get_by_role("button", name="就绪")).to_be_hidden()
            await wall.screenshot(path=PICTURES / "desk-of-a-supervisor.png")


async def test_a_new_agent_practises_and_sees_what_the_form_should_have_held(rig: DeskRig, until: Until) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await page.goto(f"{rig.url}/practice")
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "practice.png", full_page=True)
        await page.get_by_role("button", name="开始练习：闻到煤气味").click()
        await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
        await expect(page.locator("#desk-pop")).to_contain_text("不是真的来电人")
        await page.keyboard.press("Alt+a")
        await talking(page)
        await expect(page.locator("[data-desk]")).to_have_attribute("data-state", "talking")
        form = page.locator("form.draft")
        for field, value in (("kind", "help"), ("urgency", "normal"), ("subject", "gas-leak")):
            await form.locator(f"#practice-{field}").select_option(value)
        for field, value in (("title", "煤气味"), ("place", "校场路 10 号")):
            await form.locator(f"#practice-{field}").fill(value)
        await until(lambda: is_spoken_to(page), 30)
        await expect(page.locator("[data-emergency]")).to_be_hidden()
        # The citizen's words are shown and proposed as on a real call, and what was typed stays.
        await expect(page.locator("#desk-transcript li.caller")).to_contain_text("闻到煤气味", timeout=SLOW)
        matter = form.locator('[data-field="matter"]')
        await expect(matter).to_have_attribute("data-state", "proposed", timeout=SLOW)
        await expect(form.locator("#practice-urgency")).to_have_value("normal")
        await page.screenshot(path=PICTURES / "practice-form.png")
        await matter.locator("textarea").focus()
        await page.keyboard.press("Enter")
        await expect(matter).to_have_attribute("data-state", "confirmed")
        await page.keyboard.press("Alt+q")
        await expect(page.locator("[data-state-reason]")).to_have_text("培训", timeout=SLOW)
        await form.locator("#practice-title").press("Control+Enter")
        result = page.locator(".practice-result")
        await expect(result).to_contain_text("6项填对，共8项")
        await expect(result.locator("tr.wrong")).to_contain_text("一律按紧急登记")
        await expect(result.locator("tr.missing")).to_contain_text("鲁城街道")
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "practice-result.png")
    with psycopg.connect(rig.settings.database_url) as connection:
        kept = "SELECT count(*) FROM order_calls WHERE linkedid LIKE 'practice-%'"
        assert connection.execute(kept).fetchone() == (0,)
        shown = "SELECT direction, state FROM calls WHERE linkedid LIKE 'practice-%'"
        # The exchange may report its end a moment later.
        await until(lambda: connection.execute(shown).fetchone() == ("practice", "ended"))
        for table in ("recordings", "proposals JOIN order_calls USING (order_id)", "live_segments"):
            of_practice = f"SELECT count(*) FROM {table} WHERE linkedid LIKE 'practice-%'"
            assert connection.execute(of_practice).fetchone() == (0,), table
        resting = "SELECT state, reason FROM agents WHERE extension = '1001'"
        await until(lambda: connection.execute(resting).fetchone() == ("on_break", "培训"))


async def test_a_practice_form_stays_with_what_was_typed_whatever_the_server_says_after_the_call(
    rig: DeskRig, until: Until
) -> None:
    async with rig.agent() as context:
        page = context.pages[0]
        await expect(page.locator('[data-lamp="on"]')).to_be_visible(timeout=SLOW)
        await page.goto(f"{rig.url}/practice")
        await page.get_by_role("button", name="开始练习：闻到煤气味").click()
        await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
        await page.keyboard.press("Alt+a")
        await talking(page)
        place = page.locator("form.draft #practice-place")
        await place.fill("校场路 10 号")

        # An answer from before the pause, which comes only after the call is over; and one that says so all the time.
        asked: list[str] = []
        early: dict[str, Any] = {}

        async def says_ready(route: Route) -> None:
            answer = await (await route.fetch()).json()
            early.update(answer, state="ready", reason="", linkedid=None, call=None)
            await route.fulfill(json=early)
            asked.append(answer["state"])

        await page.route("**/api/desk/current", says_ready)
        await page.keyboard.press("Alt+q")
        await expect(page.locator('[data-line="idle"]')).to_be_visible(timeout=SLOW)
        await until(lambda: "paused" in asked, 30)
        await expect(page.locator('[data-desk][data-state="ready"]')).to_be_visible()
        await expect(place).to_have_value("校场路 10 号")
        await page.unroute_all(behavior="wait")

        # The page is closed before it was handed in: the run holds what was typed.
        await page.locator("form.draft #practice-title").press_sequentially("煤气味")
        await page.goto(f"{rig.url}/practice")
        await page.get_by_role("link", name="闻到煤气味").first.click()
        await expect(place).to_have_value("校场路 10 号")
        await expect(page.locator("form.draft #practice-title")).to_have_value("煤气味")
        await page.screenshot(path=PICTURES / "practice-later.png", full_page=True)
        assert await serious_findings(page) == []
        await page.locator("form.draft #practice-title").press("Control+Enter")
        await expect(page.locator(".practice-result")).to_contain_text("项填对")


@pytest.mark.parametrize("size", [DESK, {"width": 1920, "height": 1080}], ids=["1366", "1920"])
async def test_the_desk_fits_the_screen_and_bars_nobody_out(rig: DeskRig, size: dict[str, int]) -> None:
    async with rig.agent("agent1", size) as context:
        page = context.pages[0]
        await be_ready(page)
        await settled(page, size, "ready")
        async with AsyncPhone(rig.exchange.account("citizen-2", number="13800000043")) as citizen:
            await citizen.register()
            call = await citizen.call("12345")
            await expect(page.locator('[data-line="ringing"]')).to_be_visible(timeout=SLOW)
            await settled(page, size, "ringing")
            await page.keyboard.press("Alt+a")
            await talking(page)
            await expect(page.locator("#draft-title")).to_be_visible(timeout=SLOW)
            await settled(page, size, "talking")
            await every_field_is_seen_as_one_goes_on(page)
            await the_last_words_are_seen_beside_much_knowledge(page)
            await settled(page, size, "words-and-knowledge")
            await page.keyboard.press("Alt+t")
            await settled(page, size, "transfer")
            await citizen.hang_up(call)
        await expect(page.locator('[data-desk][data-state="after_call_work"]')).to_be_visible(timeout=SLOW)
        await settled(page, size, "after-call work")
        await page.locator("h1").click(force=True)
        await page.keyboard.press("?")
        await settled(page, size, "help")


COVERED = """() => {
  const at = document.activeElement.getBoundingClientRect();
  const foot = document.querySelector('#desk-form .draft-foot').getBoundingClientRect();
  const fields = document.querySelector('#desk-form .draft-fields').getBoundingClientRect();
  const inside = document.activeElement.closest('.draft-fields') !== null;
  const hidden = inside && (at.top < fields.top - 1 || Math.min(at.bottom, at.top + 60) > foot.top + 1);
  return { inside, hidden, name: document.activeElement.id };
}"""


async def every_field_is_seen_as_one_goes_on(page: Page) -> None:
    """By Tab, forwards and back again: none lies behind the form's foot, or above its fields."""
    await page.locator("#draft-kind").focus()
    seen = set()
    for key in ("Tab", "Shift+Tab"):
        while (now := await page.evaluate(COVERED))["inside"]:
            assert not now["hidden"], now
            seen.add(now["name"])
            await page.keyboard.press(key)
        await page.keyboard.press("Shift+Tab" if key == "Tab" else "Tab")
    assert len(seen) > 8, seen


async def the_last_words_are_seen_beside_much_knowledge(page: Page) -> None:
    """What is said fills its box and knowledge opens: 40 of 100 for the words, and the last of them in sight."""
    await expect(page.locator("[data-words-list]")).to_be_attached(timeout=SLOW)
    await page.evaluate("""() => {
      const list = document.querySelector('[data-words-list]');
      for (let at = 0; at < 30; at++) {
        const item = document.createElement('li');
        item.className = 'caller';
        item.dataset.start = 9000 + at;
        item.innerHTML = '<small>来电人</small><span class="phrase">神道路中段的路灯昨晚就不亮了，请来修</span>';
        list.append(item);
      }
      list.parentElement.scrollTop = 1e6;
    }""")
    await page.evaluate("""() => {
      const much = document.createElement('p');
      much.style.height = '900px';
      much.textContent = '知识库很长';
      document.querySelector('#desk-knowledge > *').append(much);
    }""")
    measure = """() => {
      const box = document.querySelector('.live-box').getBoundingClientRect();
      const panel = document.querySelector('.panel.right').getBoundingClientRect();
      const last = [...document.querySelectorAll('[data-words-list] > li')].at(-1).getBoundingClientRect();
      return { share: box.height / panel.height, seen: last.top >= box.top - 1 && last.bottom <= box.bottom + 1 };
    }"""
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    measured = await page.evaluate(f"{drawn}.then({measure})")
    assert measured["seen"], measured
    assert measured["share"] >= 0.4, measured


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
