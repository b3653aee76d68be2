"""The screens on a real socket, a real database and a running bus, with a day of sample data; once a module."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar, TCPConnector
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from access.accounts import passwords
from core import clock
from core.bus import Bus
from core.database import Sessions
from core.sections.pbx import PbxSection
from core.sections.web import WebSettings
from core.settings import Settings
from core.tasks import cancel, spawn
from dispatch.city.records import City
from dispatch.policy import Policy, load_policy
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from tests.support.sample import ACCOUNTS, PASSWORD, Sample, make_sample
from web.app import make_app
from web.http.context import AppContext

QUFU = Path(__file__).parents[2] / "deploy/city/qufu"


@dataclass
class WebRig:
    context: AppContext
    sample: Sample
    url: str
    client: ClientSession
    tokens: dict[Role, str] = field(default_factory=dict)

    async def token(self, role: Role) -> str:
        """Signs in once for each role: every password check costs a tenth of a second on purpose."""
        if role not in self.tokens:
            body = {"name": ACCOUNTS[role]["name"], "password": PASSWORD}
            async with self.client.post(f"{self.url}/api/session", json=body) as answer:
                assert answer.status == 201, await answer.text()
                self.tokens[role] = (await answer.json())["token"]
        return self.tokens[role]

    async def ask(self, role: Role | None, method: str, path: str, **more: Any) -> ClientResponse:
        """One request, as a program of this role; its body is read."""
        headers = more.pop("headers", {})
        if role is not None:
            headers = {"Authorization": f"Bearer {await self.token(role)}"} | headers
        answer = await self.client.request(method, self.url + path, headers=headers, allow_redirects=False, **more)
        await answer.read()
        return answer

    async def get(self, role: Role | None, path: str, **more: Any) -> Any:
        answer = await self.ask(role, "GET", path, **more)
        assert answer.status == 200, await answer.text()
        return await answer.json()


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(QUFU)


@pytest.fixture(scope="session")
def city(policy: Policy) -> City:
    return policy.city


@pytest.fixture(scope="module")
async def bus(database_url: str) -> AsyncIterator[Bus]:
    made = Bus(database_url)
    task = spawn(made.run(), name="bus")
    await asyncio.wait_for(made.listening.wait(), 60)
    yield made
    await cancel(task)


@pytest.fixture(scope="module")
def cheap_hashing() -> Iterator[None]:
    """A true check of a password costs a tenth of a second on purpose, as does one of an unknown name."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        patch.setattr(passwords, "_NOBODY", cheap.hash("nobody's"))
        yield


@pytest.fixture(scope="module")
async def web_rig(
    cheap_hashing: None, sessions: Sessions, bus: Bus, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WebRig]:
    settings = Settings(var=tmp_path_factory.mktemp("var"), web=WebSettings(), pbx=PbxSection(test_phones=3))
    sample = await make_sample(sessions, policy, settings.recordings, clock.now())
    context = AppContext(settings, sessions, bus, PolicyHolder(policy))
    server = TestServer(make_app(context))
    await server.start_server()
    async with ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0)) as client:
        yield WebRig(context, sample, str(server.make_url("/")).rstrip("/"), client)
    await server.close()
