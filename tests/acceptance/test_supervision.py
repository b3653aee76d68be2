"""The supervisor's tables on screen: accountability, how offices and crews did, and a fair draw."""

import re

from playwright.async_api import Browser, expect

from dispatch.jobs.overdue import sweep
from dispatch.workflow import Role
from tests.support.browser import PICTURES, signed_in_page
from tests.support.past_orders import at, closed, dispatched
from tests.support.web_rig import WebRig


async def test_a_supervisor_finds_who_was_late_compares_offices_and_draws_a_sample(
    web_rig: WebRig, chromium: Browser
) -> None:
    sessions, policy = web_rig.context.sessions, web_rig.context.policy
    late = await dispatched(sessions, policy, at("2026-10-12 09:00"), title="没人签收的路灯")
    for day in range(12, 16):
        await closed(sessions, policy, at(f"2026-10-{day} 09:00"))
    await sweep(sessions, policy, at=at("2026-10-31 09:00"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        await page.get_by_role("link", name="督查", exact=True).click()
        row = page.get_by_role("row").filter(has_text=late.number)
        await expect(row.filter(has_text="超过规定时限未签收")).to_have_count(1)
        await expect(row.filter(has_text="超过办结时限未答复")).to_have_count(1)
        await page.get_by_role("link", name="时限").click()
        await expect(page.get_by_role("link", name="时限 ↓")).to_be_visible()
        await page.screenshot(path=PICTURES / "desk-accountability.png", full_page=True)
        await page.get_by_label("时限所在月份").select_option("2026-09")
        await page.get_by_role("button", name="查看").click()
        await expect(page.get_by_text("没有符合条件的问责记录")).to_be_visible()

        await page.get_by_role("link", name="考核").click()
        await page.get_by_label("月份").select_option("2026-10")
        await page.get_by_role("button", name="查看").click()
        lamps = page.get_by_role("row").filter(has=page.locator('a[href="/orders?office=street-lighting"]'))
        await expect(lamps).to_contain_text("80.0%4/5")
        await expect(lamps).to_contain_text("100%4/4")
        await page.screenshot(path=PICTURES / "desk-scorecards.png", full_page=True)
        await page.get_by_label("考核对象").select_option("unit")
        await page.get_by_role("button", name="查看").click()
        await expect(page.get_by_role("columnheader", name="接单率")).to_be_visible()
        await page.screenshot(path=PICTURES / "desk-scorecards-units.png", full_page=True)

        await page.get_by_role("link", name="抽查").click()
        await page.get_by_label("办结月份").select_option("2026-09")
        await page.get_by_role("button", name="随机抽取").click()
        await expect(page.get_by_role("alert")).to_have_text("这个时段没有已办结的工单。")
        await page.get_by_label("办结月份").select_option("2026-10")
        await page.get_by_role("button", name="随机抽取").click()
        await expect(page.get_by_text("结果完全一致")).to_be_visible()
        await expect(page.get_by_text("与现在的办结记录一致")).to_be_visible()
        first = page.locator(".spot-pick").first
        await first.get_by_label("抽查结论").fill("听了录音，路灯确已修好，但答复晚了一天。")
        await first.get_by_label("问题").select_option(label="超过承诺时限")
        await page.screenshot(path=PICTURES / "desk-spot-check.png", full_page=True)
        await first.get_by_role("button", name="记下结论").click()
        # The form has the problem's name, too, in its list: the conclusion stands as text once it is taken.
        await expect(page.locator(".spot-pick").first).to_contain_text("路灯确已修好，但答复晚了一天。")
        number = await page.locator(".spot-pick").first.get_by_role("link").inner_text()
        await page.locator(".spot-pick").first.get_by_role("link").click()
        await expect(page).to_have_url(re.compile(number))
        await page.goto(f"{web_rig.url}/supervision/spot-checks")
        await page.screenshot(path=PICTURES / "desk-spot-checks.png", full_page=True)
