"""The administrator's pages of accounts: what is pressed there is done, once, and written down."""

import re
import secrets
from typing import Any

from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS
from tests.support.web_rig import WebRig

OWN = "ein eigenes 87 Wort"
ADMIN = ACCOUNTS[Role.ADMINISTRATOR]["name"]


async def press(rig: WebRig, path: str, **typed: str) -> tuple[int, str]:
    answer = await rig.ask(Role.ADMINISTRATOR, "POST", path, data=typed, headers={"Origin": rig.url})
    return answer.status, await answer.text()


async def seen(rig: WebRig, path: str) -> str:
    answer = await rig.ask(Role.ADMINISTRATOR, "GET", path)
    assert answer.status == 200
    return await answer.text()


def one_time_password(page: str) -> str:
    found = re.search(r'value="([a-z0-9-]{19})" aria-label="一次性密码"', page)
    assert found, page
    return found[1]


async def sign_in(rig: WebRig, name: str, password: str) -> Any:
    return await rig.ask(None, "POST", "/api/session", json={"name": name, "password": password})


async def made(rig: WebRig, **wanted: str) -> tuple[str, str]:
    """Name and first password of a new leader."""
    name = f"neu-{secrets.token_hex(3)}"
    form = {"name": name, "display_name": "新示例", "role": "leader"} | wanted
    status, page = await press(rig, "/admin/accounts", **form)
    assert status == 200
    return name, one_time_password(page)


async def test_a_new_account_gets_a_password_that_is_shown_once_and_must_be_changed(web_rig: WebRig) -> None:
    name, password = await made(web_rig)
    assert password not in await seen(web_rig, f"/admin/accounts/{name}")
    signed_in = await sign_in(web_rig, name, password)
    assert signed_in.status == 201
    headers = {"Authorization": f"Bearer {(await signed_in.json())['token']}"}
    assert (await web_rig.ask(None, "GET", "/api/orders", headers=headers)).status == 403
    chosen = {"old": password, "new": OWN}
    assert (await web_rig.ask(None, "POST", "/api/me/password", json=chosen, headers=headers)).status == 200
    assert (await web_rig.ask(None, "GET", "/api/orders", headers=headers)).status == 200
    status, page = await press(web_rig, f"/admin/accounts/{name}/password")
    assert status == 200
    assert (await sign_in(web_rig, name, OWN)).status == 422
    assert (await sign_in(web_rig, name, one_time_password(page))).status == 201


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_at_its_field(web_rig: WebRig) -> None:
    typed = {"name": "neu-agent", "display_name": "新接线示例", "role": "agent", "extension": "9999"}
    status, page = await press(web_rig, "/admin/accounts", **typed)
    assert (status, "没有这个分机号" in page, 'value="新接线示例"' in page) == (422, True, True)
    status, page = await press(web_rig, "/admin/accounts", **typed | {"extension": "1001"})
    assert (status, "已由账号“agent1”使用" in page) == (422, True)
    status, page = await press(web_rig, "/admin/accounts", **typed | {"name": ADMIN, "extension": "1007"})
    assert (status, "已被使用" in page) == (409, True)


async def test_role_and_place_are_changed_and_the_page_says_who_did_it(web_rig: WebRig) -> None:
    name, _ = await made(web_rig)
    form = {"display_name": "新示例", "role": "office", "office_code": "street-lighting"}
    assert (await press(web_rig, f"/admin/accounts/{name}", **form))[0] == 303
    page = await seen(web_rig, f"/admin/accounts/{name}")
    assert "角色：市领导 → 承办单位" in page
    assert f"<small>{ADMIN}</small>" in page
    listed = await seen(web_rig, f"/admin/accounts?q={name}&role=office&closed=no")
    assert f'<a href="/admin/accounts/{name}">' in listed
    assert "1个账号（全部" in listed


