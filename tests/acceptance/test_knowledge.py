"""The knowledge base in a real Chromium: an editor writes, an agent finds while typing and answers with one click."""

from uuid import uuid4

from playwright.async_api import Browser, expect

from core import clock
from core.database import transaction
from dispatch.workflow import Role
from knowledge.samples import import_samples, load_samples
from tests.support.browser import DESK, PICTURES, signed_in_page
from tests.support.calls import ring
from tests.support.orders import fill_in
from tests.support.web_rig import QUFU, WebRig


async def test_an_editor_writes_and_an_agent_finds_it_while_he_types_and_calls_it_out_of_date(
    web_rig: WebRig, chromium: Browser
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    pool = f"游泳馆{uuid4().hex[:8]}"
    async with transaction(web_rig.context.sessions) as session:
        await import_samples(session, load_samples(QUFU / "knowledge.toml"), at=clock.now())
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR, DESK) as page:
        await page.goto(f"{web_rig.url}/knowledge/new")
        await page.get_by_label("标题").fill(f"{pool}几点开门")
        await page.get_by_role("button", name="保存为新的一版").click()
        await expect(page.get_by_text("请填写答复的内容。").first).to_be_visible()
        assert await page.get_by_label("标题").input_value() == f"{pool}几点开门"
        await page.get_by_label("答复内容").fill("每天**九点**开门。\n\n- 周一闭馆")
        await page.get_by_label("依据").fill("示例数据")
        await page.screenshot(path=PICTURES / "desk-knowledge-form.png", full_page=True)
        await page.get_by_role("button", name="保存为新的一版").click()
        await expect(page.locator(".article-body strong")).to_have_text("九点")
        await page.screenshot(path=PICTURES / "desk-knowledge-article.png", full_page=True)
    async with signed_in_page(chromium, web_rig, Role.AGENT, DESK) as page:
        await page.goto(f"{web_rig.url}/knowledge")
        await page.screenshot(path=PICTURES / "desk-knowledge.png", full_page=True)
        await page.get_by_label("查找").press_sequentially(pool)
        await expect(page.locator(".articles li")).to_have_count(1)
        await page.get_by_role("link", name=f"{pool}几点开门").click()
        await page.get_by_text("这篇已过时").click()
        await page.get_by_label("哪里过时了").fill("夏天改八点了")
        await page.get_by_role("button", name="告诉编辑").click()
        await expect(page.get_by_text("夏天改八点了")).to_be_visible()


async def test_what_is_said_finds_the_article_and_one_click_closes_the_order(
    web_rig: WebRig, chromium: Browser
) -> None:
    async with transaction(web_rig.context.sessions) as session:
        await import_samples(session, load_samples(QUFU / "knowledge.toml"), at=clock.now())
    linkedid = f"qufu-760.{uuid4().hex}"
    number = await ring(web_rig, linkedid, "13300000060", answered=True)
    await fill_in(web_rig, number, matter="政务服务大厅星期六上班吗")
    async with signed_in_page(chromium, web_rig, Role.AGENT, DESK) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        panel = page.locator(".knowledge")
        await expect(panel).to_contain_text("政务服务大厅什么时候上班")
        await panel.get_by_label("在知识库里查找").press_sequentially("路灯")
        await expect(panel.locator(".article summary").first).to_have_text("路灯不亮多久修好")
        await panel.get_by_label("在知识库里查找").fill("大厅")
        await expect(panel.locator(".article summary").first).to_have_text("政务服务大厅什么时候上班")
        await page.screenshot(path=PICTURES / "desk-knowledge-panel.png", full_page=True)
        await panel.get_by_role("button", name="已这样答复，办结").first.click()
        await expect(page.locator(".knowledge.answered")).to_contain_text(number)
        await page.goto(f"{web_rig.url}/orders/{number}")
        await expect(page.locator("#status")).to_contain_text("已办结")
        await expect(page.locator(".answer")).to_contain_text("工作日上午 8:30")
