"""A carrier that takes no call and writes down what it was asked to dial: a SIP sink on an address of its own."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Carrier:
    """Open until `close()`. `dialled`: the users of the request URIs, each INVITE's once, in their order."""

    host: str = "127.0.0.6"
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
        if method not in ("INVITE", "OPTIONS"):
            return
        headers = [line for line in text.split("\r\n\r\n")[0].split("\r\n")[1:] if line]
        kept = [line for line in headers if re.match(r"(via|from|call-id|cseq|record-route):", line, re.I)]
        to = next(line for line in headers if line.lower().startswith("to:"))
        call_id = next(line for line in headers if line.lower().startswith("call-id:"))
        if method == "INVITE" and call_id not in self._known:
            self._known.add(call_id)
            self.dialled.append(re.sub(r"^sips?:", "", rest.split(" ")[0]).split("@")[0])
            origin = next(line for line in headers if line.lower().startswith("from:"))
            self.callers.append(origin.split("sip:", 1)[-1].split("@")[0])
        status = "200 OK" if method == "OPTIONS" else "486 Busy Here"
        answer = [f"SIP/2.0 {status}", *kept, f"{to};tag=sink", "Content-Length: 0", "", ""]
        self._socket.sendto("\r\n".join(answer).encode(), sender)
