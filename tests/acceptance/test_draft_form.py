"""The form fills itself in a real Chromium: amber fields, confirmed by keys, saved as one goes on, registered."""

import re
from functools import partial
from typing import Any

from playwright.async_api import Browser, Route, expect

from dispatch.workflow import Role
from tests.support.browser import PICTURES, signed_in_page
from tests.support.calls import begin_call, hear
from tests.support.web_rig import WebRig

BEGUN = "喂你好我想反映一下路灯的事"
SAID = "我叫许示例，昨天傍晚六点静轩东路中段的路灯就没亮，因为施工把线挖断了，老人走路看不见"


async def test_the_form_fills_itself_is_confirmed_by_keys_and_registered(web_rig: WebRig, chromium: Browser) -> None:
    linkedid, number = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:

        async def speaks_while_the_form_is_on_its_way(route: Route) -> None:
            made = await route.fetch()
            result = "new Promise((done) => document.body.addEventListener('live:proposals', () => done(true)))"
            await page.evaluate(f"(window.told = {result}, 0)")
            await hear(web_rig, linkedid, BEGUN)
            await page.evaluate("window.told")
            await route.fulfill(response=made)

        await page.route("**/form", speaks_while_the_form_is_on_its_way, times=1)
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        form = page.locator("form[data-draft]")
        await expect(form.locator("#draft-subject")).to_have_value("street-lamp")
        await form.locator("#draft-title").fill("我自己写的标题")
        await form.locator("#draft-citizen_name").fill("许先生")

        await hear(web_rig, linkedid, BEGUN, SAID)
        place = form.locator('[data-field="place"]')
        await expect(place.locator("input")).to_have_value("静轩东路中段")
        await expect(place).to_have_attribute("data-state", "proposed")
        await expect(form.locator("#draft-title")).to_have_value("我自己写的标题")
        await expect(form.locator("#draft-citizen_name")).to_have_value("许先生")
        await expect(form.locator("[data-route]")).to_contain_text("市路灯管理所")
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / "desk-draft-form.png")

        await place.locator("input").focus()
        await page.keyboard.press("Enter")
        await expect(place).to_have_attribute("data-state", "confirmed")
        await expect(form.locator("[data-saved]")).to_contain_text("已保存")
        subject = form.locator('[data-field="subject"]')
        await subject.locator("select").focus()
        await page.keyboard.press("Tab")
        await expect(subject).to_have_attribute("data-state", "confirmed")

        # What is only guessed stands beside its empty field, and no key sends it.
        kind = form.locator('[data-field="kind"]')
        await expect(kind).to_have_attribute("data-state", "guessed")
        await expect(kind.locator("select")).to_have_value("")
        assert 2 <= await kind.locator("[data-other]").count() <= 3
        await form.locator("#draft-title").press("Control+Enter")
        await expect(kind.locator("[data-wrong-of]")).to_have_text("请填写诉求类型。")
        await expect(kind.locator("select")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(kind).to_have_attribute("data-state", "mine")
        await expect(kind.locator("select")).not_to_have_value("")

        await form.locator("#draft-place").fill("")
        await page.keyboard.press("Control+Enter")
        await expect(form.locator('[data-field="place"] [data-wrong-of]')).to_contain_text("没有地点的原因")
        await form.locator("#draft-place").fill("静轩东路中段")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("[data-draft-of] h2")).to_contain_text(number)
        await expect(page.locator(".draft-done")).to_contain_text("我自己写的标题")
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert order["state"] == "dispatched"
    assert (order["title"], order["place"], order["citizen_name"]) == ("我自己写的标题", "静轩东路中段", "许**")
    assert order["cause"] == "施工把线挖断了"


async def test_danger_told_without_an_official_word_stands_above_the_form_while_the_citizen_speaks(
    web_rig: WebRig, chromium: Browser
) -> None:
    linkedid, _ = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        form = page.locator("form[data-draft][data-ready]")
        await hear(web_rig, linkedid, BEGUN)
        await expect(form.locator("#draft-subject")).to_have_value("street-lamp")
        alarm = form.locator("[data-danger]")
        await expect(alarm).to_be_hidden()
        await hear(web_rig, linkedid, BEGUN, "先不说这个，楼道里一股臭鸡蛋味，好几个人都头晕")
        await expect(alarm).to_contain_text("可能有人正有危险")
        urgency = form.locator('[data-field="urgency"]')
        await expect(urgency).to_have_attribute("data-state", re.compile("proposed|guessed"))
        await alarm.scroll_into_view_if_needed()
        await page.screenshot(path=PICTURES / "desk-danger.png")
        await alarm.get_by_role("button", name="知道了").click()
        await expect(alarm).to_be_hidden()


async def test_what_somebody_else_wrote_meanwhile_is_not_lost_and_said(web_rig: WebRig, chromium: Browser) -> None:
    linkedid, number = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        form = page.locator("form[data-draft]")
        await form.locator("#draft-title").wait_for()
        # Signed in and looked up before: the page saves by itself soon after what is typed.
        version = (await web_rig.get(Role.AGENT, f"/api/orders/{number}"))["version"]
        theirs = {"version": version, "title": "别人写的标题", "place": "孔庙"}
        await form.locator("#draft-place").press_sequentially("孔府")
        assert (await web_rig.ask(Role.AGENT, "PATCH", f"/api/orders/{number}", json=theirs)).status == 200

        await expect(form.locator("#draft-title")).to_have_value("别人写的标题")
        await expect(form.locator("[data-field=place] [data-wrong-of]")).to_contain_text("别人刚把这一项改成“孔庙”")
        await expect(form.locator("#draft-place")).to_have_value("孔府")
        async with page.expect_response(lambda said: "王示例" in (said.request.post_data or "") and said.ok):
            await form.locator("#draft-citizen_name").fill("王示例")
            await form.locator("#draft-citizen_name").blur()
        await expect(form.locator("[data-saved]")).to_contain_text("已保存")
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert (order["title"], order["place"], order["citizen_name"]) == ("别人写的标题", "孔庙", "王**")


