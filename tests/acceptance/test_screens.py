"""Every page on a desk's screen and on a phone: it fits, it complains of nothing, and it can be looked at.

The pictures lie in `var/screens/` afterwards.
"""

import pytest
from playwright.async_api import Browser, Page, expect

from core import clock
from dispatch.workflow import Role
from tests.support.browser import DESK, PHONE, PICTURES, signed_in_page
from tests.support.orders import register_lamp
from tests.support.past_orders import dispatched
from tests.support.web_rig import WebRig

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
    (Role.ADMINISTRATOR, "accounts", "/admin/accounts"),
    (Role.ADMINISTRATOR, "accounts-none", "/admin/accounts?q=没有这个人"),
    (Role.ADMINISTRATOR, "account", "/admin/accounts/agent1"),
    (Role.OFFICE, "inbox-office", "/inbox"),
    (Role.UNIT, "inbox-unit", "/inbox"),
    (Role.UNIT, "order-unit", "/orders/{lamp}"),
]


@pytest.mark.parametrize(("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"])
async def test_every_page_fits_the_screen(web_rig: WebRig, chromium: Browser, size: dict[str, int], name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for role in dict.fromkeys(role for role, _, _ in VIEWS):
        async with signed_in_page(chromium, web_rig, role, size) as page:
            for _, view, path in (entry for entry in VIEWS if entry[0] is role):
                await page.goto(web_rig.url + path.format(**vars(web_rig.sample)))
                await page.wait_for_selector('[data-connection="on"]')
                await settle(page)
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{view} is {wide} px too wide on {name}"
                await page.screenshot(path=PICTURES / f"{name}-{view}.png", full_page=True)


async def test_the_picture_of_the_readme_is_a_page_of_today(web_rig: WebRig, chromium: Browser) -> None:
    """Copied to docs/images/order.png when the page has changed (CONTRIBUTING)."""
    async with signed_in_page(chromium, web_rig, Role.OFFICE, {"width": 1366, "height": 900}) as page:
        await page.goto(f"{web_rig.url}/orders/{web_rig.sample.lamp}")
        await page.wait_for_selector('[data-connection="on"]')
        await settle(page)
        for heading in ("诉求", "录音与转写", "办理", "推送与签收"):
            await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport()
        await page.screenshot(path=PICTURES / "readme-order.png")


async def settle(page: Page) -> None:
    """Until the player has drawn its wave, where there is one."""
    for wave in await page.locator("[data-wave]").all():
        await wave.locator("> div").wait_for()


async def test_the_door_can_be_looked_at(web_rig: WebRig, chromium: Browser) -> None:
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        page = await chromium.new_page(viewport=size)
        await page.goto(f"{web_rig.url}/sign-in")
        await page.screenshot(path=PICTURES / f"{name}-sign-in.png")
        await page.close()


async def test_a_word_without_a_break_and_turned_text_stay_in_their_place(web_rig: WebRig, chromium: Browser) -> None:
    endless = "https://example.invalid/" + "x" * 400
    number = await register_lamp(web_rig, "qufu-990.1", f"路灯\u202e不亮 {endless[:90]}", place=endless[:120])
    for size in (DESK, PHONE):
        async with signed_in_page(chromium, web_rig, Role.COORDINATOR, size) as page:
            for path in (f"/orders/{number}", "/orders", f"/orders?q={endless[:60]}", "/calls"):
                await page.goto(web_rig.url + path)
                await page.wait_for_selector('[data-connection="on"]')
                assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, size)
                assert "\u202e" not in await page.content(), path
            await page.goto(f"{web_rig.url}/orders/{number}")
            await page.screenshot(path=PICTURES / f"order-endless-{size['width']}.png", full_page=True)
    for role, path in ((Role.OFFICE, "/inbox"), (Role.UNIT, "/inbox"), (Role.UNIT, "/crew")):
        async with signed_in_page(chromium, web_rig, role, PHONE) as page:
            await page.goto(web_rig.url + path)
            await page.get_by_text("路灯不亮 https").first.wait_for()
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert "\u202e" not in await page.content(), path
            cards = page.locator("main article, main .card:not(.grid)")  # a grid scrolls by itself
            assert not await cards.evaluate_all("cards => cards.some(one => one.scrollWidth > one.clientWidth)"), path
            await page.screenshot(path=PICTURES / f"endless-{role}{path.replace('/', '-')}.png", full_page=True)


async def test_who_has_not_confirmed_stands_in_a_table_whose_columns_line_up(
    web_rig: WebRig, chromium: Browser
) -> None:
    now = clock.now()
    for office in ("housing", "audit", "forestry"):
        await dispatched(web_rig.context.sessions, web_rig.context.policy, now, lead_office_code=office)
    for size in (DESK, {"width": 1920, "height": 1080}):
        async with signed_in_page(chromium, web_rig, Role.COORDINATOR, size) as page:
            await page.goto(f"{web_rig.url}/inboxes")
            rows = await page.locator(".table .row").evaluate_all(
                "rows => rows.map(row => [...row.children].map(cell => cell.getBoundingClientRect().left))"
            )
            assert len(rows) > 3
            assert all(row == rows[0] for row in rows), rows
            tops = await page.locator(".table .row").evaluate_all(
                "rows => rows.map(r => r.getBoundingClientRect().top)"
            )
            assert sorted(set(tops)) == tops, "one row below the other"
            await page.screenshot(path=PICTURES / f"inboxes-{size['width']}.png")


async def test_the_last_column_of_the_wide_tables_is_reached_or_announced(web_rig: WebRig, chromium: Browser) -> None:
    await dispatched(web_rig.context.sessions, web_rig.context.policy, clock.now())
    async with signed_in_page(chromium, web_rig, Role.SUPERVISOR) as page:
        for name, path in (("figures-1366", "/figures"), ("scorecards-1366", "/supervision/scorecards")):
            await page.goto(web_rig.url + path)
            table = page.locator(".figures, .grid").first
            await table.scroll_into_view_if_needed()
            await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
            hidden = await table.evaluate("one => one.scrollWidth - one.clientWidth")
            assert hidden <= 0, f"{hidden} px of {path} are out of sight"


async def test_an_obstacle_is_named_and_leads_back_to_the_order(web_rig: WebRig) -> None:
    order = web_rig.sample.lamp
    came_from = {"Referer": f"{web_rig.url}/orders/{order}", "Origin": web_rig.url}
    answer = await web_rig.ask(
        Role.COORDINATOR, "POST", f"/orders/{order}/office-links", data={"office": "street-lighting"}, headers=came_from
    )
    page = await answer.text()
    assert answer.status == 409
    assert "现在不能办理" in page
    assert "内容已变" not in page
    assert f'href="/orders/{order}"' in page
    elsewhere = came_from | {"Referer": "https://elsewhere.invalid/orders/1"}
    page = await (
        await web_rig.ask(Role.COORDINATOR, "POST", f"/orders/{order}/office-links", data={}, headers=elsewhere)
    ).text()
    assert "elsewhere" not in page
    page = await (await web_rig.ask(Role.COORDINATOR, "GET", "/orders?waiting=nonsense")).text()
    assert "待办事项：不在可选的范围内" in page
    assert 'href="/orders">清除筛选条件' in page
