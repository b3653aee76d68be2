"""The administrator makes an account without a shell, and its owner gets in with the password that was shown once."""

import pytest
from playwright.async_api import Browser, expect

from dispatch.workflow import Role
from tests.support.browser import DESK, PHONE, PICTURES, serious_findings, signed_in_page
from tests.support.web_rig import WebRig


@pytest.mark.parametrize(("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"])
async def test_an_account_is_made_and_its_owner_chooses_a_password(
    web_rig: WebRig, chromium: Browser, size: dict[str, int], name: str
) -> None:
    account = f"supervisor-{name}"
    async with signed_in_page(chromium, web_rig, Role.ADMINISTRATOR, size) as page:
        await page.goto(f"{web_rig.url}/admin/accounts")
        assert await serious_findings(page) == []
        await page.get_by_text("开通账号", exact=True).click()
        form = page.locator("form.account-form")
        await form.get_by_label("登录名").fill(account)
        await form.get_by_label("姓名或单位名称").fill("督查示例")
        await form.get_by_label("角色").select_option("supervisor")
        await page.screenshot(path=PICTURES / f"{name}-account-new.png", full_page=True)
        await page.get_by_role("button", name="开通，生成一次性密码").click()
        password = await page.get_by_label("一次性密码").input_value()
        assert await serious_findings(page) == []
        await page.screenshot(path=PICTURES / f"{name}-account-made.png", full_page=True)
    context = await chromium.new_context(viewport=size, locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{web_rig.url}/sign-in")
    await page.get_by_label("登录名").fill(account)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="修改密码")).to_be_visible()
    await context.close()
