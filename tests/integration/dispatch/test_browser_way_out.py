"""Toll fraud from a browser: whatever an agent's page says over /ws/sip, only what the rule allows is dialled."""

from __future__ import annotations

import asyncio
import itertools
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from core.sections.pbx import PbxSection
from core.settings import Settings
from dispatch.versions.holder import PolicyHolder
from dispatch.workflow import Role
from telephony.phone import CallRefused
from tests.conftest import until
from tests.support.carrier import Carrier
from tests.support.exchange import CelRow, Exchange
from tests.support.web_rig import WebRig
from web.app import make_app
from web.http.context import AppContext

FORBIDDEN = ("0085212345678", "+85212345678", "16800001", "12345", "139%2D0000%2D0001", "13900000001%40evil", "sip%3A1")
ECHO = {"Context": "agents", "Exten": "600", "Priority": "1", "Async": "true", "Timeout": "5000"}
SDP = "".join(
    f"{line}\r\n"
    for line in (
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0",
        "a=rtpmap:0 PCMU/8000", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}", "a=setup:actpass", "a=mid:0", "a=rtcp-mux", "a=sendrecv",
        "a=candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host",
    )
)  # fmt: skip


class Page:
    """Speaks SIP as the desk's page does, or as a page would that was tampered with."""

    def __init__(self, socket: ClientWebSocketResponse, extension: str) -> None:
        self._socket = socket
        self.account = f"{extension}-web"
        self._numbers = itertools.count(1)
        self.contact = "<sip:k3j2h1d8@d8f7.invalid;transport=ws>"

    async def ask(self, method: str, uri: str, to: str, *more: str, call: str = "", body: str = "") -> str:
        """The final answer, the exchange's challenge met on the way."""
        call, credentials = call or uuid.uuid4().hex, ()
        while True:
            number, branch = next(self._numbers), f"z9hG4bK{uuid.uuid4().hex}"
            await self._say(method, uri, to, number, branch, call, (*more, *credentials), body)
            answer = await self._final(branch)
            if method == "INVITE":
                answered = re.search(r"^To: (.*)\r$", answer, re.MULTILINE)
                assert answered
                again = branch if answer[8] != "2" else f"z9hG4bK{uuid.uuid4().hex}"
                await self._say("ACK", uri, answered[1], number, again, call, (), "")
            if not answer.startswith("SIP/2.0 401") or credentials:
                return answer
            said = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', answer))
            result = ", ".join(f'{name}="{value}"' for name, value in said.items())
            credentials = (
                f'Authorization: Digest username="{self.account}", {result}, uri="{uri}", response="{"0" * 32}", '
                'algorithm=MD5, qop=auth, nc=00000001, cnonce="c"',
            )

    async def next_request(self, method: str) -> str:
        while not (heard := await self._hear()).startswith(f"{method} "):
            pass
        return heard

    async def answer(self, request: str, status: str, *more: str) -> None:
        kept = [line for line in request.split("\r\n") if re.match(r"(via|from|to|call-id|cseq):", line, re.I)]
        kept = [f"{line};tag=b" if re.match("to:", line, re.I) and ";tag=" not in line else line for line in kept]
        await self._socket.send_str("\r\n".join([f"SIP/2.0 {status}", *kept, *more, "Content-Length: 0", "", ""]))

    async def closed(self) -> int | None:
        """The code with which the server has ended it."""
        while not self._socket.closed:
            await self._socket.receive(60)
        return self._socket.close_code

    async def _say(
        self, method: str, uri: str, to: str, number: int, branch: str, call: str, more: tuple[str, ...], body: str
    ) -> None:
        head = (
            f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/WS d8f7.invalid;branch={branch}", "Max-Forwards: 69",
            f"From: <sip:{self.account}@rig>;tag=a", f"To: {to}", f"Call-ID: {call}", f"CSeq: {number} {method}",
            *([] if any(line.startswith("Contact:") for line in more) else [f"Contact: {self.contact}"]), *more,
            *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}",
        )  # fmt: skip
        await self._socket.send_str("\r\n".join(head) + "\r\n\r\n" + body)

    async def _final(self, branch: str) -> str:
        while True:
            heard = await self._hear()
            if heard.startswith("SIP/2.0 ") and heard[8] != "1" and branch in heard:
                return heard

    async def _hear(self) -> str:
        message = await self._socket.receive(60)
        assert message.type is WSMsgType.TEXT, message
        return str(message.data)


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    one = Carrier()
    yield one
    one.close()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Exchange]:
    exchange = Exchange(tmp_path_factory.mktemp("browser-way-out"), trunk_host=carrier.address)
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture
def a_page(pbx: Exchange, web_rig: WebRig, aiohttp_client: Any, carrier: Carrier) -> Any:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Page]:
        extension = str((await web_rig.get(Role.AGENT, "/api/me"))["extension"])
        own = PbxSection(
            http_port=pbx.settings.http_port, sip_port=pbx.settings.sip_port, outgoing_host=carrier.address, agents=3
        )
        settings = Settings(var=pbx.settings.directory.parent, pbx=own)
        rig = web_rig.context
        client = await aiohttp_client(make_app(AppContext(settings, rig.sessions, rig.bus, PolicyHolder(rig.policy))))
        headers = {"Authorization": f"Bearer {await web_rig.token(Role.AGENT)}"}
        async with client.ws_connect("/ws/sip", headers=headers, protocols=("sip",)) as socket:
            yield Page(socket, extension)

    return opened


