"""`ring-to-pop`: from Asterisk making the agent's leg until the screen pop is painted in the agent's browser, at 20
agents.

Four desks in one Chromium, each registered as a telephone: as many as two cores bear, since an agent has a whole
computer for one. Sixteen more are colleagues on a break whose open pages are spoken for: they listen, and fetch what a
page fetches. Citizens call one after another, each rings one desk and hangs up unanswered. The floor is the same event
on a bare manager connection.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright

from bench.chromium import find_chromium
from bench.line.callers import BenchInstallation, Callers, bench_installation
from bench.line.delay import LESS, ManagerHeard, at_share, facts_of, first_after, listen_to_manager, parts_of
from bench.row import Row, make_row
from core.tasks import cancel, spawn
from demo.accounts import SampleAccount, sample_accounts, store_accounts
from demo.people import Api
from telephony.calls.channel_names import person_of
from telephony.calls.events import FactKind

AGENTS = 20
DESKS = 4
CALLERS = Callers(calls=20, at_once=1, a_second=1, hold_seconds=3)
"""One after the other, every three to four seconds: twenty who talk for three minutes can be called every nine."""
ROUNDS = 3
_REFRESH_SECONDS = 1.0
"""A page fetches again at most so often (web/browser/live/live.ts)."""
_PATIENCE_MS = 120_000
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns",
)  # fmt: skip
_WATCH = """
window.popped = {};
new MutationObserver(() => {
  const call = document.body?.dataset.call;
  if (!call || call in window.popped || !document.querySelector('#desk-pop .pop')) return;
  window.popped[call] = 0;
  requestAnimationFrame(() => requestAnimationFrame(() => { window.popped[call] = Date.now(); }));
}).observe(document, { subtree: true, childList: true });
"""
"""The second frame begins when the first with the pop in it was painted."""


@dataclass(frozen=True)
class Popped:
    ours: list[float]
    """Seconds."""
    bare: list[float]


def measure_ring_to_pop() -> Row:
    with bench_installation(agents=AGENTS) as installation:
        popped = asyncio.run(_measure(installation))
    ours, bare = ([1000 * one for one in values] for values in (popped.ours, popped.bare))
    return make_row(
        name="ring-to-pop",
        what="an agent's leg in Asterisk to the pop painted in the browser, against the event on a bare connection",
        unit=LESS,
        ours=[statistics.median(part) for part in parts_of(ours)],
        floor=[statistics.median(part) for part in parts_of(bare)],
        note=f"{len(ours)} rings of {ROUNDS * CALLERS.calls} calls, {AGENTS} agents, {DESKS} of them in Chromium; "
        f"ours p50 {at_share(ours, 0.5):.0f} ms, p99 {at_share(ours, 0.99):.0f} ms, bare p50 "
        f"{at_share(bare, 0.5):.1f} ms; all on one machine",
    )


async def _measure(installation: BenchInstallation) -> Popped:
    accounts = [one for one in sample_accounts(AGENTS, [], []) if one.extension]
    await store_accounts(installation.installation.database_url, accounts)
    heard = ManagerHeard()
    async with _colleagues(installation, accounts[DESKS:]), _desks(installation, accounts[:DESKS]) as pages:
        listening = spawn(listen_to_manager(installation, heard), name="manager")
        try:
            await installation.call(Callers(2, 2, 2, 2))
            begun = time.time()
            for _ in range(ROUNDS):
                await installation.call(CALLERS)
            await asyncio.sleep(1)
            painted = [await page.evaluate("window.popped") for page in pages]
        finally:
            await cancel(listening)
    found = Popped([], [])
    for fact in facts_of(installation):
        if fact.kind is not FactKind.CHAN_START or fact.at.timestamp() < begun or fact.uniqueid == fact.linkedid:
            continue
        number = int(person_of(fact.channel)) - 1001
        shown_ms = painted[number].get(fact.linkedid)
        bare = first_after(heard.bare["CHAN_START", fact.uniqueid], fact.at.timestamp())
        if shown_ms and bare is not None:
            found.ours.append(shown_ms / 1000 - fact.at.timestamp())
            found.bare.append(bare)
    return found


@asynccontextmanager
async def _desks(installation: BenchInstallation, accounts: list[SampleAccount]) -> AsyncIterator[list[Page]]:
    """All ready, each in a browser profile of its own."""
    chromium = find_chromium()
    async with async_playwright() as playwright, AsyncExitStack() as closing:
        browser = await playwright.chromium.launch(executable_path=chromium, headless=True, args=list(_FLAGS))
        closing.push_async_callback(browser.close)
        pages = [await _open_desk(browser, installation.installation.web_url, account) for account in accounts]
        for page in pages:
            await page.keyboard.press("Alt+r")
            await page.get_by_text("就绪，等待来电").wait_for(timeout=_PATIENCE_MS)
        yield pages


@asynccontextmanager
async def _colleagues(installation: BenchInstallation, accounts: list[SampleAccount]) -> AsyncIterator[None]:
    async with AsyncExitStack() as closing:
        for account in accounts:
            api = await closing.enter_async_context(Api(installation.installation.web_url, account))
            closing.push_async_callback(cancel, spawn(_open_page(api), name=f"page of {account.name}"))
        yield


async def _open_page(api: Api) -> None:
    """What a desk's page does while other telephones ring."""
    changed = asyncio.Event()
    asking = spawn(_ask_again(api, changed), name=f"strip of {api.account.name}")
    try:
        async with api.client.ws_connect("/ws/live") as socket:
            async for message in socket:
                if message.json().get("topic") in ("call", "agent"):
                    changed.set()
    finally:
        await cancel(asking)


async def _ask_again(api: Api, changed: asyncio.Event) -> None:
    while True:
        await changed.wait()
        changed.clear()
        async with api.client.get("/desk/strip") as answer:
            answer.raise_for_status()
            await answer.read()
        await asyncio.sleep(_REFRESH_SECONDS)


async def _open_desk(browser: Browser, url: str, account: SampleAccount) -> Page:
    context = await browser.new_context(permissions=["microphone"])
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    await page.add_init_script(_WATCH)
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("登录名").fill(account.name)
    await page.get_by_label("密码").fill(account.password)
    await page.get_by_role("button", name="登录").click()
    await page.locator('[data-lamp="on"]').wait_for()
    return page
