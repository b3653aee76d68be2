"""A carrier that takes no call and writes down what it was asked to dial: a SIP sink on an address of its own."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass, field

from tests.support.raw_sip import answers

NONCE = "5e1f"


@dataclass
class Carrier:
    """Open until `close()`. `dialled`: the users of the request URIs, each INVITE's once, in their order. With a
    password it takes no call and no registration without it."""

    host: str = "127.0.0.6"
    user: str = ""
    password: str = ""
    registered: list[str] = field(default_factory=list)
    """The contacts that it took, each registration again."""
    refused: int = 0
    """Requests that gave a wrong answer to its question."""
    dialled: list[str] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, 0))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self._known: set[str] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="carrier", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                data, sender = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            self._answer(data.decode("utf-8", "replace"), sender)

    def _answer(self, text: str, sender: tuple[str, int]) -> None:
        method, _, rest = text.partition(" ")
        if method not in ("INVITE", "OPTIONS", "REGISTER"):
            return
        headers = [line for line in text.split("\r\n\r\n")[0].split("\r\n")[1:] if line]
        kept = [line for line in headers if re.match(r"(via|from|call-id|cseq|record-route):", line, re.I)]
        to = next(line for line in headers if line.lower().startswith("to:"))
        call_id = next(line for line in headers if line.lower().startswith("call-id:"))
        signed_in = self._signed_in(method, headers)
        if signed_in and method == "INVITE" and call_id not in self._known:
            self._known.add(call_id)
            self.dialled.append(re.sub(r"^sips?:", "", rest.split(" ")[0]).split("@")[0])
            origin = next(line for line in headers if line.lower().startswith("from:"))
            self.callers.append(origin.split("sip:", 1)[-1].split("@")[0])
        status = "486 Busy Here" if method == "INVITE" else "200 OK"
        more: list[str] = []
        if not signed_in:
            status, name = {
                "INVITE": ("407 Proxy Authentication Required", "Proxy-Authenticate"),
                "REGISTER": ("401 Unauthorized", "WWW-Authenticate"),
            }[method]
            more = [f'{name}: Digest realm="carrier", nonce="{NONCE}", qop="auth", algorithm=MD5']
        elif method == "REGISTER":
            more = [line for line in headers if line.lower().startswith("contact:")]
            self.registered += more
        answer = [f"SIP/2.0 {status}", *kept, f"{to};tag=sink", *more, "Content-Length: 0", "", ""]
        self._socket.sendto("\r\n".join(answer).encode(), sender)

    def _signed_in(self, method: str, headers: list[str]) -> bool:
        if not self.password or method == "OPTIONS":
            return True
        said = [line for line in headers if re.match(r"(proxy-)?authorization:", line, re.I)]
        right = any(answers(line, self.user, self.password, method, NONCE) for line in said)
        self.refused += bool(said) and not right
        return right
