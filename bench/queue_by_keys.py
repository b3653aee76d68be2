"""`queue-by-keys`, `queue-by-typing`: a coordinator works a queue off by keys, in a browser, as fast as the machine
lets anybody: keys and seconds of waiting an order, page turns included.

Above the bar the proposed office stands in the row and Enter confirms it; below it an office is typed by its initials,
chosen and confirmed. The floor is the same requests, made bare by an HTTP client. What people take to read is not
counted.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession, web
from playwright.async_api import Page, async_playwright

from bench.chromium import find_chromium
from bench.database import temporary_database
from bench.filled_database import qufu
from bench.row import Row, make_row
from core import clock
from core.bus import Bus
from core.database import Sessions, make_engine, make_sessions, transaction
from core.sections.pbx import PbxSection
from core.settings import Settings
from core.tasks import cancel, spawn
from demo.accounts import SampleAccount, sample_accounts, store_accounts
from dispatch.city.organisation import import_city
from dispatch.kinds import Channel
from dispatch.orders.actors import Actor
from dispatch.orders.drafts import new_draft
from dispatch.orders.models import Order
from dispatch.policy import Policy
from dispatch.steps.take import take_step
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role, Step
from web.app import make_app
from web.http.context import AppContext

ORDERS = 60
"""A run: two pages of the list."""
RUNS = 3
INITIALS, OFFICE = "zjj", "housing"
_AGENT = Actor(1, Role.AGENT, "示例")
_PATIENCE_MS = 60_000
_FLAGS = ("--no-sandbox", "--disable-gpu")
_AT_WORK = """() => document.querySelector("[data-row]:not([data-done]) .row-dispatch")
    && !document.querySelector("tr[data-done]")"""
_HAS_KEYS = "() => document.activeElement.closest('.row-dispatch') !== null"
_IS_DONE = """(id) => {
    const row = document.getElementById(id), here = document.activeElement;
    return row?.dataset.done !== undefined && here.closest("tr")?.id !== id && here !== document.body;
}"""


@dataclass
class _Place:
    url: str
    sessions: Sessions
    policy: Policy
    account: SampleAccount


def measure_queue(*, typing: bool) -> Row:
    with temporary_database() as url:
        ours, floor, keys = asyncio.run(_measure(url, typing=typing))
    return make_row(
        name="queue-by-typing" if typing else "queue-by-keys",
        what=f"an order {'below the bar dispatched by an office’s initials' if typing else 'above the bar by Enter'} "
        "in the browser (ours) against its requests made bare (floor)",
        unit="milliseconds an order, LESS is better",
        ours=ours,
        floor=floor,
        note=f"{ORDERS} orders a run, {keys / ORDERS / RUNS:.2f} keys an order, page turns included",
    )


async def _measure(url: str, *, typing: bool) -> tuple[list[float], list[float], int]:
    ours, floor, keys = list[float](), list[float](), 0
    async with _place(url, typing=typing) as place, _page(place) as page:
        for run in range(RUNS):
            await _orders(place, f"甲{run}")
            pressed, seconds = await _by_keys(page, place, f"甲{run}", typing=typing)
            keys += pressed
            ours.append(1000 * seconds / ORDERS)
            await _orders(place, f"乙{run}")
            floor.append(1000 * await _bare(place, f"乙{run}") / ORDERS)
    return ours, floor, keys


def _queue(place: _Place, mark: str) -> str:
    return f"{place.url}/orders?waiting=to_dispatch&q=路灯{mark}&sort=oldest"


async def _by_keys(page: Page, place: _Place, mark: str, *, typing: bool) -> tuple[int, float]:
    """Keys pressed, and seconds until all were dispatched."""
    await page.goto(_queue(place, mark))
    await page.wait_for_function(_AT_WORK)
    begun, keys, done = time.perf_counter(), 1, 0
    await page.keyboard.press("j")
    while True:
        await page.wait_for_function(_HAS_KEYS)
        row = await page.evaluate("document.activeElement.closest('tr').id")
        if typing:
            await page.keyboard.type(INITIALS)
            await page.keyboard.press("Enter")
            keys += len(INITIALS) + 1
        await page.keyboard.press("Enter")
        keys += 1
        done += 1
        if done == ORDERS:
            await page.wait_for_function("(id) => document.getElementById(id)?.dataset.done !== undefined", arg=row)
            return keys, time.perf_counter() - begun
        await page.wait_for_function(_IS_DONE, arg=row)
        if await page.evaluate("document.activeElement.matches('a[rel=next]')"):
            await page.keyboard.press("Enter")
            await page.wait_for_function(_AT_WORK)
            await page.keyboard.press("j")
            keys += 2


async def _bare(place: _Place, mark: str) -> float:
    """Seconds that the same requests take: the list's pages, and each order's dispatch from its row."""
    async with ClientSession() as client:
        body = {"name": place.account.name, "password": place.account.password}
        async with client.post(f"{place.url}/api/session", json=body) as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['token']}", "HX-Request": "true"}
        begun, done, after = time.perf_counter(), 0, ""
        while done < ORDERS:
            async with client.get(f"{_queue(place, mark)}{after}", headers=headers) as answer:
                answer.raise_for_status()
                await answer.read()
            # What the page's rows hold.
            asked = f"{place.url}/api/orders?waiting=to_dispatch&q=路灯{mark}&sort=oldest"
            paused = time.perf_counter()
            async with client.get(asked, headers=headers) as answer:
                waiting = (await answer.json())["orders"]
            begun += time.perf_counter() - paused
            for order in waiting:
                form = {"version": order["version"], "read": order["step_count"], "back": "row"}
                where = f"{place.url}/orders/{order['number']}/steps/dispatch"
                async with client.post(where, headers=headers, data=form | {"lead_office_code": OFFICE}) as answer:
                    answer.raise_for_status()
                    await answer.read()
                done += 1
        return time.perf_counter() - begun


async def _orders(place: _Place, mark: str) -> None:
    """Waiting for the coordinator: without the town no crew is certain."""
    fields = {"kind": "help", "subject": "street-lamp", "title": f"路灯{mark}", "matter": f"小区门口路灯{mark}不亮",
              "place": "小区门口"}  # fmt: skip
    for _ in range(ORDERS):
        async with transaction(place.sessions) as session:
            draft: Order = await new_draft(
                session, place.policy.city, channel=Channel.WEB, actor=_AGENT, at=clock.now()
            )
            await take_step(session, place.policy, draft.id, Step.REGISTER, actor=_AGENT, at=clock.now(), fields=fields)


@asynccontextmanager
async def _place(url: str, *, typing: bool) -> AsyncIterator[_Place]:
    """The product's web on loopback. `typing`: with a bar that no proposal reaches."""
    policy = qufu()
    if typing:
        policy = replace(policy, dispatch=replace(policy.dispatch, sure_from=2.0))
    accounts = [one for one in sample_accounts(0, [], []) if one.role is Role.COORDINATOR]
    await store_accounts(url, accounts)
    engine, bus = make_engine(url), Bus(url)
    listening = spawn(bus.run(), name="bus")
    with TemporaryDirectory() as var:
        sessions = make_sessions(engine)
        async with transaction(sessions) as session:
            await import_city(session, policy.city)
        settings = Settings(var=Path(var), pbx=PbxSection(test_phones=1))
        runner = web.AppRunner(make_app(AppContext(settings, sessions, bus, PolicyHolder(policy))))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            port = runner.addresses[0][1]
            yield _Place(f"http://127.0.0.1:{port}", sessions, policy, accounts[0])
        finally:
            await runner.cleanup()
            await cancel(listening)
            await engine.dispose()


@asynccontextmanager
async def _page(place: _Place) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=list(_FLAGS))
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(_PATIENCE_MS)
        await page.goto(f"{place.url}/sign-in")
        await page.get_by_label("登录名").fill(place.account.name)
        await page.get_by_label("密码").fill(place.account.password)
        await page.get_by_role("button", name="登录").click()
        await page.locator("nav").first.wait_for()
        yield page
        await browser.close()