def said(pbx: Exchange, skip: int, event: str) -> list[CelRow]:
    return [row for row in pbx.cel_rows(skip=skip) if row["user_event"] == event]


async def test_a_page_dials_and_passes_on_only_what_the_rule_allows(
    pbx: Exchange, carrier: Carrier, a_page: Any
) -> None:
    async with a_page() as page:
        before = len(carrier.dialled)
        assert (await page.ask("REGISTER", "sip:rig", f"<sip:{page.account}@rig>")).startswith("SIP/2.0 200")
        answer = await page.ask("INVITE", "sip:13900000001@rig", "<sip:13900000001@rig>", body=SDP)
        assert answer.startswith("SIP/2.0 486"), answer
        assert carrier.dialled[before:] == ["13900000001"], "what is allowed reaches the carrier"
        for number in FORBIDDEN:
            answer = await page.ask("INVITE", f"sip:{number}@rig", f"<sip:{number}@rig>", body=SDP)
            assert int(answer[8:11]) >= 400, (number, answer)
        with pbx.phone("1003"):
            call, skip = uuid.uuid4().hex, await asyncio.to_thread(pbx.begin)
            answer = await page.ask("INVITE", "sip:1003@rig", "<sip:1003@rig>", call=call, body=SDP)
            assert answer.startswith("SIP/2.0 200"), answer
            to = re.search(r"^To: (.*)\r$", answer, re.MULTILINE)
            there = re.search(r"^Contact: <([^>]*)>", answer, re.MULTILINE)
            assert to
            assert there
            # A call is passed on once its two are together.
            await asyncio.to_thread(pbx.wait_joined, skip)
            refer = f"Refer-To: <sip:0088299990000@{carrier.address}>", "Referred-By: <sip:trunk@rig>"
            assert (await page.ask("REFER", there[1], to[1], *refer, call=call)).startswith("SIP/2.0 202")
            await until(lambda: said(pbx, skip, "DIAL_REFUSED"))
        assert carrier.dialled[before:] == ["13900000001"]


async def test_a_page_that_forwards_leads_nobody_out(pbx: Exchange, carrier: Carrier, a_page: Any) -> None:
    async with a_page() as page:
        before = len(carrier.dialled)
        assert (await page.ask("REGISTER", "sip:rig", f"<sip:{page.account}@rig>")).startswith("SIP/2.0 200")
        with pbx.manager() as manager:
            manager.action("Originate", Channel=f"PJSIP/{page.account}", **ECHO)
            rung = await page.next_request("INVITE")
            assert rung.startswith("INVITE sip:k3j2h1d8@127.0.0.1:")
            await page.answer(rung, "302 Moved Temporarily", "Contact: <sip:13900000009@d8f7.invalid;transport=ws>")
            await until(lambda: manager.events("OriginateResponse"))
        assert carrier.dialled[before:] == []
        with pbx.manager() as manager:
            manager.action("Originate", Channel=f"PJSIP/{page.account}", **ECHO)
            rung = await page.next_request("INVITE")
            await page.answer(rung, "302 Moved Temporarily", f"Contact: <sip:13900000009@{carrier.address}>")
            assert await page.closed() == 4403
            await until(lambda: manager.events("OriginateResponse"), 20)
        assert carrier.dialled[before:] == []


@pytest.mark.parametrize(
    "contact",
    [
        "<sip:0085212345678@d8f7.invalid;transport=ws;maddr={host}>",
        "<sip:k3@d8f7.invalid;transport=ws>;expires=0, <sip:0085212345678@{carrier}>",
        "<sip:k3@d8f7.invalid;transport=ws?Route=%3Csip:{carrier}%3Blr%3E>",
    ],
)
async def test_a_page_that_registers_elsewhere_loses_its_telephone(
    pbx: Exchange, carrier: Carrier, a_page: Any, contact: str
) -> None:
    async with a_page() as page:
        text = f"Contact: {contact.format(carrier=carrier.address, host=carrier.host)}"
        with pytest.raises(AssertionError, match="CLOSE"):
            await page.ask("REGISTER", "sip:rig", f"<sip:{page.account}@rig>", text)
        assert await page.closed() == 4403
    with pbx.phone("1003") as colleague, pytest.raises(CallRefused):
        await asyncio.to_thread(colleague.call, page.account.removesuffix("-web"))
    assert carrier.dialled[-1:] != ["0085212345678"]
