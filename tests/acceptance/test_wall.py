"""The supervisor's wall and the big screen: waiting, talking and ready people, as it changes; and stepping in."""

import datetime as dt
import itertools
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect
from sqlalchemy import text, update

from core import clock
from core.bus import publish
from core.database import transaction
from core.sections.web import WebSettings
from core.settings import Settings
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from telephony.agents.models import Agent
from telephony.agents.state import AgentState
from telephony.calls.call_state import CallState, Direction, LegRole
from telephony.calls.models import Call, Leg
from tests.support.browser import DESK, PICTURES, serious_findings, signed_in_page
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http.context import AppContext

BIG = {"width": 1920, "height": 1080}
_numbers = itertools.count(1)


def a_call(state: CallState, seconds: float, *, at: str = "") -> Call:
    """Of a citizen, in this state for the given seconds; `at`: the extension that is connected."""
    since = clock.now() - dt.timedelta(seconds=seconds)
    number = next(_numbers)
    call = Call(
        linkedid=f"qufu-8900.{number}", pbx="qufu", direction=Direction.INBOUND, state=state,
        caller_number=f"1390000{number:04}", caller_name="", called_number="12345",
        started_at=since - dt.timedelta(seconds=9), queued_at=since, acted_on=[],
    )  # fmt: skip
    if at:
        call.answered_at, call.answered_by = since, at
        call.legs.append(
            Leg(
                uniqueid=f"{call.linkedid}-a", channel=f"PJSIP/{at}-1", endpoint=at, role=LegRole.AGENT,
                started_at=since, connected_at=since,
            )
        )  # fmt: skip
    return call


@pytest.fixture(scope="module")
async def hall(web_rig: WebRig) -> WebRig:
    """Two wait, two talk, five agents are there."""
    at = clock.now()
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(update(Call).where(Call.ended_at.is_(None)).values(ended_at=at))
        session.add_all(
            [
                a_call(CallState.QUEUED, 47),
                a_call(CallState.RINGING, 12),
                a_call(CallState.TALKING, 312, at="1002"),
                a_call(CallState.TALKING, 64, at="1003"),
            ]
        )
        for extension, state, reason in [
            ("1002", AgentState.READY, None),
            ("1003", AgentState.READY, None),
            ("1004", AgentState.ON_BREAK, "用餐"),
            ("1005", AgentState.AFTER_CALL_WORK, None),
        ]:
            session.add(Agent(extension=extension, state=state, reason=reason, since=at - dt.timedelta(minutes=7)))
    return web_rig


async def test_the_wall_shows_who_waits_and_who_talks_and_follows_what_changes(hall: WebRig, chromium: Browser) -> None:
    async with signed_in_page(chromium, hall, Role.SUPERVISOR) as page:
        await page.goto(f"{hall.url}/wall")
        await page.wait_for_selector('[data-connection="on"]')
        waiting = page.locator(".wall-sums li").first.locator("strong")
        before = len((await hall.get(Role.SUPERVISOR, "/api/wall"))["waiting"])
        await expect(waiting).to_have_text(str(before))
        await expect(page.locator("[data-call]")).to_have_count(2)
        await expect(page.locator(".wall-agent.talking")).to_have_count(2)
        await expect(page.locator('[data-agent="1005"]')).to_contain_text("话后整理")
        await expect(page.locator('[data-agent="1001"]')).to_contain_text("林示例")
        assert await serious_findings(page) == []
        for size, name in ((DESK, "desk"), (BIG, "big")):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await page.screenshot(path=PICTURES / f"{name}-wall.png")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        async with transaction(hall.context.sessions) as session:
            session.add(a_call(CallState.QUEUED, 3))
            await publish(session, "call", "any")
        await expect(waiting).to_have_text(str(before + 1))
        await expect(page.locator(".wall-row .phone").first).to_have_text("139****0001")


