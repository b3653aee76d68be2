"""A page says once what was done, on the page that follows, and nobody can have anything else said there."""

from aiohttp import ClientSession, CookieJar

from dispatch.workflow import Role
from tests.support.orders import register
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig
from web.http.answers.success import COOKIE


async def test_a_step_is_said_once_on_the_page_that_follows(web_rig: WebRig) -> None:
    number = await register(web_rig, "qufu-880.1", title="成功要说出来")
    order = await web_rig.get(Role.OFFICE, f"/api/orders/{number}")
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        signed = {"name": ACCOUNTS[Role.OFFICE]["name"], "password": PASSWORD}
        origin = {"Origin": web_rig.url}
        await (await browser.post(f"{web_rig.url}/sign-in", data=signed, headers=origin)).read()
        form = {"version": str(order["version"]), "read": "99"}
        path = f"{web_rig.url}/orders/{number}"
        async with browser.post(f"{path}/steps/accept", data=form, headers=origin, allow_redirects=False) as answer:
            assert answer.status == 303
        async with browser.get(f"{path}/status", headers={"HX-Request": "true"}) as fragment:
            assert "已办好" not in await fragment.text(), "a piece of another page does not use it up"
        async with browser.get(path) as page:
            assert "已办好：签收。" in await page.text()
        async with browser.get(path) as page:
            assert "已办好" not in await page.text()
        async with browser.post(f"{path}/steps/accept", data=form, headers=origin) as refused:
            assert "已办好" not in await refused.text()


async def test_what_somebody_else_writes_is_not_said(web_rig: WebRig) -> None:
    for written in ("您的账号已被停用", "submit_step.nonsense", "a b"):
        answer = await web_rig.ask(Role.OFFICE, "GET", "/inbox", cookies={COOKIE: written})
        assert "just-done" not in await answer.text()