async def test_a_complaint_about_an_empty_field_is_over_once_hearing_has_filled_it(
    web_rig: WebRig, chromium: Browser
) -> None:
    linkedid, _ = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        await page.wait_for_selector('[data-connection="on"]')
        form = page.locator("form[data-draft]")
        await form.locator("#draft-place").press("Control+Enter")
        wrong = form.locator('[data-field="subject"] [data-wrong-of]')
        await expect(wrong).to_be_visible()
        # Why it was not registered names the fields in red, as they are now: hearing goes on after the key.
        refused = form.locator("[data-draft-wrong]")
        await expect(refused).to_contain_text(re.compile("没有登记：请看标红的.项（.*事项类别.*诉求内容"))
        await hear(web_rig, linkedid, BEGUN)
        await expect(form.locator("#draft-subject")).to_have_value("street-lamp")
        await expect(wrong).to_be_hidden()
        await expect(form.locator("#draft-subject")).not_to_have_attribute("aria-invalid", "true")
        await expect(refused).not_to_contain_text("事项类别")
        # Refused for a place that is heard while the answer is on its way: it is no mistake, and waits to be confirmed.
        await form.locator("#draft-kind").select_option("help")
        await form.locator("#draft-title").fill("路灯不亮")

        async def speaks_on_while_the_answer_is_on_its_way(route: Route) -> None:
            answer = await route.fetch()
            assert "place" in (await answer.json())["fields"]
            await hear(web_rig, linkedid, BEGUN, SAID)
            await expect(form.locator("#draft-place")).to_have_value("静轩东路中段")
            await route.fulfill(response=answer)

        await page.route("**/steps/register", speaks_on_while_the_answer_is_on_its_way, times=1)
        await form.locator("#draft-title").press("Control+Enter")
        await expect(refused).to_have_text("刚才没有登记：缺的几项现在都有了，请核对后再按一次。")
        await expect(form.locator("#draft-place")).not_to_have_attribute("aria-invalid", "true")


async def test_whatever_comes_back_instead_of_an_answer_what_was_typed_is_saved_in_the_end(
    web_rig: WebRig, chromium: Browser
) -> None:
    linkedid, number = await begin_call(web_rig)
    async with signed_in_page(chromium, web_rig, Role.COORDINATOR, awaited=(403, 422, 429)) as page:
        await page.goto(f"{web_rig.url}/calls/{linkedid}")
        form = page.locator("form[data-draft]")
        place, saved = form.locator("#draft-place"), form.locator("[data-saved]")
        path = f"**/api/orders/{number}"
        answers: list[tuple[dict[str, Any], str]] = [
            ({"status": 200, "content_type": "text/html", "body": "<p>请先登录无线网络"}, "连不上服务器"),
            ({"status": 200, "content_type": "application/json", "body": '{"version": 2, "sta'}, "连不上服务器"),
            ({"status": 429, "json": {"detail": "操作太快，请稍候。"}}, "操作太快"),
            ({"status": 403, "json": {"detail": "您不能办理这张工单。"}}, "您不能办理这张工单"),
        ]
        for at, (answer, words) in enumerate(answers):
            await page.route(path, partial(fulfil, answer))
            async with page.expect_response(lambda said: said.request.method == "PATCH"):
                await place.fill(f"孔府 {at} 号门")
                await place.blur()
            await expect(saved).to_contain_text(words)
            await expect(form).to_have_attribute("data-unsaved", "")
            await page.unroute(path)
        await place.fill("孔府西门")
        await place.blur()
        await expect(saved).to_contain_text("已保存")

        # Mistakes are shown with the field, and leaving the page asks as long as it is not saved.
        wrong = {"detail": "填写有误。", "fields": {"citizen_name": "最多200个字。"}}
        await page.route(path, partial(fulfil, {"status": 422, "json": wrong}))
        await form.locator("#draft-citizen_name").fill("王先生")
        await form.locator("#draft-citizen_name").blur()
        await expect(form.locator("[data-field=citizen_name] [data-wrong-of]")).to_have_text("最多200个字。")
        await expect(form).to_have_attribute("data-unsaved", "")
        await page.unroute(path)
        await form.locator("#draft-citizen_name").fill("许先生")
        await form.locator("#draft-citizen_name").blur()
        await expect(form).not_to_have_attribute("data-unsaved", "")
        await page.route("**/steps/register", partial(fulfil, {"status": 422, "json": {"detail": "今天不能登记。"}}))
        await form.locator("[data-register]").click()
        await expect(form.locator("[data-draft-wrong]")).to_have_text("没有登记：今天不能登记。")
    order = await web_rig.get(Role.COORDINATOR, f"/api/orders/{number}")
    assert order["place"] == "孔府西门"


async def fulfil(answer: dict[str, Any], route: Route) -> None:
    if route.request.method == "GET":
        await route.continue_()
    else:
        await route.fulfill(**answer)