async def test_an_agent_is_paused_by_the_supervisor_with_a_reason_that_names_him(
    hall: WebRig, chromium: Browser
) -> None:
    async with signed_in_page(chromium, hall, Role.SUPERVISOR) as page:
        await page.goto(f"{hall.url}/wall")
        await page.locator('[data-agent="1001"]').get_by_role("button", name="暂停").click()
        await page.get_by_label("原因").fill("培训")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-wall-says]")).to_contain_text("已通知话务系统")
    async with hall.context.sessions() as session:
        found = text(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'agents.set_state' ORDER BY id DESC LIMIT 1"
        )
        asked = (await session.execute(found)).scalar_one()
    assert (asked["extension"], asked["state"]) == ("1001", "paused")
    assert asked["reason"].startswith("培训（")
    for role, path, status in [
        (Role.AGENT, "/api/agents/1001/state", 403),
        (Role.COORDINATOR, "/api/agents/1001/state", 403),
        (Role.SUPERVISOR, "/api/agents/7777/state", 404),
    ]:
        assert (await hall.ask(role, "POST", path, json={"state": "offline"})).status == status
    assert (await hall.ask(Role.SUPERVISOR, "POST", "/api/agents/1001/state", json={"state": "paused"})).status == 422
    assert (await hall.ask(Role.AGENT, "GET", "/wall")).status == 403


async def test_the_big_screen_counts_as_the_figures_do_and_follows_what_changes(
    hall: WebRig, chromium: Browser
) -> None:
    board = await hall.get(Role.AGENT, "/api/wallboard")
    figures = await hall.get(Role.SUPERVISOR, "/api/figures")
    assert board["today"] == figures["total"]
    assert (board["ready"], board["agents_talking"], board["paused"]) == (1, 2, 2)
    async with signed_in_page(chromium, hall, Role.SUPERVISOR, BIG) as page:
        await page.goto(f"{hall.url}/wallboard")
        await expect(page.locator("[data-board-waiting]")).to_have_text(str(board["waiting"]))
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / "big-wallboard.png")
        for size in (BIG, DESK):
            await page.set_viewport_size(size)
            assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for figure in ("100<small>%</small>", "99.9<small>%</small>", "60000", "—"):
                await page.evaluate(
                    f"document.querySelectorAll('.board-today dd').forEach(dd => dd.innerHTML = '{figure}')"
                )
                await page.evaluate("document.querySelectorAll('.board-now dd').forEach(dd => dd.innerHTML = '2300')")
                cut = "[...document.querySelectorAll('.board dl > *')].filter(one => one.scrollWidth > one.clientWidth)"
                assert await page.evaluate(f"{cut}.map(one => one.textContent)") == [], (figure, size)
            await page.screenshot(path=PICTURES / f"big-wallboard-full-{size['width']}.png")
        async with transaction(hall.context.sessions) as session:
            session.add(a_call(CallState.QUEUED, 1))
            await publish(session, "call", "any")
        await expect(page.locator("[data-board-waiting]")).to_have_text(str(board["waiting"] + 1))


async def test_the_big_screen_is_seen_without_signing_in_only_by_the_settings_token(
    hall: WebRig, aiohttp_client: Any
) -> None:
    for path in ("/wallboard", "/wallboard?token=", "/wallboard?token=x"):
        assert (await hall.ask(None, "GET", path)).status in (303, 401)
    assert (await hall.ask(Role.UNIT, "GET", "/wallboard")).status == 403
    rig = hall.context
    settings = Settings(var=rig.settings.var, web=WebSettings(wallboard_token="a-long-secret"))
    client = await aiohttp_client(make_app(AppContext(settings, rig.sessions, rig.bus, PolicyHolder(rig.policy))))
    assert (await client.get("/wallboard?token=wrong", allow_redirects=False)).status in (303, 401)
    shown = await client.get("/wallboard?token=a-long-secret")
    assert shown.status == 200
    assert "every 5s" in await shown.text()
    assert (await client.get("/api/wall", headers={"Accept": "application/json"})).status == 401


async def test_a_board_whose_server_answers_no_more_says_so_within_twenty_seconds(
    hall: WebRig, chromium: Browser, aiohttp_server: Any
) -> None:
    rig = hall.context
    settings = Settings(var=rig.settings.var, web=WebSettings(wallboard_token="a-long-secret"))
    server = await aiohttp_server(make_app(AppContext(settings, rig.sessions, rig.bus, PolicyHolder(rig.policy))))
    page = await chromium.new_page(viewport=BIG)  # type: ignore[arg-type]
    await page.clock.install()
    await page.goto(str(server.make_url("/wallboard?token=a-long-secret")))
    lost = page.locator("[data-connection-lost]")

    async def away(route: Route) -> None:
        await route.abort()

    await page.route("**/wallboard?*", away)
    await page.clock.run_for(10_000)
    await expect(lost).to_be_hidden()
    await page.clock.run_for(10_000)
    await expect(lost).to_be_visible()
    await page.unroute("**/wallboard?*", away)
    await page.clock.run_for(6_000)
    await expect(lost).to_be_hidden()
    await page.close()
