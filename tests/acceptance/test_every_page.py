"""Every page that the routes give somebody, opened in Chromium and searched for what is drawn wrongly.

`make test` opens each page once, with many rows, at its role's main size. `make walk` (--walk) opens each page of each
role with no, one and many rows, at every size that the role uses.
"""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from dispatch.policy import Policy
from dispatch.workflow import Role
from hotline.runtime.cluster import Cluster
from tests.support.pages.catalogue import READS, SIZES, Shown, Survey, survey
from tests.support.pages.looking import axe_findings, faults, go, unfold, window
from tests.support.pages.rigs import PagesRig, Rows, open_rig
from tests.support.postgres import fresh_database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rows" in metafunc.fixturenames:
        everywhere = metafunc.config.getoption("--walk") and "role" in metafunc.fixturenames
        metafunc.parametrize("rows", list(Rows) if everywhere else [Rows.MANY], scope="module")


@pytest.fixture(scope="module")
async def rig(
    rows: Rows, cluster: Cluster, template: str, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PagesRig]:
    with fresh_database(cluster, template) as url:
        async with open_rig(rows, url, policy, tmp_path_factory.mktemp("rig")) as opened:
            yield opened


@pytest.fixture(scope="module")
async def surveyed(rig: PagesRig, request: pytest.FixtureRequest) -> Survey:
    return await survey(rig, all_roles=request.config.getoption("--walk"))


@pytest.mark.parametrize("role", SIZES, ids=lambda role: role or "citizen")
async def test_a_page_is_drawn_as_it_should_be(
    rig: PagesRig, surveyed: Survey, chromium: Browser, role: Role | None, request: pytest.FixtureRequest
) -> None:
    sizes = SIZES[role] if request.config.getoption("--walk") else SIZES[role][:1]
    wrong: list[str] = []
    for size in sizes:
        async with window(chromium, rig, role, size, wrong) as page:
            for one in (one for one in surveyed.pages if one.role is role):
                await go(page, rig, one)
                said = dict.fromkeys(await faults(page))
                said |= dict.fromkeys(await axe_findings(page))
                await unfold(page)
                said |= dict.fromkeys(await faults(page))
                wrong += [f"{one.path} at {size[0]}: {words}" for words in said]
    assert wrong == [], "\n".join(wrong)


async def test_no_page_is_forgotten(surveyed: Survey) -> None:
    """A new page is opened by itself. Where its address names a new kind of thing, tests/support/pages/rows.py must
    have one of it."""
    assert {route.name for route in READS} - surveyed.opened == set()


async def test_an_order_that_is_not_long_is_printed_on_one_sheet(rig: PagesRig, chromium: Browser) -> None:
    done = rig.web_rig.sample.done
    async with window(chromium, rig, Role.COORDINATOR, SIZES[Role.COORDINATOR][0]) as page:
        await go(page, rig, Shown(Role.COORDINATOR, "order", f"/orders/{done}"))
        printed = await page.pdf(prefer_css_page_size=True)
        await page.emulate_media(media="print")
        assert done in await page.locator("main").inner_text()
        assert await page.locator(".printed").is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


SOUND = "<!doctype html><html lang=zh><title>x</title><main><h1>工单</h1>{}</main>"
ROWS = '<div class="row"><b>市路灯管理所</b> <i>3件</i></div><div class="row"><b>局</b> <i>22件</i></div>'
CUT = "width:6em;overflow:hidden;white-space:nowrap"
MAP = (
    '<div class="leaflet-container" style="position:relative;width:9em;height:9em;overflow:hidden">'
    '<div style="position:absolute;left:0;top:0"><b style="position:absolute;left:20em;top:20em">路灯</b></div>{}</div>'
)
OVER = "position:fixed;bottom:0;left:0;right:0;height:90%;background:gray"
BROKEN = [
    ("wide", '<div style="width:3000px">路灯不亮</div>'),
    ("overflow", '<div style="width:5em"><p style="width:4em">https://example.invalid/abcdefghijkl</p></div>'),
    ("cut", f'<p style="{CUT}">小学门口路灯不亮，两天了</p>'),
    ("cut", '<p style="height:1.2em;width:6em;overflow:hidden">小学门口路灯不亮，两天了</p>'),
    ("cut", '<button style="height:12px">签收</button>'),
    ("overlap", '<p>路灯不亮</p><p style="margin-top:-1.9em">井盖不见</p>'),
    ("hidden", f'<div style="height:3000px"></div><input aria-label=a><p style="{OVER}">脚</p>'),
    ("key", "<p>状态：in_progress</p>"),
    ("key", "<p>由 None 主办</p>"),
    ("table", f'<div class="table" style="display:flex;flex-wrap:wrap">{ROWS}</div>'),
    ("table", f'<div class="table">{ROWS}</div>'),
    ("cut", MAP.format('<p class="leaflet-control" style="position:absolute;right:-2em;width:9em">地图数据</p>')),
    ("tall", '<script>document.body.className = "board"</script><p style="height:800px">路灯不亮</p>'),
    ("cut", MAP.format("") + f'<p style="{CUT}">小学门口路灯不亮，两天了</p>'),
]
WHOLE = [
    f'<p title="小学门口路灯不亮，两天了" style="{CUT}">小学门口路灯不亮，两天了</p>',
    '<div style="width:9em;overflow-x:auto"><table><tr><td>小学门口路灯不亮，两天了</td></tr></table></div>',
    '<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)">只读出来</span>',
    "<p>账号 street-lighting，地址 example.invalid/a_b，<code>sent_back</code></p>",
    '<label>地点 <input value="一段很长很长很长很长很长很长的地址" style="width:6em"></label>',
    f'<style>.row {{ display: grid; grid-template-columns: 9em 1fr }}</style><div class="table">{ROWS}</div>',
    MAP.format('<p class="leaflet-control" style="position:absolute;right:0;bottom:0;margin:0">地图数据</p>'),
]


@pytest.mark.parametrize(("kind", "broken"), BROKEN)
async def test_what_is_drawn_wrongly_is_found(chromium: Browser, kind: str, broken: str) -> None:
    page = await chromium.new_page(viewport={"width": 1366, "height": 768})
    await page.set_content(SOUND.format(broken))
    found = await faults(page)
    await page.close()
    assert [one for one in found if one.startswith(f"{kind}: ")], found


@pytest.mark.parametrize("whole", WHOLE)
async def test_what_is_drawn_as_it_should_be_is_left_alone(chromium: Browser, whole: str) -> None:
    page = await chromium.new_page(viewport={"width": 1366, "height": 768})
    await page.set_content(SOUND.format(whole))
    found = await faults(page)
    await page.close()
    assert found == []


async def test_the_rule_that_broke_the_list_of_inboxes_is_found_on_that_page(rig: PagesRig, chromium: Browser) -> None:
    """As it stood in the sheet of the list of orders, for a class of the same name."""
    async with window(chromium, rig, Role.COORDINATOR, SIZES[Role.COORDINATOR][0]) as page:
        await go(page, rig, Shown(Role.COORDINATOR, "inboxes", "/inboxes"))
        assert await faults(page) == []
        await page.locator("html").evaluate(
            "html => { const sheet = new CSSStyleSheet();"
            " sheet.replaceSync('.waiting { display: flex; flex-wrap: wrap; gap: 0.5rem }');"
            " document.adoptedStyleSheets = [sheet]; }"
        )
        assert [one for one in await faults(page) if one.startswith("table: ")]
