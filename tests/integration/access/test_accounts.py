"""Accounts and sessions: what administrators do with them, what people do with their own, and what was refused."""

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from access.accounts.manage import close_account, end_sessions, get_account
from access.accounts.models import WebSession
from access.accounts.sessions import Lasts, recognise, token_hash
from core import clock
from core.database import transaction
from dispatch.workflow import Role
from telephony.calls.models import Call, Leg
from tests.support.sample import ACCOUNTS
from tests.support.sockets import Socket, hear
from tests.support.web_rig import WebRig
from web.app import make_app
from web.desk.phones import DESK_PHONES
from web.sockets.open_sockets import end_dead

FIRST, OWN = "erstes Wort 41 Kran", "ein eigenes 87 Wort"


class Person:
    """A person with an account made by the administrator."""

    def __init__(self, web_rig: WebRig, name: str) -> None:
        self.web_rig, self.name, self.token = web_rig, name, ""

    async def sign_in(self, password: str) -> int:
        answer = await self.web_rig.ask(None, "POST", "/api/session", json={"name": self.name, "password": password})
        if answer.status == 201:
            self.token = (await answer.json())["token"]
        return answer.status

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return await self.web_rig.ask(None, method, path, headers=headers, **more)

    async def status(self, path: str = "/api/orders") -> int:
        return int((await self.ask("GET", path)).status)


async def admin(web_rig: WebRig, method: str, path: str, **more: Any) -> Any:
    return await web_rig.ask(Role.ADMINISTRATOR, method, path, **more)


@pytest.fixture
async def person(web_rig: WebRig) -> AsyncIterator[Person]:
    """A new agent who has chosen a password; gone afterwards, so that the next one gets the telephone."""
    one = Person(web_rig, f"neu-{secrets.token_hex(3)}")
    wish = {"name": one.name, "display_name": "新示例", "role": "agent", "extension": "1007", "password": FIRST}
    assert (await admin(web_rig, "POST", "/api/accounts", json=wish)).status == 201
    assert await one.sign_in(FIRST) == 201
    assert (await one.ask("POST", "/api/me/password", json={"old": FIRST, "new": OWN})).status == 200
    yield one
    assert (await admin(web_rig, "POST", f"/api/accounts/{one.name}/close")).status == 200


async def test_a_password_that_somebody_else_made_is_changed_before_anything_else(web_rig: WebRig) -> None:
    one = Person(web_rig, f"first-{secrets.token_hex(3)}")
    wish = {"name": one.name, "display_name": "新示例", "role": "leader", "password": FIRST}
    assert (await admin(web_rig, "POST", "/api/accounts", json=wish)).status == 201
    assert await one.sign_in(FIRST) == 201
    refused = await one.ask("GET", "/api/orders")
    assert (refused.status, (await refused.json())["slug"]) == (403, "password_must_change")
    page = await one.ask("GET", "/orders")
    assert (page.status, page.headers["Location"]) == (303, "/password")
    assert "管理员设的" in await (await one.ask("GET", "/password")).text()
    assert (await (await one.ask("GET", "/api/me")).json())["must_change_password"] is True
    for new in (FIRST, "Password123", "short", one.name + "-2026"):
        assert (await one.ask("POST", "/api/me/password", json={"old": FIRST, "new": new})).status == 422
    assert (await one.ask("POST", "/api/me/password", json={"old": "wrong", "new": OWN})).status == 422
    origin = {"Origin": web_rig.url}
    typed = {"old": FIRST, "new": OWN, "again": OWN}
    wrong = await one.ask("POST", "/password", data=typed | {"again": "x"}, headers=origin)
    assert (wrong.status, "两次输入的新密码不同" in await wrong.text()) == (422, True)
    assert (await one.ask("POST", "/password", data=typed, headers=origin)).status == 303
    assert await one.status() == 200


async def test_who_changes_his_password_keeps_this_session_and_ends_the_others(person: Person) -> None:
    other = Person(person.web_rig, person.name)
    assert await other.sign_in(OWN) == 201
    new = OWN + " neu"
    assert (await person.ask("POST", "/api/me/password", json={"old": OWN, "new": new})).status == 200
    assert (await person.status(), await other.status()) == (200, 401)
    assert (await other.sign_in(OWN), await other.sign_in(new)) == (422, 201)


