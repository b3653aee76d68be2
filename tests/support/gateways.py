"""The other sides of notifications, on loopback: an HTTP gateway with set answers, a mail server, a broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Gateway:
    """Keeps what was posted; answers `status` and `body`."""

    url: str = ""
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    raw_answer: bytes | None = None
    """Answered instead of `body`, as it is."""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Path → what is answered there instead of `body`."""
    silent: bool = False
    """It takes what is posted and never answers, but under `answers`."""
    retry_after: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def http_gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()

    async def take(request: web.Request) -> web.Response:
        gateway.raw.append(await request.read())
        gateway.got.append(await request.json())
        gateway.headers.append(dict(request.headers))
        gateway.queries.append({**request.query, "path": request.path})
        if request.path in gateway.answers:
            return web.json_response(gateway.answers[request.path])
        if gateway.silent and request.transport is not None:
            request.transport.abort()
        headers = {"Retry-After": gateway.retry_after} if gateway.retry_after else {}
        if gateway.raw_answer is not None:
            return web.Response(body=gateway.raw_answer, status=gateway.status, headers=headers)
        return web.json_response(gateway.body, status=gateway.status, headers=headers)

    app = web.Application()
    app.router.add_post("/{rest:.*}", take)
    server = TestServer(app)
    await server.start_server()
    gateway.url = str(server.make_url("/")).rstrip("/")
    yield gateway
    await server.close()


class Mailbox:
    """aiosmtpd's handler: keeps mails; `refuse` is answered to every recipient."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse = ""

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 taken as 1"


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[Mailbox, int]]:
    mailbox, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop, hostname="mail.example.cn"), "127.0.0.1", 0)
    yield mailbox, server.sockets[0].getsockname()[1]
    server.close()


@asynccontextmanager
async def broker() -> AsyncIterator[int]:
    """As much of an MQTT 3.1.1 broker as one publisher and one subscriber need; yields its port. What is published
    under a topic goes to everybody who subscribed to anything (OASIS MQTT 3.1.1, section 3)."""
    subscribers: list[asyncio.StreamWriter] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                kind, body = await _packet(reader)
                match kind >> 4:
                    case 1:  # CONNECT → CONNACK
                        writer.write(b"\x20\x02\x00\x00")
                    case 8:  # SUBSCRIBE → SUBACK, granted with QoS 0
                        subscribers.append(writer)
                        writer.write(b"\x90\x03" + body[:2] + b"\x00")
                    case 3:  # PUBLISH → PUBACK, and on to the others with QoS 0
                        topic = 2 + int.from_bytes(body[:2])
                        writer.write(b"\x40\x02" + body[topic : topic + 2])
                        result = body[:topic] + body[topic + 2 :]
                        for subscriber in subscribers:
                            subscriber.write(b"\x30" + _length(len(result)) + result)
                    case 14:  # DISCONNECT
                        break
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """First byte and what follows the length, which comes seven bits at a time."""
    kind, size, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        size, shift = size | (byte & 127) << shift, shift + 7
        if byte < 128:
            return kind, await reader.readexactly(size)


def _length(size: int) -> bytes:
    written = b""
    while size > 127:
        written, size = written + bytes([size & 127 | 128]), size >> 7
    return written + bytes([size])
