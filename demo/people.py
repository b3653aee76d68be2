"""Simulated people: they talk over real phones and work over the real API, as programs of the city would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from core.tasks import cancel, spawn
from demo.accounts import SampleAccount
from telephony.phone import AsyncPhone, PhoneAccount, PhoneCall, PhoneSilent

SPEECH = Path(__file__).resolve().parent.parent / "deploy/demo/speech"
_PATIENCE_SECONDS = 90.0


class ApiRefused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        super().__init__(f"{status} {problem.get('detail')} {problem.get('fields') or ''}")


class Api:
    """One signed-in person at the JSON API. A server that is away (killed, say) is asked again for a while."""

    def __init__(self, url: str, account: SampleAccount) -> None:
        self.url = url
        self.account = account
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Api":
        self._client = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=10))
        answer = await self.post("/api/session", name=self.account.name, password=self.account.password)
        self._client.headers["Authorization"] = f"Bearer {answer['token']}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    @property
    def client(self) -> aiohttp.ClientSession:
        assert self._client is not None, "use as `async with`"
        return self._client

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._ask("POST", path, json=body)

    async def patch(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._ask("PATCH", path, json=body)

    async def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    async with self.client.request(method, path, **how) as answer:
                        body: dict[str, Any] = await answer.json()
                        if answer.status >= 500:
                            raise aiohttp.ClientError(str(answer.status))
                        if answer.status >= 400:
                            raise ApiRefused(answer.status, body)
                        return body
                except (aiohttp.ClientError, aiohttp.ServerTimeoutError):
                    await asyncio.sleep(0.3)


@dataclass
class Inbox:
    """An office's or a crew's screen: a real WebSocket that reconnects, and acknowledges where the scenario says so."""

    api: Api
    acknowledges: bool
    received: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            try:
                async with self.api.client.ws_connect("/ws/inbox", heartbeat=5) as socket:
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            await self._on_message(socket, message.json())
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.3)

    async def _on_message(self, socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]) -> None:
        if message["type"] != "assignment":
            return
        if message["id"] not in [known["id"] for known in self.received]:
            self.received.append(message)
        if self.acknowledges:
            await socket.send_json({"type": "ack", "id": message["id"]})


@asynccontextmanager
async def open_inbox(api: Api, *, acknowledges: bool) -> AsyncIterator[Inbox]:
    inbox = Inbox(api, acknowledges)
    running = spawn(inbox.run(), name=f"inbox of {api.account.name}")
    try:
        yield inbox
    finally:
        await cancel(running)


class DemoAgent:
    """Answers, says the agent's words, reads the desk's draft and fills in the form."""

    def __init__(self, api: Api, phone: AsyncPhone, hello: Path) -> None:
        self.api = api
        self.phone = phone
        self._hello = hello

    async def be_ready(self) -> None:
        await self.phone.register()
        await self.api.post("/api/agent/state", state="ready")

    async def answer(self, seconds: float = 90) -> PhoneCall:
        """The next call: the phone answers by itself when it rings; then the greeting."""
        call = await self.phone.wait_call(seconds)
        await self.phone.play(call, self._hello)
        return call

    async def draft(self, seconds: float = 120) -> dict[str, Any]:
        """The order that the present call began, as the desk shows it."""
        async with asyncio.timeout(seconds):
            while True:
                desk = await self.api.get("/api/desk/current")
                if desk["order"] is not None:
                    order: dict[str, Any] = desk["order"]
                    return order
                await asyncio.sleep(0.1)

    async def fill_in_and_register(self, order: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """What is proposed from the talk may change the draft meanwhile: then the agent looks again, and goes on."""
        path = f"/api/orders/{order['number']}"
        while True:
            try:
                filled = await self.api.patch(path, version=order["version"], **fields)
                return await self.api.post(f"{path}/steps/register", version=filled["version"])
            except ApiRefused as refused:
                if refused.status != HTTPStatus.CONFLICT:
                    raise
                order = await self.api.get(path)


@asynccontextmanager
async def open_agent(url: str, account: SampleAccount, phone: PhoneAccount, hello: Path) -> AsyncIterator[DemoAgent]:
    async with Api(url, account) as api, AsyncPhone(phone) as line:
        agent = DemoAgent(api, line, hello)
        await agent.be_ready()
        yield agent


class CrewPhone:
    """The crew's telephone: picked up, listened to, 1 pressed."""

    def __init__(self, phone: AsyncPhone) -> None:
        self.phone = phone
        self.calls: list[PhoneCall] = []

    async def run(self, listen_seconds: float) -> None:
        while True:
            try:
                call = await self.phone.wait_call(1)
            except PhoneSilent:
                continue
            self.calls.append(call)
            while not await self.phone.wait_ended(call, listen_seconds):
                await self.phone.press(call, "1")


@asynccontextmanager
async def open_crew_phone(account: PhoneAccount, *, listen_seconds: float) -> AsyncIterator[CrewPhone]:
    async with AsyncPhone(account) as phone:
        await phone.register()
        crew = CrewPhone(phone)
        running = spawn(crew.run(listen_seconds), name=f"crew phone {account.user}")
        try:
            yield crew
        finally:
            await cancel(running)
