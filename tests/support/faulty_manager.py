"""A manager interface of the tests' own: the real protocol over loopback TCP, and every fault of a real network."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

GREETING = b"Asterisk Call Manager/11.0.0\r\n"

Keys = dict[str, str]
Handler = Callable[["Session", Keys], Awaitable[None]]


class Session:
    """One connection, as Asterisk sees it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.actions: list[Keys] = []
        self.gone = False
        self.answers = True
        """False: reads, and never says a word again (a half-open connection, seen from the client)."""

    def write(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def answer(self, action: Keys, status: str, *lines: str) -> None:
        self.write(f"Response: {status}", f"ActionID: {action['ActionID']}", *lines)

    def event(self, name: str, *lines: str) -> None:
        self.write(f"Event: {name}", "Privilege: call,all", *lines)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class FaultyManager:
    """Change its attributes to make it faulty; `handlers` say what an action does instead of a plain Success."""

    def __init__(self) -> None:
        self.port = 0
        self.greeting = GREETING
        self.secret = "right"
        self.login_may_end = asyncio.Event()
        self.login_may_end.set()
        self.handlers: dict[str, Handler] = {}
        self.sessions: list[Session] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """No more connections: the port refuses. Those that exist live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def end(self) -> None:
        self.login_may_end.set()
        await self.stop()
        for session in self.sessions:
            session.writer.transport.abort()

    @property
    def last(self) -> Session:
        return self.sessions[-1]

    def actions(self, name: str) -> list[Keys]:
        return [action for session in self.sessions for action in session.actions if action["Action"] == name]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer)
        self.sessions.append(session)
        writer.write(self.greeting)
        try:
            while not writer.is_closing():
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text[:-4].split("\r\n"))
                session.actions.append(action)
                if session.answers:
                    await self._do(session, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            session.gone = True
            writer.close()

    async def _do(self, session: Session, action: Keys) -> None:
        name = action["Action"]
        if name in self.handlers:
            await self.handlers[name](session, action)
        elif name == "Login":
            await self.login_may_end.wait()
            if action["Secret"] == self.secret:
                session.answer(action, "Success", "Message: Authentication accepted")
                session.event("FullyBooted")
            else:
                session.answer(action, "Error", "Message: Authentication failed")
                session.close()
        elif name == "Logoff":
            session.answer(action, "Goodbye", "Message: Thanks for all the fish.")
            session.close()
        else:
            session.answer(action, "Success")


@asynccontextmanager
async def faulty_manager() -> AsyncIterator[FaultyManager]:
    manager = FaultyManager()
    await manager.start()
    try:
        yield manager
    finally:
        await manager.end()
