"""Signing in, and what keeps others from acting in one's name."""

import datetime as dt
import re
from http.cookies import SimpleCookie
from typing import Any

import pytest
from aiohttp import ClientResponse, WSServerHandshakeError
from markupsafe import escape
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from access.accounts.manage import add_account, change_password, close_account
from access.accounts.models import WebSession
from access.accounts.sessions import token_hash
from core import clock
from core.database import transaction
from core.errors import BadInput, Conflict
from core.sections.pbx import PbxSection
from core.settings import Settings
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from telephony.agents.models import Agent, AgentPhone
from telephony.agents.state import AgentState
from tests.support.exchange import free_port
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http.context import AppContext

NAME = ACCOUNTS[Role.SUPERVISOR]["name"]


async def sign_in(web_rig: WebRig, name: str, password: str, **more: Any) -> ClientResponse:
    """As a browser posts the form."""
    headers = {"Origin": web_rig.url, **more.pop("headers", {})}
    data = {"name": name, "password": password, **more}
    return await web_rig.ask(None, "POST", "/sign-in", data=data, headers=headers)


def cookie_of(answer: ClientResponse) -> str:
    return answer.cookies["hotline_session"].value


async def test_a_browser_signs_in_and_out(web_rig: WebRig) -> None:
    answer = await sign_in(web_rig, f" {NAME.upper()} ", PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (303, "/orders")
    morsel = SimpleCookie(answer.headers["Set-Cookie"])["hotline_session"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    cookies = {"hotline_session": morsel.value}
    assert (await web_rig.ask(None, "GET", "/orders", cookies=cookies)).status == 200
    out = await web_rig.ask(None, "POST", "/sign-out", cookies=cookies, headers={"Origin": web_rig.url})
    assert out.status == 303
    assert (await web_rig.ask(None, "GET", "/api/me", cookies=cookies)).status == 401


async def test_a_form_that_comes_without_a_session_is_carried_through_the_sign_in_and_sent(web_rig: WebRig) -> None:
    order, note = web_rig.sample.lamp, "已联系抢修队\n“今晚”复查 <b>"
    headers = {"Origin": web_rig.url, "Referer": f"{web_rig.url}/orders/{order}"}
    at, sent = f"/orders/{order}/steps/report", {"version": "1", "read": "0", "note": note}
    refused = await web_rig.ask(None, "POST", at, data=sent, headers=headers)
    shown = await refused.text()
    assert refused.status == 401
    hidden = {"sent_to": at, **{f"sent.{name}": text for name, text in sent.items()}}
    assert all(f'name="{name}" value="{escape(text)}"' in shown for name, text in hidden.items())
    office, next_page = ACCOUNTS[Role.OFFICE]["name"], f"/orders/{order}"
    wrong = await sign_in(web_rig, office, "wrong", next=next_page, **hidden)
    assert (wrong.status, str(escape(note)) in await wrong.text()) == (422, True)
    right = await sign_in(web_rig, office, PASSWORD, next=next_page, **hidden)
    again = await right.text()
    assert right.status == 200
    assert f'action="{at}"' in again
    assert f'name="note" value="{escape(note)}"' in again
    assert f"（{office}）" in again
    # Nothing is carried of a form of secrets, nor to another place, nor where nothing was written.
    for path, fields in (("/password", {"old": PASSWORD, "new": "drei kleine Worte 7"}), (at, {"version": "1"})):
        answer = await web_rig.ask(None, "POST", path, data=fields, headers=headers)
        assert (answer.status, answer.headers["Location"]) == (303, f"/sign-in?next={next_page}")
    stray = await sign_in(web_rig, office, PASSWORD, next=next_page, **hidden | {"sent_to": "//example.cn/"})
    assert (stray.status, stray.headers["Location"]) == (303, next_page)


async def test_a_page_whose_session_ended_signs_in_where_it_is_and_a_form_comes_back_to_its_page(
    web_rig: WebRig,
) -> None:
    signed_in = {"name": NAME, "password": PASSWORD}
    headers = {"Origin": web_rig.url}
    wrong = await web_rig.ask(None, "POST", "/api/session/here", json=signed_in | {"password": "x"}, headers=headers)
    assert (wrong.status, wrong.cookies) == (422, {})
    there = await web_rig.ask(None, "POST", "/api/session/here", json=signed_in, headers=headers)
    assert (there.status, (await there.json())["name"]) == (200, NAME)
    cookies = {"hotline_session": cookie_of(there)}
    assert (await web_rig.ask(None, "GET", "/api/me", cookies=cookies)).status == 200
    elsewhere = await web_rig.ask(
        None, "POST", "/api/session/here", json=signed_in, headers={"Origin": "https://x.invalid"}
    )
    assert elsewhere.status == 403

    page = f"{web_rig.url}/orders?waiting=reply"
    sent = await web_rig.ask(None, "POST", "/orders/QF1/steps/reply", headers=headers | {"Referer": page})
    assert (sent.status, sent.headers["Location"]) == (303, "/sign-in?next=/orders%3Fwaiting%3Dreply")
    back = await web_rig.ask(None, "GET", sent.headers["Location"], cookies=cookies)
    assert (back.status, back.headers["Location"]) == (303, "/orders?waiting=reply")
    part = await web_rig.ask(None, "GET", "/desk/strip", headers={"HX-Request": "true"})
    assert (part.status, "HX-Redirect" in part.headers) == (401, False), "the page goes nowhere by itself"


async def test_who_signs_out_is_rung_no_more_whichever_telephone_he_has(web_rig: WebRig) -> None:
    agent = {"extension": "1001", "state": AgentState.READY, "phone": AgentPhone.TELEPHONE, "since": clock.now()}
    async with transaction(web_rig.context.sessions) as session:
        await session.execute(
            insert(Agent).values(agent).on_conflict_do_update(index_elements=["extension"], set_=agent)
        )
    cookies = {"hotline_session": cookie_of(await sign_in(web_rig, ACCOUNTS[Role.AGENT]["name"], PASSWORD))}
    await web_rig.ask(None, "POST", "/sign-out", cookies=cookies, headers={"Origin": web_rig.url})
    async with transaction(web_rig.context.sessions) as session:
        asked = text(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'agents.set_state' ORDER BY id DESC LIMIT 1"
        )
        assert await session.scalar(asked) == {"extension": "1001", "state": "offline", "reason": ""}
        await session.execute(update(Agent).where(Agent.extension == "1001").values(state=AgentState.OFFLINE))


async def test_the_token_itself_is_not_in_the_database(web_rig: WebRig) -> None:
    token = cookie_of(await sign_in(web_rig, NAME, PASSWORD))
    async with web_rig.context.sessions() as session:
        stored = (await session.scalars(select(WebSession.token_sha256))).all()
    assert token_hash(token) in stored
    assert token not in stored


async def test_an_expired_session_is_nobodys(web_rig: WebRig) -> None:
    token = cookie_of(await sign_in(web_rig, NAME, PASSWORD))
    async with transaction(web_rig.context.sessions) as session:
        past = clock.now() - dt.timedelta(seconds=1)
        await session.execute(
            update(WebSession).where(WebSession.token_sha256 == token_hash(token)).values(expires_at=past)
        )
    answer = await web_rig.ask(None, "GET", "/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 401


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(web_rig: WebRig) -> None:
    wrong = await sign_in(web_rig, NAME, "不是这个密码")
    unknown = await sign_in(web_rig, "nobody-here", "不是这个密码")
    assert (wrong.status, unknown.status) == (422, 422)
    for answer in (wrong, unknown):
        assert "登录名或密码不正确" in await answer.text()


async def test_guessing_is_slowed_down_for_the_name_that_is_guessed_only(web_rig: WebRig) -> None:
    for _ in range(5):
        assert (await sign_in(web_rig, "guessed", "猜一猜")).status == 422
    answer = await sign_in(web_rig, "guessed", "猜一猜")
    assert answer.status == 429
    assert "尝试次数过多" in await answer.text()
    assert (await sign_in(web_rig, NAME, PASSWORD)).status == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_can_do_nothing_with_the_cookie(web_rig: WebRig, origin: str) -> None:
    cookies = {"hotline_session": cookie_of(await sign_in(web_rig, NAME, PASSWORD))}
    for method, path in (("POST", "/sign-out"), ("DELETE", "/api/session"), ("GET", "/ws/live")):
        answer = await web_rig.ask(None, method, path, cookies=cookies, headers={"Origin": origin})
        assert answer.status == 403, path
    assert (await web_rig.ask(None, "DELETE", "/api/session", cookies=cookies)).status == 403
    assert (await web_rig.ask(None, "GET", "/api/me", cookies=cookies)).status == 200


async def test_a_program_needs_no_origin_and_ends_its_own_session(web_rig: WebRig) -> None:
    body = {"name": NAME, "password": PASSWORD}
    opened = await (await web_rig.ask(None, "POST", "/api/session", json=body)).json()
    headers = {"Authorization": f"Bearer {opened['token']}"}
    assert opened["me"]["role"] == "supervisor"
    assert (await web_rig.ask(None, "DELETE", "/api/session", headers=headers)).status == 200
    assert (await web_rig.ask(None, "GET", "/api/me", headers=headers)).status == 401


async def test_sign_in_never_leads_to_another_site(web_rig: WebRig) -> None:
    for target, leads_to in (
        ("/orders?state=closed", "/orders?state=closed"),
        ("//evil.example/", "/orders"),
        ("https://evil.example/", "/orders"),
        ("/\\evil.example", "/orders"),
    ):
        answer = await sign_in(web_rig, NAME, PASSWORD, next=target)
        assert answer.headers["Location"] == leads_to


async def test_who_is_not_signed_in_is_led_to_the_door_and_back(web_rig: WebRig) -> None:
    answer = await web_rig.ask(None, "GET", "/orders?state=closed")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=/orders%3Fstate%3Dclosed")


async def test_every_answer_says_what_a_browser_may_do_with_it(web_rig: WebRig) -> None:
    for path in ("/sign-in", "/api/me", "/orders", "/no-such-page"):
        headers = (await web_rig.ask(Role.SUPERVISOR, "GET", path)).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


async def test_a_new_password_or_a_closed_account_ends_every_session(web_rig: WebRig) -> None:
    sessions = web_rig.context.sessions
    async with transaction(sessions) as session:
        await add_account(session, name="Leaver", display_name="离职示例", password=PASSWORD, role=Role.LEADER)
    token = cookie_of(await sign_in(web_rig, "leaver", PASSWORD))
    async with transaction(sessions) as session:
        await change_password(session, "leaver", "另一个密码-2026-xyz")
    assert (await web_rig.ask(None, "GET", "/api/me", cookies={"hotline_session": token})).status == 401
    assert (await sign_in(web_rig, "leaver", "另一个密码-2026-xyz")).status == 303
    async with transaction(sessions) as session:
        await close_account(session, "leaver")
    assert (await sign_in(web_rig, "leaver", "另一个密码-2026-xyz")).status == 422


async def test_an_account_without_what_its_role_needs_is_refused(web_rig: WebRig) -> None:
    with pytest.raises(BadInput) as refused:
        async with transaction(web_rig.context.sessions) as session:
            await add_account(session, name="x", display_name=" ", password="short", role=Role.OFFICE)
    assert set(refused.value.fields) == {"name", "display_name", "password", "office_code"}
    with pytest.raises(Conflict):
        async with transaction(web_rig.context.sessions) as session:
            await add_account(session, name=NAME, display_name="重名", password=PASSWORD, role=Role.LEADER)


async def test_a_telephone_is_not_let_in_while_the_exchange_is_away(web_rig: WebRig, aiohttp_client: Any) -> None:
    """A door that opens and shuts at once would have each desk knock again every second."""
    rig = web_rig.context
    settings = Settings(var=rig.settings.var, pbx=PbxSection(http_port=free_port()))
    client = await aiohttp_client(make_app(AppContext(settings, rig.sessions, rig.bus, PolicyHolder(rig.policy))))
    headers = {"Authorization": f"Bearer {await web_rig.token(Role.AGENT)}"}
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect("/ws/sip", headers=headers, protocols=("sip",))
    assert refused.value.status == 503


async def test_an_agent_who_is_signed_out_by_the_supervisor_is_out_at_once(web_rig: WebRig) -> None:
    async with transaction(web_rig.context.sessions) as session:
        leaver = {"name": "leaving", "display_name": "离示例", "password": PASSWORD, "role": Role.AGENT}
        await add_account(session, **leaver, extension="1009")  # type: ignore[arg-type]
    body = {"name": "leaving", "password": PASSWORD}
    signed_in = await web_rig.ask(None, "POST", "/api/session", json=body)
    headers = {"Authorization": f"Bearer {(await signed_in.json())['token']}"}
    assert (await web_rig.ask(None, "GET", "/api/me", headers=headers)).status == 200
    assert (await web_rig.ask(Role.AGENT, "POST", "/api/agents/1009/sign-out")).status == 403
    assert (await web_rig.ask(Role.SUPERVISOR, "POST", "/api/agents/1009/sign-out")).status == 200
    assert (await web_rig.ask(None, "GET", "/api/me", headers=headers)).status == 401
    async with web_rig.context.sessions() as session:
        found = text(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'agents.set_state' ORDER BY id DESC LIMIT 1"
        )
        asked = (await session.execute(found)).scalar_one()
    assert (asked["extension"], asked["state"]) == ("1009", "offline")


async def test_who_is_signed_in_sees_the_own_sessions_and_ends_one(web_rig: WebRig) -> None:
    here, there = [
        {"hotline_session": cookie_of(await sign_in(web_rig, ACCOUNTS[Role.LEADER]["name"], PASSWORD))}
        for _ in range(2)
    ]
    home = await (await web_rig.ask(None, "GET", "/orders", cookies=here)).text()
    assert 'href="/password"' in home
    shown = await (await web_rig.ask(None, "GET", "/password", cookies=here)).text()
    assert "本次登录" in shown
    newest = max(int(one) for one in re.findall(r"/password/sessions/([0-9]+)/end", shown))
    at, headers = f"/password/sessions/{newest}/end", {"Origin": web_rig.url}
    ended = await web_rig.ask(None, "POST", at, cookies=here, headers=headers)
    assert (ended.status, ended.headers["Location"]) == (303, "/password")
    assert (await web_rig.ask(None, "GET", "/api/me", cookies=there)).status == 401
    assert (await web_rig.ask(None, "GET", "/api/me", cookies=here)).status == 200
