"""A file that cannot be had: the page says so, wherever its link stands."""

import re
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from dispatch.workflow import Role
from tests.support.browser import signed_in_page
from tests.support.web_rig import WebRig

SCREENS = Path(__file__).parents[2] / "web"


def test_no_link_leaves_a_refusal_to_the_browser() -> None:
    swallowing = [
        file.name
        for file in SCREENS.glob("*/templates/*.html")
        if re.search(r"<a [^>]*\sdownload\b", file.read_text("utf-8"))
    ]
    assert not swallowing


async def refuse(page: Page, path: str) -> None:
    body = '{"status":500,"detail":"系统内部出错，已记录。"}'
    await page.route(path, lambda route: route.fulfill(status=422, content_type="application/problem+json", body=body))


async def test_a_refused_file_is_told_beside_its_link_and_a_good_one_is_saved(
    web_rig: WebRig, chromium: Browser, tmp_path: Path
) -> None:
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        for path, words, pattern, name in (
            (f"/orders/{web_rig.sample.done}", "打印证据材料", "**/evidence.pdf", f"{web_rig.sample.done}.pdf"),
            (f"/orders/{web_rig.sample.lamp}", "导出录音和转写", "**/recordings.zip", None),
            ("/orders", "导出全部到 Excel", "**/orders.xlsx*", None),
            ("/figures", "下载 CSV", "**/figures.csv*", None),
        ):
            await page.goto(web_rig.url + path)
            await page.wait_for_selector('[data-connection="on"]')
            link = page.get_by_role("link", name=words)
            await refuse(page, pattern)
            await link.click()
            await expect(page.get_by_text("没有下载成功：系统内部出错，已记录。")).to_be_visible()
            await page.unroute(pattern)
            async with page.expect_download() as downloading:
                await link.click()
            saved = await downloading.value
            await saved.save_as(tmp_path / "saved")
            assert (tmp_path / "saved").stat().st_size > 100
            assert name is None or saved.suggested_filename == name
            await expect(page.get_by_text("没有下载成功")).to_have_count(0)