async def test_sessions_are_ended_one_and_all_and_failed_sign_ins_are_shown(web_rig: WebRig) -> None:
    name, password = await made(web_rig)
    for _ in range(2):
        assert (await sign_in(web_rig, name, password)).status == 201
    assert (await sign_in(web_rig, name, "wrong")).status == 422
    page = await seen(web_rig, f"/admin/accounts/{name}")
    ends = re.findall(rf'action="(/admin/accounts/{name}/sessions/\d+/end)"', page)
    assert (len(ends), "密码不正确 <small>127.0.0.1</small>" in page) == (2, True)
    assert (await press(web_rig, ends[0]))[0] == 303
    assert (await press(web_rig, ends[0]))[0] == 404
    assert (await press(web_rig, f"/admin/accounts/{name}/sessions/end"))[0] == 303
    assert "现在没有登录" in await seen(web_rig, f"/admin/accounts/{name}")


async def test_one_may_hold_all_power_alone_and_is_told_so_until_a_second_administrator_is_there(
    web_rig: WebRig,
) -> None:
    assert "现在只有一位系统管理员" in await seen(web_rig, "/admin/accounts")
    status, page = await press(web_rig, f"/admin/accounts/{ADMIN}", display_name="吕示例", role="leader")
    assert (status, "最后一个系统管理员" in page) == (409, True)
    second, _ = await made(web_rig, role="administrator")
    assert "现在只有一位系统管理员" not in await seen(web_rig, "/admin/accounts")
    status, page = await press(web_rig, f"/admin/accounts/{ADMIN}", display_name="吕示例", role="leader")
    assert (status, "由另一位系统管理员办理" in page) == (409, True)
    assert (await press(web_rig, f"/admin/accounts/{ADMIN}/close"))[0] == 409
    assert (await press(web_rig, f"/admin/accounts/{second}/close"))[0] == 303
    assert (await sign_in(web_rig, second, OWN)).status == 422
    assert "已停用" in await seen(web_rig, f"/admin/accounts/{second}")
    assert (await press(web_rig, f"/admin/accounts/{second}/reopen"))[0] == 303
    assert (await press(web_rig, f"/admin/accounts/{second}/close"))[0] == 303


async def test_an_account_in_another_role_is_shown_nothing_that_was_written_in_the_former_one(web_rig: WebRig) -> None:
    """A coordinator may know a confidential reporter, and may have named them: in a text not sent, in a
    filter, in a number dialled. An account's person may change with its role."""
    name, password = await made(web_rig, role="coordinator")

    async def as_it(method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Origin": web_rig.url}
        return await web_rig.ask(None, method, path, headers=headers, **more)

    signed_in = await sign_in(web_rig, name, password)
    token = (await signed_in.json())["token"]
    chosen = await as_it("POST", "/api/me/password", json={"old": password, "new": OWN})
    assert chosen.status == 200, await chosen.text()
    order = f"/api/orders/{web_rig.sample.secret}"
    kept = await as_it("PUT", f"{order}/unsent/escalate", json={"fields": {"reason": ["与保密示例核实过"]}})
    assert kept.status == 200, await kept.text()
    saved = await as_it("POST", "/orders/filters", data={"name": "保密示例的", "query": "q=13900000777"})
    assert saved.status == 303
    pages = f"/orders/{web_rig.sample.secret}", "/orders"
    assert ["保密示例" in await (await as_it("GET", path)).text() for path in pages] == [True, True]
    assert (await press(web_rig, f"/admin/accounts/{name}", display_name="新示例", role="supervisor"))[0] == 303
    token = (await (await sign_in(web_rig, name, OWN)).json())["token"]
    for path in pages:
        shown = await (await as_it("GET", path)).text()
        assert "保密示例" not in shown
        assert "13900000777" not in shown


async def test_nobody_resets_the_own_password_and_locks_themselves_out(web_rig: WebRig) -> None:
    status, page = await press(web_rig, f"/admin/accounts/{ADMIN}/password")
    assert (status, "自己的密码" in page, "一次性密码" in page) == (409, True, False)
    page = await seen(web_rig, f"/admin/accounts/{ADMIN}")
    assert f'action="/admin/accounts/{ADMIN}/password"' not in page
    assert 'href="/password"' in page
    sent = {"password": OWN}
    assert (await web_rig.ask(Role.ADMINISTRATOR, "POST", f"/api/accounts/{ADMIN}/password", json=sent)).status == 409
