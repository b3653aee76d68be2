"""A place is chosen on the map by a click, on a call's form and on the order's page, and taken away again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from dispatch.workflow import Role
from tests.support.browser import signed_in_page
from tests.support.calls import begin_call
from tests.support.web_rig import QUFU, WebRig


@pytest.fixture(autouse=True)
def with_map(web_rig: WebRig) -> Iterator[None]:
    web = web_rig.context.settings.web
    before = web.map_file
    object.__setattr__(web, "map_file", str(QUFU / "map.pmtiles"))
    yield
    object.__setattr__(web, "map_file", before)


async def click_on_map(page: Page) -> None:
    drawn = page.locator(".map-view:not([aria-busy])")
    await drawn.wait_for()
    await drawn.click(position={"x": 150, "y": 100})


async def test_a_point_is_chosen_by_a_click_and_taken_away(web_rig: WebRig, chromium: Browser) -> None:
    linkedid, number = await begin_call(web_rig)

    async def stored() -> tuple[Any, Any]:
        order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
        return order["latitude"], order["longitude"]

    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        form = page.locator("form[data-draft]")
        await form.locator("[name=place_town]").select_option("nishan")
        await form.locator("summary", has_text="地图选点").click()
        # Both halves of the point are sent at once.
        async with page.expect_response(lambda said: "longitude" in (said.request.post_data or "")) as saved:
            await click_on_map(page)
        sent = (await saved.value).request.post_data_json
        assert (await saved.value).ok
        assert {"latitude", "longitude"} < sent.keys()
        # The town was chosen before: the map opens there.
        assert abs(float(sent["latitude"]) - 35.49) < 0.05, sent
        assert await stored() == (float(sent["latitude"]), float(sent["longitude"]))
        await expect(form.locator("[data-spot-words]")).to_have_text("已标")
        async with page.expect_response(lambda said: "longitude" in (said.request.post_data or "")) as saved:
            await form.get_by_role("button", name="去掉这个点").click()
        assert (await saved.value).ok
        assert await stored() == (None, None)
        await expect(form.locator("[data-spot-words]")).to_have_text("")

        await page.goto(f"{web_rig.url}/orders/{number}/place")
        await click_on_map(page)
        await expect(page.locator("[name=longitude]")).to_have_value(re.compile(r"^11[67]\.\d{5}$"))
        chosen = [float(await page.locator(f"[name={name}]").input_value()) for name in ("latitude", "longitude")]
        await page.get_by_role("button", name="保存位置").click()
        await page.wait_for_url(f"{web_rig.url}/orders/{number}")
        assert await stored() == tuple(chosen)
        await page.goto(f"{web_rig.url}/orders/{number}/place")
        await page.get_by_role("button", name="去掉这个点").click()
        await page.wait_for_url(f"{web_rig.url}/orders/{number}")
        assert await stored() == (None, None)