async def test_an_administrator_resets_a_password_and_sees_and_ends_sessions(person: Person) -> None:
    at = f"/api/accounts/{person.name}"
    (session,) = (await (await admin(person.web_rig, "GET", f"{at}/sessions")).json())["sessions"]
    assert (session["mine"], session["address"]) == (False, "127.0.0.x")
    ended = await admin(person.web_rig, "DELETE", f"{at}/sessions/{session['id']}")
    again = await admin(person.web_rig, "DELETE", f"{at}/sessions/{session['id']}")
    assert (ended.status, again.status, await person.status()) == (200, 404, 401)
    await person.sign_in(OWN)
    (mine,) = (await (await person.ask("GET", "/api/me/sessions")).json())["sessions"]
    assert mine["mine"] is True
    assert (await admin(person.web_rig, "DELETE", f"{at}/sessions")).status == 200
    assert await person.status() == 401
    await person.sign_in(OWN)
    assert (await admin(person.web_rig, "POST", f"{at}/password", json={"password": FIRST + "!"})).status == 200
    assert await person.status() == 401
    assert (await person.sign_in(OWN), await person.sign_in(FIRST + "!")) == (422, 201)
    assert await person.status() == 403
    actions = (await (await admin(person.web_rig, "GET", f"{at}/actions")).json())["actions"]
    assert [action["action"] for action in actions][:3] == ["password_reset", "sessions_ended", "sessions_ended"]
    assert {actions[0]["by_name"], actions[-1]["by_name"]} == {ACCOUNTS[Role.ADMINISTRATOR]["name"]}


async def test_a_closed_account_is_out_at_once_with_its_sockets_and_comes_back_when_reopened(person: Person) -> None:
    rig, at = person.web_rig, f"/api/accounts/{person.name}"
    headers = {"Authorization": f"Bearer {person.token}"}
    async with rig.client.ws_connect(f"{rig.url}/ws/live", headers=headers) as socket:
        closed = await (await admin(rig, "POST", f"{at}/close")).json()
        assert closed["closed_at"]
        assert await closed_with(socket) == 4401
    assert (await person.status(), await person.sign_in(OWN)) == (401, 422)
    assert (await (await admin(rig, "POST", f"{at}/reopen")).json())["closed_at"] is None
    assert await person.sign_in(OWN) == 201


async def closed_with(socket: Socket) -> object:
    """After whatever else it still says."""
    async with asyncio.timeout(60):
        while (message := await socket.receive()).type is WSMsgType.TEXT:
            pass
    return message.data


@pytest.mark.parametrize("how", ["page", "program"])
async def test_who_signs_out_is_told_nothing_more_in_his_other_windows(person: Person, how: str) -> None:
    rig, other = person.web_rig, Person(person.web_rig, person.name)
    assert await other.sign_in(OWN) == 201
    headers = [{"Authorization": f"Bearer {one.token}"} for one in (person, other)]
    async with (
        rig.client.ws_connect(f"{rig.url}/ws/live", headers=headers[0]) as mine,
        rig.client.ws_connect(f"{rig.url}/ws/live", headers=headers[1]) as elsewhere,
    ):
        if how == "page":
            assert (await person.ask("POST", "/sign-out", headers={"Origin": rig.url})).status == 303
        else:
            assert (await person.ask("DELETE", "/api/session")).status == 200
        assert await closed_with(mine) == 4401
        await elsewhere.send_str('{"type":"ping"}')
        await hear(elsewhere, type="pong")


async def test_the_telephone_in_the_browser_of_a_closed_account_is_silent_at_once(person: Person) -> None:
    app, hung_up = make_app(person.web_rig.context), list[int]()

    class Telephone:
        closed = False

        async def close(self, *, code: int, message: bytes) -> None:
            hung_up.append(code)

    app[DESK_PHONES].take("1007-web", "window", Telephone())  # type: ignore[arg-type]
    async with transaction(person.web_rig.context.sessions) as session:
        account_id = (await get_account(session, person.name)).id
        await end_sessions(session, await get_account(session, person.name))
    await end_dead(app, person.web_rig.context, str(account_id))
    assert hung_up == [], "a call goes on when only the session has ended"
    async with transaction(person.web_rig.context.sessions) as session:
        await close_account(session, person.name)
    await end_dead(app, person.web_rig.context, str(account_id))
    assert hung_up == [4401]


async def test_the_last_administrator_and_ones_own_account_cannot_be_closed(web_rig: WebRig) -> None:
    own = f"/api/accounts/{ACCOUNTS[Role.ADMINISTRATOR]['name']}"
    assert (await admin(web_rig, "POST", f"{own}/close")).status == 409
    assert (await admin(web_rig, "PATCH", own, json={"role": "leader"})).status == 409
    for role in (Role.AGENT, Role.COORDINATOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICE, Role.UNIT, None):
        for method, path in (("GET", "/api/accounts"), ("POST", f"{own}/close"), ("DELETE", f"{own}/sessions")):
            assert (await web_rig.ask(role, method, path)).status == (403 if role else 401)


