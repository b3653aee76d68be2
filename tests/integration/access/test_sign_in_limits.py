"""Guessing is slow wherever it comes from, keeps out nobody who knows the password, and does not stop the screens."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from access.accounts import passwords
from access.accounts.throttle import ADDRESS
from core.sections.web import WebSettings
from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS, PASSWORD
from tests.support.web_rig import WebRig
from web.app import make_app

NAME = ACCOUNTS[Role.SUPERVISOR]["name"]
PUBLIC_URL = "http://line.example"


@pytest.fixture
async def behind_proxy(web_rig: WebRig) -> AsyncIterator[WebRig]:
    """The same web server with fresh limits, where our proxy names the client."""
    settings = web_rig.context.settings.model_copy(update={"web": WebSettings(public_url=PUBLIC_URL)})
    rig = replace(web_rig.context, settings=settings)
    async with TestServer(make_app(rig)) as server:
        yield WebRig(rig, web_rig.sample, str(server.make_url("/")).rstrip("/"), web_rig.client)


@pytest.fixture
def true_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a guess at a name that nobody has costs."""
    monkeypatch.setattr(passwords, "_NOBODY", PasswordHasher().hash("nobody's"))


async def try_in(rig: WebRig, name: str, password: str, *forwarded: str, **more: Any) -> ClientResponse:
    headers = [("X-Forwarded-For", line) for line in forwarded] + [("Origin", PUBLIC_URL)]
    data = {"name": name, "password": password}
    answer = await rig.client.post(f"{rig.url}/sign-in", data=data, headers=headers, allow_redirects=False, **more)
    await answer.read()
    return answer


@pytest.mark.usefixtures("true_hashing")
async def test_a_flood_of_sign_ins_neither_stops_nor_slows_those_who_are_signed_in(behind_proxy: WebRig) -> None:
    me = {"Authorization": f"Bearer {await behind_proxy.token(Role.SUPERVISOR)}"}

    async def timed(coming: Any) -> tuple[float, int]:
        began = time.perf_counter()
        answer = await coming
        return time.perf_counter() - began, answer.status

    flood = [
        asyncio.ensure_future(timed(try_in(behind_proxy, f"name-{n}", "猜一猜", f"10.1.{n}.1")))  # noqa: TID251
        for n in range(150)
    ]
    asked = [await timed(behind_proxy.ask(None, "GET", "/api/me", headers=me)) for _ in range(10)]
    tried = await asyncio.gather(*flood)
    assert {status for _, status in asked} == {200}
    assert {status for _, status in tried} <= {422, 429}
    checked = [seconds for seconds, status in tried if status == 422]
    assert statistics.median(seconds for seconds, _ in asked) < statistics.median(checked) / 2


async def test_all_who_begin_their_shift_sign_in_at_the_same_moment_behind_one_address(behind_proxy: WebRig) -> None:
    names = [account["name"] for account in ACCOUNTS.values()] * 3
    answers = await asyncio.gather(*(try_in(behind_proxy, name, PASSWORD, "10.2.0.1") for name in names))
    assert {answer.status for answer in answers} == {303}


async def test_one_guess_at_each_of_many_names_is_refused_by_address(behind_proxy: WebRig) -> None:
    one_customer = (f"2001:db8::{n:x}" for n in range(ADDRESS.allowed + 5))
    answers = await asyncio.gather(*(try_in(behind_proxy, f"spray-{at}", "Password1!", at) for at in one_customer))
    assert sorted(answer.status for answer in answers) == [422] * ADDRESS.allowed + [429] * 5


async def test_whoever_knows_the_password_gets_in_while_others_guess_at_the_name(behind_proxy: WebRig) -> None:
    signed_in = await try_in(behind_proxy, NAME, PASSWORD, "10.4.0.200")
    cookie = {"hotline_browser": signed_in.cookies["hotline_browser"].value}
    for n in range(30):
        assert (await try_in(behind_proxy, NAME, "猜一猜", f"10.4.0.{n}")).status == 422
    assert (await try_in(behind_proxy, NAME, "猜一猜", "10.4.0.1")).status == 429
    assert (await try_in(behind_proxy, NAME, PASSWORD, "10.4.0.201")).status == 303, "from an address of his own"
    for _ in range(8):
        await try_in(behind_proxy, NAME, "猜一猜", "10.4.0.202")
    assert (await try_in(behind_proxy, NAME, PASSWORD, "10.4.0.202")).status == 429
    assert (await try_in(behind_proxy, NAME, PASSWORD, "10.4.0.202", cookies=cookie)).status == 303, "from his browser"


async def test_made_up_addresses_before_the_proxys_own_word_change_nothing(behind_proxy: WebRig) -> None:
    for n in range(5):
        assert (await try_in(behind_proxy, "guessed", "猜一猜", f"9.9.9.{n}", "10.5.0.1")).status == 422
    assert (await try_in(behind_proxy, "guessed", "猜一猜", "9.9.9.99", "10.5.0.1")).status == 429
    assert (await try_in(behind_proxy, "guessed", "猜一猜", "9.9.9.98, 10.5.0.1")).status == 429