async def test_a_changed_role_holds_at_once_and_what_this_house_lacks_is_refused(person: Person) -> None:
    rig, at = person.web_rig, f"/api/accounts/{person.name}"
    for wrong in ({"extension": "7777"}, {"office_code": "nowhere"}, {"role": "citizen"}, {"role": "office"}):
        assert (await admin(rig, "PATCH", at, json=wrong)).status == 422, wrong
    assert await person.status() == 200
    changed = await admin(rig, "PATCH", at, json={"role": "supervisor", "extension": ""})
    assert ((await changed.json())["role"], (await changed.json())["extension"]) == ("supervisor", None)
    assert await person.status() == 401
    listed = (await (await admin(rig, "GET", "/api/accounts")).json())["accounts"]
    assert [one["role"] for one in listed if one["name"] == person.name] == ["supervisor"]


async def test_a_session_that_is_used_lasts_longer_but_not_for_ever(person: Person) -> None:
    sessions, now = person.web_rig.context.sessions, clock.now()
    lasts = Lasts(unused=dt.timedelta(hours=12), longest=dt.timedelta(days=7))

    async def used(hours: float) -> bool:
        return await recognise(sessions, person.token, now + dt.timedelta(hours=hours), lasts) is not None

    assert [await used(hours) for hours in (11, 22, 33, 44)] == [True] * 4
    assert not await used(44 + 12.1)
    assert [await used(hours) for hours in range(50, 24 * 7, 10)] == [True] * 12
    assert not await used(24 * 7 + 0.1)


async def test_a_session_that_runs_out_in_a_call_lasts_until_the_call_is_written_up(person: Person) -> None:
    sessions, now = person.web_rig.context.sessions, clock.now()
    linkedid = f"qufu-{secrets.token_hex(4)}"
    async with transaction(sessions) as session:
        began = now - dt.timedelta(minutes=10)
        session.add(
            Call(linkedid=linkedid, pbx="qufu", direction="inbound", started_at=began, caller_number="13900000001",
                 caller_name="",
                 called_number="12345", state="talking")
        )  # fmt: skip
        await session.flush()
        session.add(
            Leg(uniqueid=f"{linkedid}.1", linkedid=linkedid, channel="PJSIP/1007-1", endpoint="1007", role="agent",
                started_at=began,
                connected_at=began)
        )  # fmt: skip
        expired = {"expires_at": now - dt.timedelta(minutes=1)}
        mine = WebSession.token_sha256 == token_hash(person.token)
        await session.execute(update(WebSession).where(mine).values(**expired))
    assert await person.status() == 200
    for ended_ago, status in ((20, 200), (31, 401)):
        async with transaction(sessions) as session:
            ended = {"ended_at": now - dt.timedelta(minutes=ended_ago)}
            await session.execute(update(Leg).where(Leg.linkedid == linkedid).values(**ended))
        assert await person.status() == status


async def test_who_was_refused_and_why_is_a_row_for_the_supervisors(web_rig: WebRig) -> None:
    name = ACCOUNTS[Role.LEADER]["name"]
    for who in (name, "hunter2-my-password"):
        await web_rig.ask(None, "POST", "/api/session", json={"name": who, "password": "猜一猜"})
    await web_rig.ask(Role.OFFICE, "GET", "/api/accounts")
    await web_rig.ask(None, "GET", "/office-link/1-2.x")
    rows = (await (await web_rig.ask(Role.SUPERVISOR, "GET", "/api/refusals?limit=4")).json())["refusals"]
    listed = [(row["reason"], row["name"], row["address"], row["what"]) for row in rows]
    assert listed == [
        ("forged_link", "", "127.0.0.1", "office_link"),
        ("not_allowed", ACCOUNTS[Role.OFFICE]["name"], "127.0.0.1", "list_accounts"),
        ("unknown_name", "hu…", "127.0.0.1", "open_session"),
        ("wrong_password", name, "127.0.0.1", "open_session"),
    ]
    assert (await web_rig.ask(Role.OFFICE, "GET", "/api/refusals")).status == 403
    for change in ("UPDATE refusals SET name = ''", "DELETE FROM refusals", "DELETE FROM account_log"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with transaction(web_rig.context.sessions) as session:
                await session.execute(text(change))


async def test_guessing_at_a_name_from_everywhere_stands_at_the_head_of_the_supervisors_pages(
    web_rig: WebRig,
) -> None:
    name = ACCOUNTS[Role.COORDINATOR]["name"]
    for _ in range(12):
        await web_rig.ask(None, "POST", "/api/session", json={"name": name, "password": "猜一猜"})
    for n in range(50):
        await web_rig.ask(None, "POST", "/api/session", json={"name": f"spray-{n}", "password": "猜一猜"})
    troubles = (await web_rig.get(Role.SUPERVISOR, "/api/installation"))["alarms"]
    assert [one["kind"] for one in troubles] == ["guessing_sign_in"]
    assert "127.0.0.1" in troubles[0]["detail"]
